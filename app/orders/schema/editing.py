"""Changing placed orders through the graph."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.actor import Actor
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field, needs
from app.core.graphql.scalars import (
    ExpectedVersion,
    IdempotencyKey,
    Metadata,
    Money,
    MoneyInput,
    Text,
    arg,
    doc,
    graphql_enum,
    money,
    serves,
)
from app.core.ids import row_id, to_global
from app.customers.schema import AddressInput
from app.inventory.refusals import InsufficientStock
from app.orders import models, queries, service
from app.orders.editing import Amounts, Difference, EditPrices, LineChange
from app.orders.refusals import TooLateToEdit, WithSupplier
from app.orders.schema import refusals as _types  # noqa: F401  # the refusals have their types
from app.orders.schema.adjusting import DISCOUNT, REASON, UNIT_PRICE, Asked, OrderLineDiscountInput
from app.orders.schema.types import VIEW_IT, Order
from app.orders.service import EditData, LineEdit

graphql_enum(EditPrices, "Which prices an edited order has.")

VIEW = needs(Permission.ORDERS_VIEW)
MANAGE = needs(Permission.ORDERS_MANAGE)


@strawberry.input(
    description="A line to change or to add. `lineId` and `quantity`: the buyer is to have so many. `lineId` "
    "and another `sku`: what has not left of the line is replaced. `sku` and `quantity`: a new line. "
    "`unitPrice` and `discount` set its price by hand."
)
class OrderEditLineInput:
    line_id: strawberry.ID | None = doc("The line; left out for a new one.", default=None)
    sku: str | None = doc("The SKU of a new line, or of what replaces this one.", default=None)
    quantity: int | None = doc(
        "How many the buyer is to have of it, those that have left among them; 0 takes the line out.",
        default=None,
    )
    metadata: Metadata | None = doc("Whatever the shop keeps with a new line.", default=None)
    unit_price: MoneyInput | None = doc(UNIT_PRICE, default=strawberry.UNSET)
    discount: OrderLineDiscountInput | None = doc(DISCOUNT, default=strawberry.UNSET)
    reason: Text = doc(REASON + " Left out, it is that of the edit.", default="")

    def data(self, index: int) -> LineEdit:
        path = ("lines", str(index), "line_id")
        id = row_id(self.line_id, "OrderLine", *path) if self.line_id else None
        metadata: Any = self.metadata or {}
        asked = Asked(self.unit_price, self.discount, self.reason)
        return LineEdit(id, self.sku, self.quantity, metadata, adjust=asked.data("lines", str(index)))


@strawberry.input(description="What is to be changed of a placed order; what is left out stays.")
class OrderEditInput:
    id: strawberry.ID = doc("The order.")
    lines: list[OrderEditLineInput] = doc("Lines to change and to add; others stay.", default_factory=list)
    shipping_address: AddressInput | None = doc(
        "Where it goes; not once something is packed. Its taxes follow.", default=None
    )
    billing_address: AddressInput | None = doc(
        "Who pays; follows the shipping address where it was the same.", default=None
    )
    shipping_method: str | None = doc("The code of another method of the channel.", default=None)
    discount_codes: list[str] | None = doc("All codes that it is to use.", default=None)
    prices: EditPrices = doc("Which prices it has then.", default=EditPrices.KEEP)
    reason: Text = doc("Why; up to 500 characters, seen by staff.", default="")
    preview: bool = doc("Only show what would be different; nothing is changed.", default=False)

    def data(self, by: Actor) -> EditData:
        return EditData(
            lines=[line.data(index) for index, line in enumerate(self.lines)],
            shipping_address=self.shipping_address.data(by) if self.shipping_address else None,
            billing_address=self.billing_address.data(by) if self.billing_address else None,
            shipping_method=self.shipping_method,
            discount_codes=self.discount_codes,
            prices=self.prices,
            reason=self.reason,
        )


@strawberry.type(description="What an order comes to.")
class OrderAmounts:
    row: strawberry.Private[Amounts]
    currency: strawberry.Private[str]

    @field()
    def subtotal(self) -> Money:
        """The lines, before discounts."""
        return money(self.row.subtotal_minor, self.currency)

    @field()
    def discount(self) -> Money:
        """What is taken off the lines."""
        return money(self.row.discount_minor, self.currency)

    @field()
    def shipping(self) -> Money:
        """What sending it costs, after `shippingDiscount`."""
        return money(self.row.shipping_minor, self.currency)

    @field()
    def shipping_discount(self) -> Money:
        """What a code takes off the price of shipping."""
        return money(self.row.shipping_discount_minor, self.currency)

    @field()
    def tax(self) -> Money:
        """The tax in or on lines and shipping."""
        return money(self.row.tax_minor, self.currency)

    @field()
    def total(self) -> Money:
        """What all of it comes to, with what was cancelled."""
        return money(self.row.total_minor, self.currency)

    @field()
    def amount_cancelled(self) -> Money:
        """What of the total need not be paid, because it was cancelled or taken out."""
        return money(self.row.cancelled_minor, self.currency)

    @field()
    def amount_due(self) -> Money:
        """What is still to be paid; below zero it is to be given back."""
        return money(self.row.due_minor, self.currency)


@strawberry.type(description="A line before and after an edit.")
class OrderEditLine:
    row: strawberry.Private[LineChange]
    currency: strawberry.Private[str]

    @field()
    def line_id(self) -> strawberry.ID:
        """The line."""
        return strawberry.ID(to_global("OrderLine", self.row.line_id))

    @field()
    def sku(self) -> str:
        """Its SKU."""
        return self.row.sku

    @field()
    def quantity_before(self) -> int | None:
        """The units that the buyer was to have; null for a new line."""
        return self.row.before.quantity if self.row.before else None

    @field()
    def quantity_after(self) -> int:
        """The units that the buyer is to have; 0: the line was taken out."""
        return self.row.after.quantity

    @field()
    def unit_price_before(self) -> Money | None:
        """What one cost; null for a new line."""
        return money(self.row.before.unit_price_minor, self.currency) if self.row.before else None

    @field()
    def unit_price_after(self) -> Money:
        """What one costs."""
        return money(self.row.after.unit_price_minor, self.currency)

    @field()
    def total_before(self) -> Money | None:
        """What those units came to; null for a new line."""
        return money(self.row.before.total_minor, self.currency) if self.row.before else None

    @field()
    def total_after(self) -> Money:
        """What those units come to."""
        return money(self.row.after.total_minor, self.currency)


@strawberry.type(description="Units of a SKU that an edit keeps more, or fewer.")
class OrderEditStock:
    sku: str = doc("The SKU; of a bundle, its components.")
    units: int = doc("How many more are kept for the order; below zero: given back.")


@strawberry.type(description="A change of a placed order: what was, and what is or would be.")
class OrderEdit(Node):
    is_type_of = serves(models.OrderEdit)

    reason: str | None = none_if_empty("Why, as staff said; null if they did not.")
    edited_by: str = doc("Who did it.")
    at: datetime = doc("When.")

    @field()
    def changed(self, root: strawberry.Parent[Any]) -> list[str]:
        """What else is different, beside the lines: `shipping_address`, `shipping_method` and so on."""
        return _difference(root).changed

    @field()
    def lines(self, root: strawberry.Parent[Any]) -> list[OrderEditLine]:
        """The lines that are different."""
        found = _difference(root)
        return [OrderEditLine(row=each, currency=found.currency) for each in found.lines]

    @field()
    def stock(self, root: strawberry.Parent[Any]) -> list[OrderEditStock]:
        """What is kept more or fewer for it."""
        return [OrderEditStock(sku=sku, units=units) for sku, units in _difference(root).stock.items()]

    @field()
    def before(self, root: strawberry.Parent[Any]) -> OrderAmounts:
        """What the order came to."""
        found = _difference(root)
        return OrderAmounts(row=found.before, currency=found.currency)

    @field()
    def after(self, root: strawberry.Parent[Any]) -> OrderAmounts:
        """What it comes to."""
        found = _difference(root)
        return OrderAmounts(row=found.after, currency=found.currency)

    @field()
    def amount_to_pay(self, root: strawberry.Parent[Any]) -> Money:
        """What is to be paid because of it; below zero it is to be given back."""
        found = _difference(root)
        return money(found.to_pay_minor, found.currency)

    @field()
    def promised_before(self, root: strawberry.Parent[Any]) -> date | None:
        """The day by which it was to arrive."""
        return _difference(root).promised_before

    @field()
    def promised_after(self, root: strawberry.Parent[Any]) -> date | None:
        """The day by which it is to arrive now."""
        return _difference(root).promised_after

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order as it is now; unchanged after a preview."""
        return await info.context.load_many(queries.orders_by_id, [root.order_id for root in roots])


