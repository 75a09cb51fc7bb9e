"""Queries of incoming stock."""

from typing import Annotated

import strawberry

from app.core.graphql.conditions import conditions
from app.core.graphql.filters import (
    BooleanFilter,
    DateFilter,
    StringFilter,
    among_q,
    combined,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.pagination import Order, PageArgs
from app.inventory.policies import VIEW
from app.inventory.stock import models, queries
from app.inventory.stock.schema.types import StockIncoming

EARLIEST = Order(("expected_on", "id"))


@strawberry.input(description="Filter conditions for incoming stock.")
class StockIncomingFilter:
    is_open: BooleanFilter | None = doc("Filter by whether units are still outstanding.", default=None)
    sku: StringFilter | None = doc("Filter by SKU.", default=None)
    location: StringFilter | None = doc("Filter by location code.", default=None)
    expected_on: DateFilter | None = doc("Filter by expected arrival date.", default=None)
    and_: list["StockIncomingFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["StockIncomingFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "StockIncomingFilter | None" = doc("Condition that must not match.", default=None, name="not")


_conditions = conditions(
    StockIncomingFilter,
    models.IncomingStock,
    sku=lambda given: among_q("level_id", queries.level_ids(sku=string_q("sku", given))),
    location=lambda given: among_q("level_id", queries.level_ids(code=string_q("code", given))),
)


@strawberry.type
class IncomingQuery:
    @query(VIEW)
    async def stock_incoming(
        self,
        info: strawberry.Info,
        filter: Annotated[StockIncomingFilter | None, arg("Filter conditions for incoming stock.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockIncoming]:
        """Incoming stock, earliest expected date first."""
        rows = queries.incoming_visible_to(info.context.actor).filter(combined(filter, _conditions))
        return await connection(rows, PageArgs(EARLIEST, first, after, last, before))
