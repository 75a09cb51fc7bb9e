"""Asking for the papers of the warehouse: receipts, transfers and counts."""

from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.core.graphql.filters import (
    BooleanFilter,
    DateFilter,
    DateTimeFilter,
    StringFilter,
    among_q,
    boolean_q,
    combined,
    enum_q,
    range_q,
    string_q,
)
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.inventory import queries
from app.inventory.lifecycle import CountStatus, TransferStatus
from app.inventory.schema.types import VIEW, StockCount, StockIncoming, StockReceipt, StockTransfer

EARLIEST = Order(("expected_on", "id"))
NEWEST = Order(("created_at", "id"), descending=True)
LATEST = Order(("at", "id"), descending=True)


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


def _incoming_conditions(given: StockIncomingFilter) -> Q:
    q = range_q("expected_on", given.expected_on) & boolean_q("is_open", given.is_open)
    if given.sku is not None or given.location is not None:
        sku, code = string_q("sku", given.sku), string_q("code", given.location)
        q &= among_q("level_id", queries.level_ids(sku, code))
    return q


def _location_q(column: str, code: StringFilter | None) -> Q:
    if code is None:
        return Q()
    return among_q(column, queries.location_ids(string_q("code", code)))


def _transfer_conditions(given: StockTransferFilter) -> Q:
    q = enum_q("status", given.status) & range_q("created_at", given.created_at)
    q &= string_q("external_reference", given.external_reference) & range_q("updated_at", given.updated_at)
    if given.sku is not None:
        q &= among_q("id", queries.transfer_ids_with_sku(string_q("sku", given.sku)))
    return q & _location_q("source_id", given.source) & _location_q("destination_id", given.destination)


def _count_conditions(given: StockCountFilter) -> Q:
    q = enum_q("status", given.status) & range_q("created_at", given.created_at)
    q &= range_q("updated_at", given.updated_at)
    return q & _location_q("location_id", given.location)


def _receipt_conditions(given: StockReceiptFilter) -> Q:
    q = string_q("reference", given.reference) & range_q("at", given.at)
    return q & _location_q("location_id", given.location)


@strawberry.type
class DocumentQuery:
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
        rows = queries.transfers_visible_to(info.context.actor).filter(combined(filter, _transfer_conditions))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))

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
        rows = queries.counts_visible_to(info.context.actor).filter(combined(filter, _count_conditions))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))

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
        rows = queries.incoming_visible_to(info.context.actor).filter(combined(filter, _incoming_conditions))
        return await connection(rows, PageArgs(EARLIEST, first, after, last, before))

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
        rows = queries.receipts_visible_to(info.context.actor).filter(combined(filter, _receipt_conditions))
        return await connection(rows, PageArgs(LATEST, first, after, last, before))
