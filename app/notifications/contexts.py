"""The values that templates of messages to buyers can use: one class for each kind of message.

Amounts and dates are texts in the language of the message. A value that an order does not have is null.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from app.notifications.lifecycle import MessageKind

K = MessageKind
EACH = "[]"  # stands for an element of a list in a path


@dataclass(frozen=True, slots=True)
class Shop:
    """The channel of the order."""

    name: str
    website: str | None
    support: str | None


@dataclass(frozen=True, slots=True)
class OrderValues:
    """The order. Its amounts are those of the units that were not cancelled."""

    number: str
    name: str | None  # of the recipient
    placed_on: str
    promised_on: str | None  # the promised day
    subtotal: str
    discount: str | None
    shipping: str
    tax: str | None
    taxes_included: bool  # whether prices include tax
    total: str
    amount_due: str  # what remains to be paid
    shipping_method: str | None
    is_pickup: bool  # whether the buyer picks it up
    pickup_at: str | None  # name of the location at which the buyer picks it up
    instructions: str | None  # for the pick-up
    address: list[str]  # lines of the shipping address, or of the address of that location
    link: str  # of the tracking page


@dataclass(frozen=True, slots=True)
class Item:
    """Units of an item."""

    name: str
    sku: str
    quantity: int
    total: str | None  # the amount of the line; null for a part of it


@dataclass(frozen=True, slots=True)
class Change:
    """An item with its quantity before and after an edit; both are equal if only its amount changed."""

    name: str
    sku: str
    before: int
    after: int
    amount: str  # after discount


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel; its items are empty if a supplier did not say what is in it."""

    number: int
    of_several: bool  # whether the order has other parcels
    carrier: str | None
    tracking_number: str | None
    link: str | None  # the carrier's page
    expected_on: str | None
    is_returned: bool  # to the sender
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Values:
    """The values of every kind. `words` are labels in the language of the message, used by `include`."""

    shop: Shop
    order: OrderValues
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class OrderItems(Values):
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HeldOrder(Values):
    """`reason` is payment, address or check. `pay_link` is the page on which what is due can be paid; null if
    the payment is not missing, or the order has no payment gateway.
    """

    reason: str = "check"
    pay_link: str | None = None


@dataclass(frozen=True, slots=True)
class DelayedOrder(Values):
    """The promised day before and now; null if it is not known. `is_later` is false if the day has become
    known after the buyer was told that it is not.
    """

    before_on: str | None = None
    promised_on: str | None = None
    is_later: bool = True


@dataclass(frozen=True, slots=True)
class Parcels(Values):
    """`is_last` says whether nothing of the order remains to be shipped, `is_only` whether all parcels of the
    order are named.
    """

    parcels: list[Parcel] = field(default_factory=list)
    is_last: bool = True
    is_only: bool = True


@dataclass(frozen=True, slots=True)
class PickedUpItems(Values):
    """Items that are or are not ready for pick-up, or were picked up. `is_whole` says whether nothing else
    remains, `keep_until` is the last day on which they can be picked up.
    """

    items: list[Item] = field(default_factory=list)
    is_whole: bool = True
    keep_until: str | None = None


@dataclass(frozen=True, slots=True)
class EditedOrder(Values):
    """What changed. `has_new_amounts`: only amounts of the order, such as the price of shipping."""

    changes: list[Change] = field(default_factory=list)
    has_new_address: bool = False
    has_new_shipping: bool = False
    has_new_billing: bool = False
    has_new_codes: bool = False
    has_new_amounts: bool = False
    billing_address: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CancelledItems(Values):
    items: list[Item] = field(default_factory=list)
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Refund(Values):
    amount: str = ""


@dataclass(frozen=True, slots=True)
class GiftCard:
    """A gift card with its code."""

    code: str
    amount: str
    expires_on: str | None


