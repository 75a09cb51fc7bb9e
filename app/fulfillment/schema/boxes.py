"""Boxes, and the packages that are proposed, in the graph."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.changes import changes_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import needs, query
from app.core.graphql.scalars import ExpectedVersion, arg, doc, serves
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.fulfillment import models, queries, service
from app.fulfillment.schema.types import VIEW, FulfillmentOrder, PackageContent
from app.fulfillment.service import PackageData

SET_UP = needs(Permission.CARRIERS_MANAGE, everywhere=True)
BY_CODE = Sort(("code", "id"))


@strawberry.type(description="A box that goods are packed into.")
class Box(Node):
    is_type_of = serves(models.Box)

    code: str = doc("Its short name.")
    name: str = doc("What people call it.")
    length_mm: int = doc("Its inner length, in millimetres.")
    width_mm: int = doc("Its inner width.")
    height_mm: int = doc("Its inner height.")
    most_grams: int = doc("What may be in it.")
    empty_grams: int = doc("What it weighs itself.")
    is_active: bool = doc("Whether it is proposed.")
    version: int = doc("Goes up with each change.")


@strawberry.type(description="A package that is proposed.")
class ProposedPackage:
    box: str | None = none_if_empty("The code of its box; null where nothing fits into any.")
    weight_grams: int | None = doc(
        "What it should weigh with its box; null where something was never weighed."
    )
    contents: list[PackageContent] = doc("What goes into it.")


@extends(FulfillmentOrder)
class ProposedPackages:
    @level_field(list[ProposedPackage] | None, VIEW)
    async def proposed_packages(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Into which boxes it should be packed: the largest things first, each where there is room.

        `fulfillmentPack` with `asProposed` packs it so.
        """
        ids = [root.id for root in roots]
        lines = await info.context.load_many(queries.lines_by_fulfillment_order, ids)
        names = {part.sku: part.name for parts in lines for part in parts}
        return [[_proposed(each, names) for each in own] for own in await service.proposals(ids)]


def _proposed(data: PackageData, names: Mapping[str, str]) -> ProposedPackage:
    return ProposedPackage(
        box=data.box,
        weight_grams=data.weight_grams,
        contents=[
            PackageContent(sku=content.sku, name=names[content.sku], quantity=content.quantity)
            for content in data.contents or ()
        ],
    )


@strawberry.input(
    description="A box, in inner millimetres and grams. What is left out stays as it is; a new one needs "
    "all but `emptyGrams` and `isActive`."
)
class BoxSetInput:
    code: str = doc("Its short name: small letters, digits, - and _.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    length_mm: int | None = doc("Its inner length.", default=strawberry.UNSET)
    width_mm: int | None = doc("Its inner width.", default=strawberry.UNSET)
    height_mm: int | None = doc("Its inner height.", default=strawberry.UNSET)
    most_grams: int | None = doc("What may be in it.", default=strawberry.UNSET)
    empty_grams: int | None = doc("What it weighs itself; 0 for a new one.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether it is proposed.", default=strawberry.UNSET)


@strawberry.type
class BoxQuery:
    @query(VIEW)
    async def boxes(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Box]:
        """The boxes that goods are packed into, by their codes."""
        rows = queries.boxes_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CODE, first, after, last, before))


@strawberry.type
class BoxMutation:
    @mutation("BoxSetResult", Box, policy=SET_UP)
    async def box_set(
        self,
        info: strawberry.Info,
        input: Annotated[BoxSetInput, arg("The box.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Add a box, or change the one of this code."""
        said = changes_of(input, besides=("code",))
        return await service.change_box(
            info.context.actor, input.code, said, expected_version=expected_version
        )
