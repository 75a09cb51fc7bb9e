"""Boxes and proposed packages in GraphQL."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.changes import changes_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import needs, query
from app.core.graphql.scalars import ExpectedVersion, arg, doc, serves
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.fulfillment import models, queries
from app.fulfillment.schema.types import VIEW, PackageContent
from app.fulfillment.service.warehouse import boxes as boxes_commands
from app.fulfillment.service.warehouse.packing import PackageData

SET_UP = needs(Permission.CARRIERS_MANAGE, everywhere=True)
BY_CODE = Sort(("code", "id"))


@strawberry.type(description="A box for packing goods.")
class Box(Node):
    is_type_of = serves(models.Box)

    code: str = doc("Unique short code of the box.")
    name: str = doc("Display name.")
    length_mm: int = doc("Inner length in millimeters.")
    width_mm: int = doc("Inner width in millimeters.")
    height_mm: int = doc("Inner height in millimeters.")
    most_grams: int = doc("Maximum weight of the contents in grams.")
    empty_grams: int = doc("Weight of the empty box in grams.")
    is_active: bool = doc("Whether the box is used in packing proposals.")
    version: int = doc("Version number; increases with every change.")


@strawberry.type(description="A proposed package.")
class ProposedPackage:
    box: str | None = none_if_empty("Code of the box; null if no box fits.")
    weight_grams: int | None = doc(
        "Estimated weight including the box, in grams; null if the weight of an item is unknown."
    )
    contents: list[PackageContent] = doc("Contents of the package.")


@strawberry.type
class ProposedPackages:
    @level_field(list[ProposedPackage] | None, VIEW)
    async def proposed_packages(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Proposed boxes and contents: largest items first, each in the first box with room. Pass
        `asProposed` to `fulfillmentPack` to pack accordingly. Null without FULFILLMENT_VIEW."""
        ids = [root.id for root in roots]
        lines = await info.context.load_many(queries.lines_by_fulfillment_order, ids)
        names = {part.sku: part.name for parts in lines for part in parts}
        return [[_proposed(each, names) for each in own] for own in await boxes_commands.proposals(ids)]


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
    description="Input for creating or updating a box; dimensions are inner dimensions in "
    "millimeters, weights are in grams. Omitted fields keep their values; a new box "
    "needs all fields except `emptyGrams` and `isActive`."
)
class BoxSetInput:
    code: str = doc("Unique short code: lowercase letters, digits, - and _.")
    name: str | None = doc("Display name.", default=strawberry.UNSET)
    length_mm: int | None = doc("Inner length in millimeters.", default=strawberry.UNSET)
    width_mm: int | None = doc("Inner width in millimeters.", default=strawberry.UNSET)
    height_mm: int | None = doc("Inner height in millimeters.", default=strawberry.UNSET)
    most_grams: int | None = doc("Maximum weight of the contents in grams.", default=strawberry.UNSET)
    empty_grams: int | None = doc(
        "Weight of the empty box in grams; 0 by default for a new box.", default=strawberry.UNSET
    )
    is_active: bool | None = doc("Whether the box is used in packing proposals.", default=strawberry.UNSET)


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
        """Boxes for packing goods, ordered by code."""
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
    ) -> models.Box:
        """Create a box, or update the box with this code."""
        changes = changes_of(input, besides=("code",))
        return await boxes_commands.change_box(
            info.context.actor, input.code, changes, expected_version=expected_version
        )
