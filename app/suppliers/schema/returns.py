"""Supplier returns in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core import refusals
from app.core.actor import Actor
from app.core.database import values_of
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.filters import (
    among_q,
    combined,
    id_q,
    string_q,
)
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.once import Effect
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, OWN_SCOPE, field, needs, query
from app.core.graphql.scalars import (
    CurrencyCode,
    ExpectedVersion,
    Money,
    arg,
    doc,
    money,
    serves,
)
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.core.problems import ProblemCode
from app.inventory.locations import queries as location_queries
from app.inventory.locations.models import Location as LocationRow
from app.inventory.locations.schema.filters import location_q
from app.inventory.locations.schema.places import held_at, with_permission
from app.inventory.locations.schema.types import Location
from app.inventory.policies import COSTS
from app.inventory.policies import MANAGE as MANAGE_STOCK
from app.inventory.stock.schema.mutations.lots import lots_of
from app.settings import settings
from app.suppliers import models, queries
from app.suppliers.schema.costs import cost_in
from app.suppliers.schema.return_inputs import (
    SupplierReturnCreateInput,
    SupplierReturnCreditInput,
    SupplierReturnFilter,
)
from app.suppliers.schema.types import VIEW, PurchaseOrder, Supplier
from app.suppliers.service import returning

MANAGE = needs(Permission.PURCHASING_MANAGE)
NEWEST = Order(("created_at", "id"), descending=True)


async def _wholes(info: strawberry.Info, lines: Sequence[Any]) -> list[Any]:
    return await info.context.load_many(queries.returns_by_id, values_of(lines, "supplier_return_id"))


async def _held_at_return(info: strawberry.Info, permission: str, lines: Sequence[Any]) -> list[bool]:
    return await held_at(info, permission, await _wholes(info, lines))


@strawberry.type(description="Pieces of a SKU returned to a supplier.")
class SupplierReturnLine:
    is_type_of = serves(models.SupplierReturnLine)

    quantity: int = doc("Number of pieces.")

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @level_field(Money | None, COSTS, _held_at_return)
    async def credit_expected(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Expected credit for all pieces of the line; null without the permission STOCK_COSTS for the
        location."""
        wholes = await _wholes(info, roots)
        return [money(root.credit_minor, whole.currency) for root, whole in zip(roots, wholes, strict=True)]

    @level_field(Money | None, COSTS, _held_at_return)
    async def value(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Stock value of the pieces when they left; null without the permission STOCK_COSTS for
        the location."""
        return [money(root.value_minor, settings().cost_currency) for root in roots]


@strawberry.type(description="Return of goods to a supplier, with its credit.")
class SupplierReturn(Node):
    is_type_of = serves(models.SupplierReturn)

    number: str = doc("Human-readable number.")
    currency: CurrencyCode = doc("Currency of the credit.")
    reference: str | None = none_if_empty("Return number of the supplier; null if there is none.")
    note: str | None = none_if_empty("Note; null if there is none.")
    external_reference: str | None = doc("Key in an external system; null if there is none.")
    credit_reference: str | None = none_if_empty("Number of the credit note; null if there is none.")
    credited_at: datetime | None = doc(
        "Date and time at which the credit note was recorded; null if not received yet."
    )
    cancelled_at: datetime | None = doc(
        "Date and time of cancellation, because the goods were not sent after all; null if not cancelled."
    )
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time at which the goods left.")
    updated_at: datetime = doc("Date and time of the last change.")

    @field(reach=ABOUT_IT)
    async def supplier(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Supplier:
        """Supplier to whom the goods are returned."""
        return await info.context.load(queries.suppliers_by_id, root.supplier_id)

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Location that the goods leave from."""
        return await info.context.load(location_queries.locations_by_id, root.location_id)

    @field(reach=OWN_SCOPE)
    async def purchase_order(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> PurchaseOrder | None:
        """Purchase order with which the goods were received; null if not specified, or for callers who cannot
        see purchasing data."""
        if root.purchase_order_id is None:
            return None
        found = await info.context.load(queries.orders_by_id, root.purchase_order_id)
        seen = await with_permission(info, Permission.PURCHASING_VIEW, [found])
        return seen[0] if seen else None

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[SupplierReturnLine]:
        """Lines of the return."""
        return await info.context.load(queries.return_lines_by_return, root.id)

    @level_field(Money | None, COSTS, held_at)
    async def credit_expected(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Expected credit; null without the permission STOCK_COSTS for the location."""
        lines = await info.context.load_many(queries.return_lines_by_return, values_of(roots, "id"))
        return [
            money(sum(line.credit_minor for line in own), root.currency)
            for root, own in zip(roots, lines, strict=True)
        ]

    @level_field(Money | None, COSTS, held_at)
    async def credited(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Amount of the credit note; null if not received yet, or without the permission STOCK_COSTS for the
        location."""
        return [
            None if root.credited_minor is None else money(root.credited_minor, root.currency)
            for root in roots
        ]


@strawberry.type
class PurchaseOrderReturns:
    @field(reach=OWN_SCOPE)
    async def returns(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[SupplierReturn]:
        """Returns to the supplier from locations where the caller can see purchasing, oldest first."""
        found = await info.context.load(queries.returns_by_order, root.id)
        return await with_permission(info, Permission.PURCHASING_VIEW, found)


return_conditions = conditions(
    SupplierReturnFilter,
    models.SupplierReturn,
    purchase_order_id=lambda given: id_q("purchase_order_id", given, "PurchaseOrder"),
    sku=lambda given: among_q("id", queries.return_ids_with_sku(string_q("sku", given))),
    supplier=lambda given: among_q("supplier_id", queries.supplier_ids(string_q("code", given))),
    location=partial(location_q, "location_id"),
)


async def _ends(info: strawberry.Info, input: SupplierReturnCreateInput) -> tuple[Any, Any, Any]:
    """The supplier, the location and the purchase order's id.

    Raises:
        NotFound: one of them does not exist.
        Invalid: neither a purchase order nor a supplier and a location, or a supplier other than the order's.
    """
    actor, order = info.context.actor, None
    if input.purchase_order_id is not None:
        id = row_id(input.purchase_order_id, "PurchaseOrder", "purchase_order_id")
        order = await queries.order_for(Permission.STOCK_MANAGE, actor, id, "purchase_order_id")
    for name in ("supplier", "location"):
        if getattr(input, name) is None and order is None:
            text = "Enter the purchase order, or the supplier and the location."
            raise refusals.Invalid(text, name, code=ProblemCode.REQUIRED)
    if order is None:
        named = await queries.supplier(actor, code=input.supplier or "")
        return named, await _place(actor, input.location or ""), None
    (supplier,) = await queries.suppliers_by_id([order.supplier_id])
    (place,) = await location_queries.locations_by_id([order.location_id])
    if input.supplier not in (None, supplier and supplier.code):
        raise refusals.Invalid(
            "The purchase order belongs to another supplier.",
            "supplier",
            code=ProblemCode.CONTRADICTION,
            field="purchaseOrderId",
        )
    if input.location is not None:
        place = await _place(actor, input.location)
    return supplier, place, order.id


async def _place(actor: Actor, code: str) -> LocationRow:
    return await location_queries.location_for(Permission.STOCK_MANAGE, actor, "location", code=code)


@strawberry.type
class SupplierReturnMutation:
    @mutation(
        "SupplierReturnCreateResult",
        SupplierReturn,
        policy=MANAGE_STOCK,
        refuses=(refusals.AlreadyExists,),
        once=models.SupplierReturn,
    )
    async def supplier_return_create(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierReturnCreateInput, arg("Goods to return.")],
    ) -> Effect:
        """Return goods to a supplier: they leave stock at cost, and a credit is expected."""
        supplier, place, order_id = await _ends(info, input)
        data = returning.SupplierReturnData(
            supplier=supplier,
            location=place,
            lines=[
                returning.ReturnedItem(
                    line.sku,
                    line.quantity,
                    cost_in(supplier.currency, line.unit_credit, "lines", str(index), "unit_credit"),
                    line.bucket,
                    lots_of(line.lots),
                    line.unit,
                )
                for index, line in enumerate(input.lines)
            ],
            purchase_order_id=order_id,
            reference=input.reference,
            note=input.note,
            external_reference=input.external_reference,
        )
        return lambda uow: returning.create_supplier_return(uow, data)

    @mutation("SupplierReturnCreditResult", SupplierReturn, policy=MANAGE)
    async def supplier_return_credit(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierReturnCreditInput, arg("The credit note.")],
        expected_version: ExpectedVersion = None,
    ) -> models.SupplierReturn:
        """Record the supplier's credit note for returned goods."""
        id = row_id(input.id, "SupplierReturn", "id")
        row = await queries.return_of(info.context.actor, id)
        amount = cost_in(row.currency, input.amount, "amount")
        return await returning.credit_supplier_return(
            info.context.actor,
            id,
            amount_minor=amount or 0,
            reference=input.reference,
            expected_version=expected_version,
        )

    @mutation("SupplierReturnCancelResult", SupplierReturn, policy=MANAGE_STOCK)
    async def supplier_return_cancel(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The supplier return.")],
        expected_version: ExpectedVersion = None,
    ) -> models.SupplierReturn:
        """Cancel a supplier return: the goods are back in stock at their previous value."""
        return await returning.cancel_supplier_return(
            info.context.actor, row_id(id, "SupplierReturn", "id"), expected_version=expected_version
        )


@strawberry.type
class SupplierReturnQuery:
    @query(VIEW)
    async def supplier_returns(
        self,
        info: strawberry.Info,
        filter: Annotated[SupplierReturnFilter | None, arg("Filter conditions for supplier returns.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SupplierReturn]:
        """Returns to suppliers, newest first."""
        rows = queries.returns_visible_to(info.context.actor).filter(combined(filter, return_conditions))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
