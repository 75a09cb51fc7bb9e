"""Domain events of orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.access.permissions import Permission
from app.core.journal.event import Event


def of_orders(*facts: str) -> Mapping[str, str]:
    """Facts that only readers with permission to see orders get."""
    return dict.fromkeys(facts, Permission.ORDERS_VIEW)


@dataclass(frozen=True, kw_only=True)
class OrderDrafted(Event):
    subject_kind: ClassVar[str] = "order"
    units: int


@dataclass(frozen=True, kw_only=True)
class OrderDraftUpdated(Event):
    subject_kind: ClassVar[str] = "order"
    units: int


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("total_minor")
    order_number: str
    total_minor: int
    currency: str
    units: int


@dataclass(frozen=True, kw_only=True)
class OrderConfirmed(Event):
    subject_kind: ClassVar[str] = "order"


@dataclass(frozen=True, kw_only=True)
class OrderHeld(Event):
    """The order was put on hold; `rule` is empty if staff did it."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("reason")
    hold_id: str
    kind: str
    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderReleased(Event):
    """A hold was released."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("note")
    hold_id: str
    kind: str
    note: str


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Event):
    """Nothing is left to ship, return, collect or refund."""

    subject_kind: ClassVar[str] = "order"


@dataclass(frozen=True, kw_only=True)
class OrderReopened(Event):
    """A completed order is open again."""

    subject_kind: ClassVar[str] = "order"


@dataclass(frozen=True, kw_only=True)
class OrderRuleSet(Event):
    """The setting of a validation rule in a channel was changed."""

    subject_kind: ClassVar[str] = "order_rule"
    rule: str
    outcome: str
    limits: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class OrderUpdated(Event):
    subject_kind: ClassVar[str] = "order"
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class OrderEdited(Event):
    """Items, address or shipping were edited; `changed` names the changed fields besides lines."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("total_minor", "due_minor", "reason", "lines")
    edit_id: str
    lines: list[dict[str, Any]]  # {"sku", "before", "after"}: quantities; before is null for a new line
    changed: list[str]
    total_minor: int
    due_minor: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderPricesSet(Event):
    """Staff set or removed prices or discounts of lines; what is not listed is unchanged.

    A line is `{"sku", "list_price_minor", "price", "discount"}`: a price has `unit_price_minor` and `reason`,
    a discount `percent` or `amount_minor`, and `reason`; null was removed.
    """

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("lines")
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class OrderNoted(Event):
    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("text")
    text: str


@dataclass(frozen=True, kw_only=True)
class OrderLinkRevoked(Event):
    """The tracking link and the access token were replaced."""

    subject_kind: ClassVar[str] = "order"


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Event):
    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("note")
    reason: str
    note: str
    released_units: int


@dataclass(frozen=True, kw_only=True)
class OrderLinesCancelled(Event):
    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("amount_minor", "reason", "lines")
    reason: str
    amount_minor: int
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class OrderCancelRequested(Event):
    """The buyer requested the cancellation of an order that cannot be cancelled directly any more."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("note")
    request_id: str
    reason: str
    note: str


@dataclass(frozen=True, kw_only=True)
class OrderCancelGranted(Event):
    """The requested cancellation was made, except for units that were shipped."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("answer")
    request_id: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class OrderCancelDeclined(Event):
    """The requested cancellation was declined."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("answer")
    request_id: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class OrderExpired(Event):
    subject_kind: ClassVar[str] = "order"


@dataclass(frozen=True, kw_only=True)
class OrderDelayed(Event):
    """The promised day is later than before; days are ISO dates, None is unknown.

    `reason` is empty unless staff changed the day.
    """

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("reason")
    before_on: str | None
    promised_on: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderPromised(Event):
    """The promised day has become known or earlier. `reason` is empty unless staff changed the day."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = of_orders("reason")
    before_on: str | None
    promised_on: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderStockMissing(Event):
    """Reserved units are missing; some may have been replaced from elsewhere."""

    subject_kind: ClassVar[str] = "order"
    sku: str
    units: int
    found_elsewhere: int


@dataclass(frozen=True, kw_only=True)
class OrderStockChanged(Event):
    """The reserved stock has changed; the promised day has not."""

    subject_kind: ClassVar[str] = "order"
    is_waiting: bool


@dataclass(frozen=True, kw_only=True)
class OrderImported(Event):
    subject_kind: ClassVar[str] = "order"
    order_number: str
    source: str


# Timeline titles by event name, shown to the buyer and, unless STAFF_TITLES has another one, to staff.
BUYER_TITLES: Mapping[str, str] = {
    OrderPlaced.name(): "Order received",
    OrderConfirmed.name(): "Order confirmed",
    OrderCancelled.name(): "Order cancelled",
    OrderLinesCancelled.name(): "A part of the order was cancelled",
    OrderCancelRequested.name(): "You requested the cancellation of the order",
    OrderCancelDeclined.name(): "The order could not be cancelled any more",
    OrderEdited.name(): "The order was changed",
    OrderImported.name(): "Order received",
    OrderDelayed.name(): "The order is delayed",
    OrderPromised.name(): "The order has a new expected date",
}

STAFF_TITLES: Mapping[str, str] = {
    OrderDrafted.name(): "Draft created",
    OrderDraftUpdated.name(): "Draft changed",
    OrderUpdated.name(): "Order changed",
    OrderPricesSet.name(): "Prices were set manually",
    OrderNoted.name(): "Note",
    OrderLinkRevoked.name(): "The tracking link was replaced",
    OrderExpired.name(): "Draft expired",
    OrderPlaced.name(): "Order placed",
    OrderImported.name(): "Order imported",
    OrderCompleted.name(): "Order completed",
    OrderReopened.name(): "Order reopened",
    OrderCancelRequested.name(): "The buyer requested a cancellation",
    OrderCancelGranted.name(): "The cancellation request was granted",
    OrderCancelDeclined.name(): "The cancellation request was declined",
    OrderHeld.name(): "On hold",
    OrderReleased.name(): "A hold was released",
    OrderStockChanged.name(): "The reserved stock has changed",
    OrderStockMissing.name(): "Reserved stock is missing",
}
