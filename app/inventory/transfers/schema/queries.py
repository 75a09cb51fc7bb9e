"""Queries of transfers."""

from functools import partial
from typing import Annotated

import strawberry

from app.core.graphql.conditions import conditions
from app.core.graphql.filters import (
    DateTimeFilter,
    StringFilter,
    among_q,
    combined,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.inventory.locations.schema.filters import location_q
from app.inventory.policies import VIEW
from app.inventory.transfers import models, queries
from app.inventory.transfers.lifecycle import TransferStatus
from app.inventory.transfers.schema.types import StockTransfer

NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.input(description="Filter conditions for stock transfers.")
class StockTransferFilter:
    status: list[TransferStatus] | None = doc("Filter by status.", default=None)
    source: StringFilter | None = doc("Filter by the code of the source location.", default=None)
    destination: StringFilter | None = doc("Filter by the code of the destination location.", default=None)
    sku: StringFilter | None = doc("Filter by SKU of a line.", default=None)
    external_reference: StringFilter | None = doc("Filter by key in an external system.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["StockTransferFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["StockTransferFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "StockTransferFilter | None" = doc("Condition that must not match.", default=None, name="not")


_conditions = conditions(
    StockTransferFilter,
    models.Transfer,
    sku=lambda given: among_q("id", queries.transfer_ids_with_sku(string_q("sku", given))),
    source=partial(location_q, "source_id"),
    destination=partial(location_q, "destination_id"),
)


@strawberry.type
class TransferQuery:
    @query(VIEW)
    async def stock_transfer(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("ID of the transfer.")]
    ) -> StockTransfer | None:
        """A stock transfer by ID."""
        rows = queries.transfers_visible_to(info.context.actor)
        return await rows.get_or_none(id=row_id(id, "StockTransfer", "id"))  # type: ignore[return-value]

    @query(VIEW)
    async def stock_transfers(
        self,
        info: strawberry.Info,
        filter: Annotated[StockTransferFilter | None, arg("Filter conditions for stock transfers.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockTransfer]:
        """Stock transfers, newest first."""
        rows = queries.transfers_visible_to(info.context.actor).filter(combined(filter, _conditions))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
