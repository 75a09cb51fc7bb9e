"""Queries of receipts."""

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
from app.core.pagination import Order, PageArgs
from app.inventory.locations.schema.filters import location_q
from app.inventory.policies import VIEW
from app.inventory.receiving import models, queries
from app.inventory.receiving.schema.types import StockReceipt

LATEST = Order(("at", "id"), descending=True)


@strawberry.input(description="Filter conditions for stock receipts.")
class StockReceiptFilter:
    location: StringFilter | None = doc("Filter by location code.", default=None)
    reference: StringFilter | None = doc("Filter by number of the delivery note or invoice.", default=None)
    at: DateTimeFilter | None = doc("Filter by time.", default=None)
    and_: list["StockReceiptFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["StockReceiptFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "StockReceiptFilter | None" = doc("Condition that must not match.", default=None, name="not")


_conditions = conditions(StockReceiptFilter, models.Receipt, location=partial(location_q, "location_id"))


@strawberry.type
class ReceiptQuery:
    @query(VIEW)
    async def stock_receipts(
        self,
        info: strawberry.Info,
        filter: Annotated[StockReceiptFilter | None, arg("Filter conditions for stock receipts.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockReceipt]:
        """Stock receipts, newest first."""
        rows = queries.receipts_visible_to(info.context.actor).filter(combined(filter, _conditions))
        return await connection(rows, PageArgs(LATEST, first, after, last, before))