@dataclass(frozen=True, slots=True)
class GiftCards(Values):
    """Gift cards that an order has bought. `is_gift` says whether they are sent to a recipient other than the
    buyer: then `order` has only the order's number and the name of the recipient.
    """

    cards: list[GiftCard] = field(default_factory=list)
    is_gift: bool = False
    sender: str | None = None  # name of the buyer, of a gift
    note: str | None = None  # message from the buyer to the recipient


CONTEXTS: Mapping[MessageKind, type[Values]] = {
    K.ORDER_PLACED: OrderItems,
    K.ORDER_HELD: HeldOrder,
    K.ORDER_CONFIRMED: OrderItems,
    K.ORDER_DELAYED: DelayedOrder,
    K.ORDER_PARTLY_SHIPPED: Parcels,
    K.ORDER_SHIPPED: Parcels,
    K.ORDER_READY_FOR_PICKUP: PickedUpItems,
    K.ORDER_NOT_READY_FOR_PICKUP: PickedUpItems,
    K.ORDER_COLLECTED: PickedUpItems,
    K.ORDER_OUT_FOR_DELIVERY: Parcels,
    K.ORDER_DELIVERED: Parcels,
    K.ORDER_DELIVERY_FAILED: Parcels,
    K.ORDER_EDITED: EditedOrder,
    K.ORDER_CANCELLED: OrderItems,
    K.ORDER_ITEMS_CANCELLED: CancelledItems,
    K.ORDER_REFUNDED: Refund,
    K.GIFT_CARD_ISSUED: GiftCards,
}

_SAMPLES = {
    "name": "Ada Lovelace", "number": "1001", "link": "https://example.com/", "website": "https://example.com/",
    "support": "https://example.com/help", "sku": "SKU-1", "tracking_number": "RR1234567", "reason": "check",
    "code": "XXXX-XXXX-XXXX-XXXX", "sender": "Grace Hopper", "note": "Happy birthday!",
    "address": "12 Main Street", "amount_due": "12.00", "pay_link": "https://example.com/",
    **dict.fromkeys(("subtotal", "shipping", "tax", "total", "amount"), "12.00"),
    **dict.fromkeys(("placed_on", "promised_on", "before_on", "expected_on"), "2030-01-31"),
    **dict.fromkeys(("keep_until", "expires_on"), "2030-01-31"),
}  # fmt: skip


@cache
def paths_of(kind: MessageKind) -> frozenset[str]:
    """The paths of all values of a kind: `order.total`, `parcels`, `parcels[].link`."""
    return frozenset(_paths(CONTEXTS[kind]))


def _paths(of: type[Any], before: str = "") -> list[str]:
    found = []
    hints = get_type_hints(of)
    for each in fields(of):
        path, kind = f"{before}{each.name}", hints[each.name]
        found.append(path)
        if is_dataclass(kind) and isinstance(kind, type):
            found += _paths(kind, f"{path}.")
        elif get_origin(kind) is list:
            (element,) = get_args(kind)
            found.append(f"{path}{EACH}")
            if is_dataclass(element) and isinstance(element, type):
                found += _paths(element, f"{path}{EACH}.")
    return found


def sample_of(kind: MessageKind, words: Mapping[str, str]) -> dict[str, Any]:
    """Values of a kind for a preview without an order: each text is its path."""
    context, hints = CONTEXTS[kind], get_type_hints(CONTEXTS[kind])
    values: dict[str, Any] = {each.name: _sample(hints[each.name], each.name) for each in fields(context)}
    return asdict(context(**values | {"words": dict(words)}))


def _sample(of: Any, name: str) -> object:
    if is_dataclass(of) and isinstance(of, type):
        hints = get_type_hints(of)
        values: dict[str, Any] = {each.name: _sample(hints[each.name], each.name) for each in fields(of)}
        return of(**values)
    if get_origin(of) is list:
        return [_sample(get_args(of)[0], name)]
    if of is int:
        return 1
    return True if of is bool else _SAMPLES.get(name, name.replace("_", " "))
