"""Queries of stock counts."""

from functools import partial
from typing import Annotated

import strawberry

from app.core.graphql.conditions import conditions
from app.core.graphql.filters import (
    DateTimeFilter,
    StringFilter,
    combined,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.inventory.counts import models, queries
from app.inventory.counts.lifecycle import CountStatus
from app.inventory.counts.schema.types import StockCount
from app.inventory.locations.schema.filters import location_q
from app.inventory.policies import VIEW

NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.input(description="Filter conditions for stock counts.")
class StockCountFilter:
    status: list[CountStatus] | None = doc("Filter by status.", default=None)
    location: StringFilter | None = doc("Filter by location code.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["StockCountFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["StockCountFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "StockCountFilter | None" = doc("Condition that must not match.", default=None, name="not")


_conditions = conditions(StockCountFilter, models.StockCount, location=partial(location_q, "location_id"))


@strawberry.type
class CountQuery:
    @query(VIEW)
    async def stock_count(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("ID of the stock count.")]
    ) -> StockCount | None:
        """A stock count by ID."""
        rows = queries.counts_visible_to(info.context.actor)
        return await rows.get_or_none(id=row_id(id, "StockCount", "id"))  # type: ignore[return-value]

    @query(VIEW)
    async def stock_counts(
        self,
        info: strawberry.Info,
        filter: Annotated[StockCountFilter | None, arg("Filter conditions for stock counts.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockCount]:
        """Stock counts, newest first."""
        rows = queries.counts_visible_to(info.context.actor).filter(combined(filter, _conditions))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
