"""Stock counts in the graph."""

from datetime import datetime
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog.schema import Variant
from app.core.graphql.empty import none_if_empty
from app.core.graphql.node import Node
from app.core.graphql.policy import field, needs
from app.core.graphql.scalars import Money, doc, graphql_enum, money, serves
from app.core.graphql.stepping import NextStep
from app.inventory import models, queries
from app.inventory.lifecycle import CountStatus
from app.inventory.schema.types.stock import COSTS, Location
from app.inventory.stepping import steps_for_count
from app.settings import settings

graphql_enum(CountStatus, "How far a count is.")


@strawberry.type(description="What was expected of one SKU, and what was found.")
class StockCountLine:
    is_type_of = serves(models.StockCountLine)

    counted: int | None = doc("How many were found; null before that.")
    counted_at: datetime | None = doc("When they were counted.")

    @field()
    async def expected(self, root: strawberry.Parent[Any], info: strawberry.Info) -> int | None:
        """How many should have been there at that moment.

        Null in a blind count that is still open, except for those who may approve it.
        """
        return root.expected if await _may_see(root, info) else None

    @field()
    async def difference(self, root: strawberry.Parent[Any], info: strawberry.Info) -> int | None:
        """How many more were found than expected; below zero: fewer. Null as `expected` is, and uncounted."""
        if root.counted is None:
            return None
        return root.difference if await _may_see(root, info) else None

    @field(COSTS)
    def value(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """What the difference is worth; null until it is counted, and without the permission STOCK_COSTS."""
        if root.counted is None:
            return None
        return money(root.value_minor, settings().cost_currency)

    @field()
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """Of what."""
        return await info.context.load(queries.variants_of_levels, root.level_id)


async def _may_see(line: Any, info: strawberry.Info) -> bool:
    if needs(Permission.STOCK_APPROVE).allows(info.context.actor):
        return True
    count = await info.context.load(queries.counts_by_id, line.stock_count_id)
    return not count.is_blind or count.status is not CountStatus.OPEN


@strawberry.type(description="A count of some SKUs of a location, while business goes on.")
class StockCount(Node):
    is_type_of = serves(models.StockCount)

    status: CountStatus = doc("How far it is.")
    is_blind: bool = doc("Whether whoever counts is not told what is expected.")
    note: str | None = none_if_empty("What was noted; null if nothing.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When it began.")
    updated_at: datetime = doc("When it last changed.")
    submitted_at: datetime | None = doc("When it was handed in for approval, if it was.")
    completed_at: datetime | None = doc("When its differences were booked.")

    @field()
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Where."""
        return await info.context.load(queries.locations_by_id, root.location_id)

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockCountLine]:
        """The SKUs that are counted."""
        return await info.context.load(queries.lines_by_count, root.id)

    @field()
    def next_steps(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[NextStep]:
        """What can be done with it from where it stands, and what the caller may not."""
        return [NextStep.of(each) for each in steps_for_count(info.context.actor, root)]
