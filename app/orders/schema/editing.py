"""Editing placed orders in GraphQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.actor import Actor
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.once import Effect
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field, needs
from app.core.graphql.scalars import (
    ExpectedVersion,
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
from app.customers.schema.addresses import AddressInput
from app.inventory.stock.schema.types.shortages import TAKES_STOCK
from app.orders import models, queries
from app.orders.editing import Amounts, Difference, EditPrices, LineChange
from app.orders.refusals import TooLateToEdit, WithSupplier
from app.orders.schema import refusals as _types  # noqa: F401  # the refusals have their types
from app.orders.schema.adjusting import DISCOUNT, REASON, UNIT_PRICE, AdjustmentFields, OrderLineDiscountInput
from app.orders.schema.inputs import GIFT_RECIPIENT, GiftRecipientInput
from app.orders.schema.types import VIEW_IT, Order
from app.orders.service import editing
from app.orders.service.edits import EditData, LineEdit

graphql_enum(EditPrices, "Prices used for an edited order.")

VIEW = needs(Permission.ORDERS_VIEW)
MANAGE = needs(Permission.ORDERS_MANAGE)


@strawberry.input(
    description="A line to change or to add. `lineId` with `quantity` sets the quantity of a line. "
    "`lineId` with another `sku` replaces the units of the line that have not shipped. "
    "`sku` with `quantity` adds a new line. `unitPrice` and `discount` set the price "
    "of the line manually."
)
class OrderEditLineInput:
    line_id: strawberry.ID | None = doc("ID of the line; omit it for a new line.", default=None)
    sku: str | None = doc("SKU of a new line, or of the replacement for this line.", default=None)
    quantity: int | None = doc(
        "New quantity of the line, including shipped units; 0 removes the line.",
        default=None,
    )
    metadata: Metadata | None = doc("Custom JSON data of a new line.", default=None)
    gift_recipient: GiftRecipientInput | None = doc(f"{GIFT_RECIPIENT} For a new line.", default=None)
    unit_price: MoneyInput | None = doc(UNIT_PRICE, default=strawberry.UNSET)
    discount: OrderLineDiscountInput | None = doc(DISCOUNT, default=strawberry.UNSET)
    reason: Text = doc(REASON + " If omitted, the `reason` of the edit is used.", default="")

    def data(self, index: int) -> LineEdit:
        path = ("lines", str(index), "line_id")
        id = row_id(self.line_id, "OrderLine", *path) if self.line_id else None
        metadata: Any = self.metadata or {}
        adjustment = AdjustmentFields(self.unit_price, self.discount, self.reason)
        return LineEdit(
            id,
            self.sku,
            self.quantity,
            metadata,
            adjust=adjustment.data("lines", str(index)),
            recipient=self.gift_recipient.data() if self.gift_recipient else None,
        )


@strawberry.input(description="Input for editing a placed order; omitted fields keep their values.")
class OrderEditInput:
    id: strawberry.ID = doc("The order.")
    lines: list[OrderEditLineInput] = doc(
        "Lines to change and to add; other lines are kept.", default_factory=list
    )
    shipping_address: AddressInput | None = doc(
        "New shipping address; cannot be changed once units are packed. Taxes are recalculated.", default=None
    )
    billing_address: AddressInput | None = doc(
        "New billing address; if the billing address was the same as the shipping address, it "
        "follows the shipping address.",
        default=None,
    )
    shipping_method: str | None = doc("Code of another shipping method of the channel.", default=None)
    discount_codes: list[str] | None = doc("The complete list of discount codes to apply.", default=None)
    prices: EditPrices = doc("Prices used for the edited order.", default=EditPrices.KEEP)
    reason: Text = doc("Reason for the edit, up to 500 characters; visible to staff only.", default="")
    preview: bool = doc("Whether to return the changes without saving them.", default=False)

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


@strawberry.type(description="Amounts of an order.")
class OrderAmounts:
    row: strawberry.Private[Amounts]
    currency: strawberry.Private[str]

    @field()
    def subtotal(self) -> Money:
        """Sum of the lines before discounts."""
        return money(self.row.subtotal_minor, self.currency)

    @field()
    def discount(self) -> Money:
        """Discount on the lines."""
        return money(self.row.discount_minor, self.currency)

    @field()
    def shipping(self) -> Money:
        """Shipping cost after `shippingDiscount`."""
        return money(self.row.shipping_minor, self.currency)

    @field()
    def shipping_discount(self) -> Money:
        """Discount on the shipping cost from a discount code."""
        return money(self.row.shipping_discount_minor, self.currency)

    @field()
    def tax(self) -> Money:
        """Tax on lines and shipping, whether or not it is included in the prices."""
        return money(self.row.tax_minor, self.currency)

    @field()
    def total(self) -> Money:
        """Total of the order, including cancelled amounts."""
        return money(self.row.total_minor, self.currency)

    @field()
    def amount_cancelled(self) -> Money:
        """Part of the total that is no longer due because it was cancelled or removed."""
        return money(self.row.cancelled_minor, self.currency)

    @field()
    def amount_due(self) -> Money:
        """Amount still to be paid; negative if a refund is due."""
        return money(self.row.due_minor, self.currency)


@strawberry.type(description="An order line before and after an edit.")
class OrderEditLine:
    row: strawberry.Private[LineChange]
    currency: strawberry.Private[str]

    @field()
    def line_id(self) -> strawberry.ID:
        """ID of the order line."""
        return strawberry.ID(to_global("OrderLine", self.row.line_id))

    @field()
    def sku(self) -> str:
        """SKU of the line."""
        return self.row.sku

    @field()
    def quantity_before(self) -> int | None:
        """Quantity before the edit; null for a new line."""
        return self.row.before.quantity if self.row.before else None

    @field()
    def quantity_after(self) -> int:
        """Quantity after the edit; 0 if the line was removed."""
        return self.row.after.quantity

    @field()
    def unit_price_before(self) -> Money | None:
        """Unit price before the edit; null for a new line."""
        return money(self.row.before.unit_price_minor, self.currency) if self.row.before else None

    @field()
    def unit_price_after(self) -> Money:
        """Unit price after the edit."""
        return money(self.row.after.unit_price_minor, self.currency)

    @field()
    def total_before(self) -> Money | None:
        """Line total before the edit; null for a new line."""
        return money(self.row.before.total_minor, self.currency) if self.row.before else None

    @field()
    def total_after(self) -> Money:
        """Line total after the edit."""
        return money(self.row.after.total_minor, self.currency)


@strawberry.type(description="Change in the number of units of a SKU reserved for an order.")
class OrderEditStock:
    sku: str = doc("The SKU; a bundle is listed by its components.")
    units: int = doc("Number of additional units reserved for the order; negative for released units.")


@strawberry.type(
    description="An edit of a placed order, made or previewed, with the values before and after."
)
class OrderEdit(Node):
    is_type_of = serves(models.OrderEdit)

    reason: str | None = none_if_empty("Reason given by staff; null if none was given.")
    edited_by: str = doc("Name of the user or app that made the edit.")
    at: datetime = doc("Date and time of the edit.")

    @field()
    def changed(self, root: strawberry.Parent[Any]) -> list[str]:
        """Changed parts other than lines: `shipping_address`, `shipping_method` and so on."""
        return _difference(root).changed

    @field()
    def lines(self, root: strawberry.Parent[Any]) -> list[OrderEditLine]:
        """Changed lines."""
        found = _difference(root)
        return [OrderEditLine(row=each, currency=found.currency) for each in found.lines]

    @field()
    def stock(self, root: strawberry.Parent[Any]) -> list[OrderEditStock]:
        """Changes in reserved stock."""
        return [OrderEditStock(sku=sku, units=units) for sku, units in _difference(root).stock.items()]

    @field()
    def before(self, root: strawberry.Parent[Any]) -> OrderAmounts:
        """Amounts of the order before the edit."""
        found = _difference(root)
        return OrderAmounts(row=found.before, currency=found.currency)

    @field()
    def after(self, root: strawberry.Parent[Any]) -> OrderAmounts:
        """Amounts of the order after the edit."""
        found = _difference(root)
        return OrderAmounts(row=found.after, currency=found.currency)

    @field()
    def amount_to_pay(self, root: strawberry.Parent[Any]) -> Money:
        """Additional amount due because of the edit; negative if a refund is due."""
        found = _difference(root)
        return money(found.to_pay_minor, found.currency)

    @field()
    def promised_before(self, root: strawberry.Parent[Any]) -> date | None:
        """Promised delivery date before the edit; null if it was unknown."""
        return _difference(root).promised_before

    @field()
    def promised_after(self, root: strawberry.Parent[Any]) -> date | None:
        """Promised delivery date after the edit; null if it is unknown."""
        return _difference(root).promised_after

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Current state of the order; unchanged after a preview."""
        return await info.context.load_many(queries.orders_by_id, [root.order_id for root in roots])


