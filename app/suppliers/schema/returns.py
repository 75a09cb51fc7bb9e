"""Goods that go back to suppliers, through the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core import refusals
from app.core.actor import Actor
from app.core.database import values_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.extending import extends
from app.core.graphql.filters import (
    DateTimeFilter,
    IdFilter,
    StringFilter,
    among_q,
    combined,
    id_q,
    range_q,
    string_q,
)
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, OWN_SCOPE, field, needs, query
from app.core.graphql.scalars import (
    CurrencyCode,
    ExpectedVersion,
    IdempotencyKey,
    Money,
    MoneyInput,
    Text,
    arg,
    doc,
    money,
    serves,
)
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.core.problems import ProblemCode
from app.inventory import queries as inventory
from app.inventory.lifecycle import StockBucket
from app.inventory.schema import Location
from app.inventory.schema.mutations.locations import MANAGE as MANAGE_STOCK
from app.inventory.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.schema.places import held_at, where_held
from app.inventory.schema.types import COSTS
from app.settings import settings
from app.suppliers import models, queries, service
from app.suppliers.schema.costs import cost_in
from app.suppliers.schema.types import VIEW, PurchaseOrder, Supplier

MANAGE = needs(Permission.PURCHASING_MANAGE)
NEWEST = Order(("created_at", "id"), descending=True)


async def _wholes(info: strawberry.Info, lines: Sequence[Any]) -> list[Any]:
    return await info.context.load_many(queries.returns_by_id, values_of(lines, "supplier_return_id"))


async def _held_at_return(info: strawberry.Info, permission: str, lines: Sequence[Any]) -> list[bool]:
    return await held_at(info, permission, await _wholes(info, lines))


@strawberry.type(description="Pieces of a SKU that went back to a supplier.")
class SupplierReturnLine:
    is_type_of = serves(models.SupplierReturnLine)

    quantity: int = doc("How many pieces.")

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """Of what."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @level_field(Money | None, COSTS, _held_at_return)
    async def credit_expected(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What the supplier should give back for all of them; null without STOCK_COSTS there."""
        wholes = await _wholes(info, roots)
        return [money(root.credit_minor, whole.currency) for root, whole in zip(roots, wholes, strict=True)]

    @level_field(Money | None, COSTS, _held_at_return)
    async def value(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What they were worth as they left; null without the permission STOCK_COSTS there."""
        return [money(root.value_minor, settings().cost_currency) for root in roots]


@strawberry.type(description="Goods that went back to a supplier, and the credit for them.")
class SupplierReturn(Node):
    is_type_of = serves(models.SupplierReturn)

    number: str = doc("What people call it.")
    currency: CurrencyCode = doc("The currency of the credit.")
    reference: str | None = none_if_empty("The supplier's number for it; null without one.")
    note: str | None = none_if_empty("What was noted; null if nothing.")
    external_reference: str | None = doc("Its key in another system.")
    credit_reference: str | None = none_if_empty("The credit note's number; null without one.")
    credited_at: datetime | None = doc("When the credit note was noted; null: it has not come.")
    cancelled_at: datetime | None = doc(
        "When it was noted that the goods had not gone after all; null: they went."
    )
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When the goods left.")
    updated_at: datetime = doc("When it last changed.")

    @field(reach=ABOUT_IT)
    async def supplier(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Supplier:
        """To whom."""
        return await info.context.load(queries.suppliers_by_id, root.supplier_id)

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """From where."""
        return await info.context.load(inventory.locations_by_id, root.location_id)

    @field(reach=OWN_SCOPE)
    async def purchase_order(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> PurchaseOrder | None:
        """With which they had come; null if nobody said, or where the caller does not see purchasing."""
        if root.purchase_order_id is None:
            return None
        found = await info.context.load(queries.orders_by_id, root.purchase_order_id)
        seen = await where_held(info, Permission.PURCHASING_VIEW, [found])
        return seen[0] if seen else None

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[SupplierReturnLine]:
        """What went back."""
        return await info.context.load(queries.return_lines_by_return, root.id)

    @level_field(Money | None, COSTS, held_at)
    async def credit_expected(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What the supplier should give back; null without the permission STOCK_COSTS there."""
        lines = await info.context.load_many(queries.return_lines_by_return, values_of(roots, "id"))
        return [
            money(sum(line.credit_minor for line in own), root.currency)
            for root, own in zip(roots, lines, strict=True)
        ]

    @level_field(Money | None, COSTS, held_at)
    async def credited(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What the credit note is for; null until it has come, and without STOCK_COSTS there."""
        return [
            None if root.credited_minor is None else money(root.credited_minor, root.currency)
            for root in roots
        ]


@extends(PurchaseOrder)
class PurchaseOrderReturns:
    @field(reach=OWN_SCOPE)
    async def returns(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[SupplierReturn]:
        """What of it went back to the supplier from where the caller sees purchasing, the earliest first."""
        found = await info.context.load(queries.returns_by_order, root.id)
        return await where_held(info, Permission.PURCHASING_VIEW, found)


@strawberry.input(description="So much of a SKU that goes back to its supplier.")
class SupplierReturnLineInput:
    sku: str = doc("What.")
    quantity: int = doc("How many pieces, or units as `unit` says.")
    unit: str | None = doc(
        "The code of the unit that the quantity and `unitCredit` are in, such as carton; left out: pieces.",
        default=None,
    )
    unit_credit: MoneyInput | None = doc(
        "What the supplier should give back for a unit; left out, what was agreed in the purchase order, "
        "else what the supplier asks.",
        default=None,
    )
    bucket: StockBucket = doc(
        "The state that they are in: AVAILABLE, or for instance DAMAGED.", default=StockBucket.AVAILABLE
    )
    lots: list[StockLotInput] = doc(
        "Which units, where the SKU is kept by lot or serial number.", default_factory=list
    )


@strawberry.input(description="Goods that go back to their supplier.")
class SupplierReturnCreateInput:
    purchase_order_id: strawberry.ID | None = doc(
        "The purchase order that they had come with; it names supplier and location.", default=None
    )
    supplier: str | None = doc("The supplier's code; needed without a purchase order.", default=None)
    location: str | None = doc(
        "The code of the location that they leave; needed without a purchase order, else left out for its.",
        default=None,
    )
    lines: list[SupplierReturnLineInput] = doc("What: 1 to 1,000 lines.")
    reference: Text = doc("The supplier's number for it, such as of its permission to return.", default="")
    note: Text = doc("A note, also for the ledger.", default="")
    external_reference: str | None = doc("Its key in another system, unique.", default=None)


@strawberry.input(description="The credit note for goods that went back.")
class SupplierReturnCreditInput:
    id: strawberry.ID = doc("The return.")
    amount: MoneyInput = doc("What the credit note is for, in the return's currency.")
    reference: Text = doc("The credit note's number.", default="")


@strawberry.input(description="Which returns to suppliers.")
class SupplierReturnFilter:
    number: StringFilter | None = doc("With such a number.", default=None)
    supplier: StringFilter | None = doc("To suppliers with such a code.", default=None)
    location: StringFilter | None = doc("From locations with such a code.", default=None)
    sku: StringFilter | None = doc("With a line of such a SKU.", default=None)
    purchase_order_id: IdFilter | None = doc("Of these purchase orders.", default=None)
    reference: StringFilter | None = doc("By the supplier's number for them.", default=None)
    external_reference: StringFilter | None = doc("By their key in another system.", default=None)
    created_at: DateTimeFilter | None = doc("By when the goods left.", default=None)
    updated_at: DateTimeFilter | None = doc("By when they last changed.", default=None)
    and_: list["SupplierReturnFilter"] | None = doc("All of these too.", default=None, name="and")
    or_: list["SupplierReturnFilter"] | None = doc("At least one of these too.", default=None, name="or")
    not_: "SupplierReturnFilter | None" = doc("And not this.", default=None, name="not")


def _conditions(given: SupplierReturnFilter) -> Q:
    q = string_q("number", given.number) & string_q("reference", given.reference)
    q &= string_q("external_reference", given.external_reference)
    q &= range_q("created_at", given.created_at) & range_q("updated_at", given.updated_at)
    q &= id_q("purchase_order_id", given.purchase_order_id, "PurchaseOrder")
    if given.sku is not None:
        q &= among_q("id", queries.return_ids_with_sku(string_q("sku", given.sku)))
    if given.supplier is not None:
        q &= among_q("supplier_id", queries.supplier_ids(string_q("code", given.supplier)))
    if given.location is not None:
        q &= among_q("location_id", inventory.location_ids(string_q("code", given.location)))
    return q


async def _ends(info: strawberry.Info, input: SupplierReturnCreateInput) -> tuple[Any, Any, Any]:
    """The supplier, the location and the purchase order's id.

    Raises:
        NotFound: one of them.
        Invalid: neither a purchase order nor a supplier and a location, or another supplier than the order's.
    """
    actor, order = info.context.actor, None
    if input.purchase_order_id is not None:
        id = row_id(input.purchase_order_id, "PurchaseOrder", "purchase_order_id")
        order = await queries.order_for(Permission.STOCK_MANAGE, actor, id, "purchase_order_id")
    for name in ("supplier", "location"):
        if getattr(input, name) is None and order is None:
            text = "Say the purchase order, or the supplier and the location."
            raise refusals.Invalid(text, name, code=ProblemCode.REQUIRED)
    if order is None:
        named = await queries.supplier(actor, code=input.supplier or "")
        return named, await _place(actor, input.location or ""), None
    (supplier,) = await queries.suppliers_by_id([order.supplier_id])
    (place,) = await inventory.locations_by_id([order.location_id])
    if input.supplier not in (None, supplier and supplier.code):
        raise refusals.Invalid(
            "The purchase order is another supplier's.",
            "supplier",
            code=ProblemCode.CONTRADICTION,
            field="purchaseOrderId",
        )
    if input.location is not None:
        place = await _place(actor, input.location)
    return supplier, place, order.id


async def _place(actor: Actor, code: str) -> Any:
    return await inventory.location_for(Permission.STOCK_MANAGE, actor, "location", code=code)


@strawberry.type
class SupplierReturnMutation:
    @mutation(
        "SupplierReturnCreateResult",
        SupplierReturn,
        policy=MANAGE_STOCK,
        refuses=(refusals.AlreadyExists,),
    )
    async def supplier_return_create(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierReturnCreateInput, arg("What goes back.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Send goods back to a supplier: they leave stock at what they cost, and a credit is expected."""
        supplier, place, order_id = await _ends(info, input)
        data = service.SupplierReturnData(
            supplier=supplier,
            location=place,
            lines=[
                service.ReturnedItem(
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
        return await info.context.once_row(
            idempotency_key,
            "supplierReturnCreate",
            input,
            lambda work: service.create_supplier_return(work, data),
            models.SupplierReturn,
        )

    @mutation("SupplierReturnCreditResult", SupplierReturn, policy=MANAGE)
    async def supplier_return_credit(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierReturnCreditInput, arg("The credit note.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Note the credit note that came for goods that went back."""
        id = row_id(input.id, "SupplierReturn", "id")
        row = await queries.return_of(info.context.actor, id)
        amount = cost_in(row.currency, input.amount, "amount")
        return await service.credit_supplier_return(
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
        id: Annotated[strawberry.ID, arg("The return.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Note that goods have not gone back after all: they are in stock again, worth what they were."""
        return await service.cancel_supplier_return(
            info.context.actor, row_id(id, "SupplierReturn", "id"), expected_version=expected_version
        )


@strawberry.type
class SupplierReturnQuery:
    @query(VIEW)
    async def supplier_returns(
        self,
        info: strawberry.Info,
        filter: Annotated[SupplierReturnFilter | None, arg("Which returns.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SupplierReturn]:
        """What went back to suppliers, the latest first."""
        rows = queries.returns_visible_to(info.context.actor).filter(combined(filter, _conditions))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