def _difference(root: Any) -> Difference:
    return Difference.from_json(root.difference)


@extends(Order)
class OrderEdits:
    @level_field(list[OrderEdit] | None, VIEW_IT, reach=PART_OF_IT)
    async def edits(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Its edits, the first first. Seen by staff."""
        return await info.context.load_many(queries.edits_by_order, [root.id for root in roots])


@strawberry.type
class EditMutation:
    @mutation(
        "OrderEditResult",
        OrderEdit,
        policy=MANAGE,
        refuses=(
            InsufficientStock,
            refusals.IllegalTransition,
            TooLateToEdit,
            WithSupplier,
        ),
    )
    async def order_edit(
        self,
        info: strawberry.Info,
        input: Annotated[OrderEditInput, arg("What is to be changed.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Change an order that is still to be sent: its lines, addresses, shipping method or discounts.

        Stock, the work of locations, taxes, totals and what is due follow in the same step. With `preview`
        the answer says what would be different, to the cent, and nothing is changed.
        """
        order_id, data = row_id(input.id, "Order", "id"), input.data(info.context.actor)
        if input.preview:
            return await service.preview_edit(
                info.context.actor, order_id, data, expected_version=expected_version
            )
        return await info.context.once_row(
            idempotency_key,
            "orderEdit",
            input,
            lambda work: service.edit(work, order_id, data, expected_version=expected_version),
            models.OrderEdit,
        )
