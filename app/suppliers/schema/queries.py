"""Supplier and purchase order queries."""

from functools import partial
from typing import Annotated

import strawberry

from app.core.graphql.conditions import conditions
from app.core.graphql.filters import (
    DateFilter,
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
from app.suppliers import models, queries
from app.suppliers.lifecycle import PurchaseOrderStatus
from app.suppliers.schema.types import VIEW, PurchaseOrder, Supplier

BY_CREATION = Order(("created_at", "id"))
NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.input(description="Filter conditions for purchase orders.")
class PurchaseOrderFilter:
    status: list[PurchaseOrderStatus] | None = doc("Filter by status.", default=None)
    number: StringFilter | None = doc("Filter by number.", default=None)
    supplier: StringFilter | None = doc("Filter by supplier code.", default=None)
    location: StringFilter | None = doc("Filter by location code.", default=None)
    sku: StringFilter | None = doc("Filter by SKU of a line.", default=None)
    external_reference: StringFilter | None = doc("Filter by key in an external system.", default=None)
    expected_on: DateFilter | None = doc("Filter by expected delivery date.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by creation time.", default=None)
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["PurchaseOrderFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["PurchaseOrderFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "PurchaseOrderFilter | None" = doc("Condition that must not match.", default=None, name="not")


_conditions = conditions(
    PurchaseOrderFilter,
    models.PurchaseOrder,
    number=lambda given: string_q("number", given, spelled=str.upper),
    sku=lambda given: among_q("id", queries.ids_with_sku(string_q("sku", given))),
    supplier=lambda given: among_q("supplier_id", queries.supplier_ids(string_q("code", given))),
    location=partial(location_q, "location_id"),
)


@strawberry.type
class PurchasingQuery:
    @query(VIEW)
    async def supplier(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("ID of the supplier.")] = None,
        code: Annotated[str | None, arg("Code of the supplier.")] = None,
    ) -> Supplier | None:
        """A supplier by ID or code."""
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
        """Suppliers, oldest first."""
        rows = queries.suppliers_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CREATION, first, after, last, before))

    @query(VIEW)
    async def purchase_order(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID | None, arg("ID of the purchase order.")] = None,
        number: Annotated[str | None, arg("Number of the purchase order.")] = None,
    ) -> PurchaseOrder | None:
        """A purchase order by ID or number."""
        rows = queries.orders_visible_to(info.context.actor)
        if id is not None:
            return await rows.get_or_none(id=row_id(id, "PurchaseOrder", "id"))  # type: ignore[return-value]
        return await rows.get_or_none(number=(number or "").upper())  # type: ignore[return-value]

    @query(VIEW)
    async def purchase_orders(
        self,
        info: strawberry.Info,
        filter: Annotated[PurchaseOrderFilter | None, arg("Filter conditions for purchase orders.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PurchaseOrder]:
        """Purchase orders, newest first."""
        rows = queries.orders_visible_to(info.context.actor).filter(combined(filter, _conditions))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
