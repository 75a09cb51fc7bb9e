"""Inputs for placing, cancelling, rescheduling and updating orders."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.scalars import Metadata, MoneyInput, Text, doc
from app.core.ids import row_id
from app.core.problems import ProblemCode
from app.core.texts import LONGEST_REMARK
from app.customers.schema.addresses import AddressInput
from app.orders.gift_cards import GiftRecipient
from app.orders.lifecycle import CancelReason
from app.orders.models import ENTERED
from app.orders.schema.adjusting import DISCOUNT, REASON, UNIT_PRICE, AdjustmentFields, OrderLineDiscountInput
from app.orders.service.faults import LineData
from app.orders.service.pricing import OrderData

ACCESS_TOKEN = (
    "Proof for guests: the order's `accessToken`, valid for the channel's `guestOrderDays`. With it, the "
    "rules for buyers apply. Not needed by signed-in callers."
)
MOST_GIFT_CARDS = 10
GIFT_NOTE = "Note for the recipient of a gift, printed on the packing slip: up to 500 characters."
BUYERS_EMAIL = (
    "Email address of the buyer, to which messages about the order are sent. If omitted by a signed-in "
    "customer, the address of the account is used when the order is placed."
)
LANGUAGE = (
    "Language in which the buyer is addressed (BCP 47), such as `de` or `de-AT`; it is fixed when the order "
    "is placed. If omitted, the default language of the channel."
)


GIFT_RECIPIENT = (
    "The person to whom the gift cards of the line are sent by email, for a line that is a gift card; if "
    "omitted, the buyer."
)


@strawberry.input(description="The recipient of gift cards.")
class GiftRecipientInput:
    email: str = doc("Email address of the recipient.")
    name: Text = doc("Name of the recipient, up to 200 characters.", default="")
    note: Text = doc(
        "Message from the buyer to the recipient, up to 500 characters.", default="", longest=LONGEST_REMARK
    )

    def data(self) -> GiftRecipient:
        return GiftRecipient(self.email, self.name, self.note)


@strawberry.input(description="A line of a cart or order: a SKU and a quantity.")
class OrderLineInput:
    sku: str = doc("The SKU.")
    quantity: int = doc("Number of units.", default=1)
    metadata: Metadata | None = doc("Custom JSON data of the line.", default=None)
    gift_recipient: GiftRecipientInput | None = doc(GIFT_RECIPIENT, default=None)
    unit_price: MoneyInput | None = doc(UNIT_PRICE, default=strawberry.UNSET)
    discount: OrderLineDiscountInput | None = doc(DISCOUNT, default=strawberry.UNSET)
    reason: Text = doc(REASON, default="")

    def data(self, index: int) -> LineData:
        metadata: Any = self.metadata or {}
        adjustment = AdjustmentFields(self.unit_price, self.discount, self.reason)
        adjust = adjustment.data("lines", str(index))
        recipient = self.gift_recipient.data() if self.gift_recipient else None
        return LineData(self.sku, self.quantity, metadata, adjust, place=index, recipient=recipient)


def _says(value: Any) -> bool:
    return value is not None and value is not strawberry.UNSET


@strawberry.input(description="Payment method of the buyer.")
class PaymentInput:
    gateway: str = doc(
        "Code of the payment gateway; `manual` for money received outside the system. Placing an order moves "
        "no money: call `paymentContinue` next."
    )
    token: str | None = doc(
        "Not used: send the token that the gateway issued to the storefront to `paymentContinue`.",
        default=None,
    )


@strawberry.input(
    description="What a cart or an order says. In a draft, everything but the channel may wait."
)
class OrderFields:
    lines: list[OrderLineInput] | None = doc("Order lines.", default=strawberry.UNSET)
    email: str | None = doc(BUYERS_EMAIL, default=strawberry.UNSET)
    phone: str | None = doc("Phone number of the buyer.", default=strawberry.UNSET)
    shipping_address: AddressInput | None = doc("Shipping address.", default=strawberry.UNSET)
    billing_address: AddressInput | None = doc(
        "Billing address; defaults to the shipping address.", default=strawberry.UNSET
    )
    shipping_method: str | None = doc(
        "Code of one of the channel's shipping methods.", default=strawberry.UNSET
    )
    pickup_location: str | None = doc(
        "Code of a pick-up location of the channel (`pickupLocations`), instead of a shipping address and "
        "method. A cart with a pick-up location that is sent a shipping method is shipped, and the other way "
        "around. The order needs a billing address.",
        default=strawberry.UNSET,
    )
    discount_codes: list[str] | None = doc("Discount codes to apply.", default=strawberry.UNSET)
    payment: PaymentInput | None = doc("Payment method of the buyer.", default=strawberry.UNSET)
    customer_id: strawberry.ID | None = doc(
        "ID of the customer of the order; staff only.", default=strawberry.UNSET
    )
    purchase_order_number: str | None = doc("The buyer's purchase order number.", default=strawberry.UNSET)
    gift_note: str | None = doc(GIFT_NOTE, default=strawberry.UNSET, longest=LONGEST_REMARK)
    language: str | None = doc(LANGUAGE, default=strawberry.UNSET)
    note: str | None = doc("Note from the buyer.", default=strawberry.UNSET)
    tags: list[str] | None = doc("Tags for grouping orders; staff only.", default=strawberry.UNSET)
    metadata: Metadata | None = doc(
        "Custom JSON data, visible to everyone who can see the order.",
        default=strawberry.UNSET,
    )
    external_reference: str | None = doc(
        "Key in an external system, unique in the channel. Requires the permission ORDERS_MANAGE.",
        default=strawberry.UNSET,
    )

    def sent(self, *, nulls: bool = False) -> frozenset[str]:
        """The names of the fields that were sent, as in `OrderData`.

        With `nulls`, fields that were sent as null are included, which clears them.
        """
        renamed = {"payment": "payment_gateway"}
        names = {
            renamed.get(name, name)
            for name, value in vars(self).items()
            if _says(value) or (nulls and value is None)
        }
        return frozenset(names & {*OrderData.__dataclass_fields__, *ENTERED} - {"channel", "entered"})

    def data(self, channel: str, actor: Any) -> OrderData:
        """The input under the names of the service.

        Raises:
            NotFound: the customer does not exist, or the caller may not see them.
            Forbidden: tags sent by a caller other than staff.
        """
        if self.tags and not actor.may(Permission.ORDERS_MANAGE):
            raise refusals.Forbidden("Only staff can set the tags of an order.")
        data = OrderData(channel=channel)
        data.lines = [line.data(index) for index, line in enumerate(self.lines or [])]
        data.shipping_address = self.shipping_address.data(actor) if self.shipping_address else None
        data.billing_address = self.billing_address.data(actor) if self.billing_address else None
        data.payment_gateway = self.payment.gateway if self.payment else None
        if _says(self.customer_id):
            data.customer_id = row_id(str(self.customer_id), "Customer", "customer_id")
        data.entered = {name: getattr(self, name) for name in ENTERED if _says(getattr(self, name))}
        for name in (
            "email", "phone", "shipping_method", "pickup_location", "discount_codes", "note", "tags",
            "metadata", "external_reference",
        ):  # fmt: skip
            if _says(getattr(self, name)):
                setattr(data, name, getattr(self, name))
        return data


@strawberry.input(description="Input for placing an order, from a channel and lines or from a draft.")
class OrderPlaceInput(OrderFields):
    channel: str | None = doc("Code of the channel; not needed with `draftId`.", default=None)
    draft_id: strawberry.ID | None = doc("ID of the draft to place, instead of lines.", default=None)
    draft_token: str | None = doc(
        "Proof of ownership by a guest: the draft's `accessToken` or `trackingToken`.", default=None
    )
    expected_total: MoneyInput | None = doc(
        "Total shown to the buyer, in the channel's currency. If the order total differs, the order "
        "is not placed and the result is TotalChanged. If omitted, the total is not checked.",
        default=None,
    )
    gift_card_codes: list[str] = doc(
        "Codes of gift cards to pay with, in this order, up to 10. Each pays up to its balance; what is left "
        "of the total stays due. A card in another currency is refused.",
        default_factory=list,
        most=MOST_GIFT_CARDS,
    )
    use_store_credit: bool = doc(
        "Whether to pay with the store credit of the customer what is left after `giftCardCodes`. Not for "
        "guest orders; staff need the permission PAYMENTS_MANAGE.",
        default=False,
    )
    save_addresses: bool = doc(
        "Save the shipping and billing address in the customer's address book. Not for guest orders.",
        default=False,
    )


@strawberry.input(description="Units of a line to cancel.")
class OrderCancelLineInput:
    line_id: strawberry.ID = doc("ID of the order line.")
    quantity: int = doc("Number of units of the line.")


@strawberry.input(description="Input for cancelling an order.")
class OrderCancelInput:
    id: strawberry.ID = doc("The order.")
    access_token: str | None = doc(ACCESS_TOKEN, default=None)
    reason: CancelReason = doc("Reason.", default=CancelReason.OTHER)
    note: Text = doc("Additional explanation; not visible to the buyer.", default="")
    lines: list["OrderCancelLineInput"] | None = doc(
        "Lines and quantities to cancel; if omitted, the whole order is cancelled.", default=None
    )


@strawberry.input(description="Input for changing the promised delivery date of an order.")
class OrderRescheduleInput:
    id: strawberry.ID = doc("The order.")
    promised_on: date = doc("New promised delivery date.")
    reason: Text = doc("Reason, up to 500 characters.", default="")


@strawberry.input(description="Input for updating details of an order; omitted fields keep their values.")
class OrderUpdateInput:
    id: strawberry.ID = doc("The order.")
    customer_id: strawberry.ID | None = doc(
        "ID of the customer of the order. Assigns an order that was placed without an account to a "
        "customer; null makes it a guest order.",
        default=strawberry.UNSET,
    )
    email: str | None = doc(BUYERS_EMAIL, default=strawberry.UNSET)
    phone: str | None = doc("Phone number of the buyer.", default=strawberry.UNSET)
    note: str | None = doc("Note from the buyer.", default=strawberry.UNSET)
    purchase_order_number: str | None = doc("The buyer's purchase order number.", default=strawberry.UNSET)
    gift_note: str | None = doc(GIFT_NOTE, default=strawberry.UNSET, longest=LONGEST_REMARK)
    priority: int | None = doc(
        "Priority from 0 to 9; the highest is processed first.", default=strawberry.UNSET
    )
    tags: list[str] | None = doc("Tags for grouping.", default=strawberry.UNSET)
    metadata: Metadata | None = doc(
        "Custom JSON data, visible to everyone who can see the order.",
        default=strawberry.UNSET,
    )
    private_metadata: Metadata | None = doc(
        "Custom JSON data, visible to staff only.", default=strawberry.UNSET
    )


class LineUnits(Protocol):
    """An input with a line and a quantity."""

    line_id: strawberry.ID
    quantity: int


def units_by_line(given: Sequence[LineUnits], kind: str = "OrderLine") -> dict[Any, int]:
    """Quantities by line; `kind` is the type of the lines' ids.

    Raises:
        Invalid: a line is listed twice.
    """
    found: dict[Any, int] = {}
    for index, line in enumerate(given):
        id = row_id(line.line_id, kind, "lines", str(index), "line_id")
        if id in found:
            raise refusals.Invalid(
                "This line is listed twice.",
                "lines",
                str(index),
                "line_id",
                code=ProblemCode.REPEATED,
            )
        found[id] = line.quantity
    return found
