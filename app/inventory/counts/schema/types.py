"""GraphQL types of stock counts."""

from collections.abc import Sequence
from datetime import datetime
from itertools import compress
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog.schema import Variant
from app.core.database import values_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import Node
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, field
from app.core.graphql.scalars import Money, doc, graphql_enum, money, serves
from app.inventory.counts import models, queries
from app.inventory.counts.conditions import COUNT_PERMISSIONS
from app.inventory.counts.lifecycle import CountStatus
from app.inventory.counts.next_steps import steps_of_count
from app.inventory.locations import queries as locations
from app.inventory.locations.schema.places import held_at
from app.inventory.locations.schema.types import Location
from app.inventory.policies import COSTS
from app.inventory.stock import queries as stock_queries
from app.inventory.stock.schema.places import held_at_level
from app.settings import settings

graphql_enum(CountStatus, "Status of a stock count.")


@strawberry.type(description="Expected and counted quantity of a SKU.")
class StockCountLine:
    is_type_of = serves(models.StockCountLine)

    counted: int | None = doc("Number of units counted; null if not counted yet.")
    counted_at: datetime | None = doc("Date and time of counting; null if not counted yet.")

    @level_field(int | None)
    async def expected(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Expected number of units at the time of counting. Null in an open blind count, except for callers
        who can approve it."""
        seen = await _may_see(roots, info)
        return [root.expected if is_seen else None for root, is_seen in zip(roots, seen, strict=True)]

    @level_field(int | None)
    async def difference(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Counted minus expected number of units. Null if the line is not counted, or if
        `expected` is null."""
        seen = await _may_see(roots, info)
        return [
            root.difference if is_seen and root.counted is not None else None
            for root, is_seen in zip(roots, seen, strict=True)
        ]

    @level_field(Money | None, COSTS, held_at_level)
    async def value(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Value of the difference; null if the line is not counted, or without the permission STOCK_COSTS for
        the location."""
        currency = settings().cost_currency
        return [None if root.counted is None else money(root.value_minor, currency) for root in roots]

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(stock_queries.variants_of_levels, root.level_id)


async def _may_see(lines: Sequence[Any], info: strawberry.Info) -> list[bool]:
    approves = await held_at_level(info, Permission.STOCK_APPROVE, lines)
    if all(approves):
        return approves
    ids = values_of(lines, "stock_count_id")
    counts = await info.context.load_many(queries.counts_by_id, ids)
    return [
        may or not count.is_blind or count.status is not CountStatus.OPEN
        for may, count in zip(approves, counts, strict=True)
    ]


@strawberry.type(description="A cycle count of SKUs at a location during normal operation.")
class StockCount(Node):
    is_type_of = serves(models.StockCount)

    status: CountStatus = doc("Current status.")
    is_blind: bool = doc("Whether the expected quantities are hidden from the counting staff.")
    note: str | None = none_if_empty("Note; null if there is none.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime = doc("Date and time of the last change.")
    submitted_at: datetime | None = doc(
        "Date and time of submission for approval; null if not submitted for approval."
    )
    completed_at: datetime | None = doc(
        "Date and time at which the differences were posted; null before that."
    )

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """The location."""
        return await info.context.load(locations.locations_by_id, root.location_id)

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockCountLine]:
        """SKUs to count."""
        return await info.context.load(queries.lines_by_count, root.id)

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Steps that are possible in the current status, and steps that the caller cannot take."""
        needed = dict.fromkeys(COUNT_PERMISSIONS.values())
        held = [await held_at(info, permission, roots) for permission in needed]
        of_each = [set(compress(needed, holds)) for holds in zip(*held, strict=True)]
        return [
            [NextStep.of(each) for each in steps_of_count(root, permissions)]
            for root, permissions in zip(roots, of_each, strict=True)
        ]