def _difference(root: Any) -> Difference:
    return Difference.from_json(root.difference)


@strawberry.type
class OrderEdits:
    @level_field(list[OrderEdit] | None, VIEW_IT, reach=PART_OF_IT)
    async def edits(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Edits of the order, oldest first; null for callers other than staff."""
        return await info.context.load_many(queries.edits_by_order, [root.id for root in roots])


@strawberry.type
class EditMutation:
    @mutation(
        "OrderEditResult",
        OrderEdit,
        policy=MANAGE,
        refuses=(
            *TAKES_STOCK,
            refusals.IllegalTransition,
            TooLateToEdit,
            WithSupplier,
        ),
        once=models.OrderEdit,
    )
    async def order_edit(
        self,
        info: strawberry.Info,
        input: Annotated[OrderEditInput, arg("Changes to the order.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect | models.OrderEdit:
        """Edit an order that has not fully shipped: lines, addresses, shipping method or discounts. Stock,
        fulfillment orders, taxes, totals and the amount due are updated in the same step. With `preview`, the
        response contains the exact changes, to the cent, and nothing is saved."""
        order_id, data = row_id(input.id, "Order", "id"), input.data(info.context.actor)
        if input.preview:
            return await editing.preview_edit(
                info.context.actor, order_id, data, expected_version=expected_version
            )
        return lambda uow: editing.edit(uow, order_id, data, expected_version=expected_version)
