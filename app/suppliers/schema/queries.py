"""Asking for suppliers and purchase orders."""

from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.core.graphql.filters import (
    DateFilter,
    DateTimeFilter,
    StringFilter,
    among_q,
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
from app.inventory.queries import location_ids
from app.suppliers import queries
from app.suppliers.lifecycle import PurchaseOrderStatus
from app.suppliers.schema.types import VIEW, PurchaseOrder, Supplier

BY_CREATION = Order(("created_at", "id"))
NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.input(description="Which purchase orders.")
class PurchaseOrderFilter:
    status: list[PurchaseOrderStatus] | None = doc("With one of these statuses.", default=None)
    number: StringFilter | None = doc("With such a number.", default=None)
    supplier: StringFilter | None = doc("Of suppliers with such a code.", default=None)
    location: StringFilter | None = doc("For locations with such a code.", default=None)
    sku: StringFilter | None = doc("With a line of such a SKU.", default=None)
    external_reference: StringFilter | None = doc("By their key in another system.", default=None)
    expected_on: DateFilter | None = doc("By the day on which they are expected.", default=None)
    created_at: DateTimeFilter | None = doc("By when they were written.", default=None)
    updated_at: DateTimeFilter | None = doc("By when they last changed.", default=None)
    and_: list["PurchaseOrderFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["PurchaseOrderFilter"] | None = doc("At least one of these too.", default=None, name="or")
    not_: "PurchaseOrderFilter | None" = doc("And not this.", default=None, name="not")


def _conditions(given: PurchaseOrderFilter) -> Q:
    q = enum_q("status", given.status) & string_q("number", given.number, spelled=str.upper)
    q &= string_q("external_reference", given.external_reference)
    q &= range_q("expected_on", given.expected_on) & range_q("created_at", given.created_at)
    q &= range_q("updated_at", given.updated_at)
    if given.sku is not None:
        q &= among_q("id", queries.ids_with_sku(string_q("sku", given.sku)))
    if given.supplier is not None:
        q &= among_q("supplier_id", queries.supplier_ids(string_q("code", given.supplier)))
    if given.location is not None:
        q &= among_q("location_id", location_ids(string_q("code", given.location)))
    return q


@strawberry.type
class PurchasingQuery:
    @query(VIEW)
    async def supplier(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("The supplier's id.")] = None,
        code: Annotated[str | None, arg("Or its code.")] = None,
    ) -> Supplier | None:
        """A supplier by id or code."""
        rows = queries.suppliers_visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "Supplier", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(code=code or "")  # type: ignore[return-value]

    @query(VIEW)
    async def suppliers(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Supplier]:
        """The suppliers, the oldest first."""
        rows = queries.suppliers_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CREATION, first, after, last, before))

    @query(VIEW)
    async def purchase_order(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("The purchase order's id.")] = None,
        number: Annotated[str | None, arg("Or its number.")] = None,
    ) -> PurchaseOrder | None:
        """A purchase order by id or number."""
        rows = queries.orders_visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "PurchaseOrder", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(number=(number or "").upper())  # type: ignore[return-value]

    @query(VIEW)
    async def purchase_orders(
        self,
        info: strawberry.Info,
        filter: Annotated[PurchaseOrderFilter | None, arg("Which purchase orders.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PurchaseOrder]:
        """The purchase orders, the latest first."""
        rows = queries.orders_visible_to(info.context.actor).filter(combined(filter, _conditions))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
