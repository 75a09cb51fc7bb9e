"""What an edit of a placed order does to its lines and amounts: pure.

A line's quantity is what the buyer is to have of it, those that have left among them. A line that is taken
out stays, struck out: all of it is cancelled. What was cancelled before keeps the amount that it had then;
what is left is reckoned anew as one order, with its discounts, shipping and tax.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.described import Described
from app.core.money import rounded
from app.orders.amounts import due
from app.orders.totals import DiscountToApply, LineToPrice, reckon


class EditPrices(Described):
    """Which prices an edited order has."""

    KEEP = (
        "keep",
        "Lines keep the price at which they were sold, shipping what it cost; new lines and another shipping "
        "method have the price of today.",
    )
    TODAY = (
        "today",
        "Lines of which nothing has left or was cancelled, and shipping, have the price of today.",
    )


@dataclass(frozen=True, slots=True)
class Amounts:
    """What an order comes to, in minor units."""

    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    cancelled_minor: int
    paid_minor: int

    @classmethod
    def of(cls, order: Any) -> "Amounts":
        return cls(**{name: getattr(order, name) for name in cls.__dataclass_fields__})

    @property
    def due_minor(self) -> int:
        return due(self.total_minor, self.cancelled_minor, self.paid_minor)


@dataclass(frozen=True, slots=True)
class LineState:
    """What a line comes to: the units that the buyer is to have, and the amounts of these alone."""

    quantity: int
    unit_price_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line before and after an edit; `before` is None for one that is new."""

    line_id: UUID
    sku: str
    before: LineState | None
    after: LineState


@dataclass(slots=True)
class Difference:
    """What an edit changes, as it is previewed and as it stays on record."""

    before: Amounts
    after: Amounts
    lines: list[LineChange] = field(default_factory=list[LineChange])
    stock: dict[str, int] = field(default_factory=dict[str, int])  # by SKU: units kept more, or fewer
    changed: list[str] = field(default_factory=list[str])  # other fields that are not as they were
    promised_before: str | None = None  # ISO days
    promised_after: str | None = None

    @property
    def is_empty(self) -> bool:
        return not self.lines and not self.changed and self.before == self.after


def live(line: Any) -> int:
    """The units of a line that the buyer is to have, or has."""
    return int(line.quantity - line.quantity_cancelled)


def state_of(line: Any, cancelled_minor: int) -> LineState:
    """A line as an edit shows it; `cancelled_minor` is what was cancelled of its amount."""
    return LineState(live(line), line.unit_price_minor, line.total_minor - cancelled_minor)


def set_quantity(line: Any, units: int) -> bool:
    """Have the buyer get so many units of a line; returns whether that cancels it.

    A line that loses its last unit, and of which none was cancelled before, is struck out: all cancelled.
    """
    if units == 0 and line.quantity_cancelled == 0:
        line.quantity_cancelled = line.quantity
        return True
    line.quantity = line.quantity_cancelled + units
    return False


def retotal(
    lines: Sequence[Any],
    cancelled: Mapping[UUID, int],
    *,
    discounts: Sequence[DiscountToApply],
    shipping_minor: int,
    shipping_rate: Decimal,
    prices_include_tax: bool,
) -> tuple[int, int]:
    """Put on lines what they come to now; returns the shipping's tax and what all of it comes to.

    `cancelled` is what was cancelled of each line's amount: it stays, and belongs to the line's total.
    """
    kept = [line for line in lines if live(line)]
    totals = reckon(
        [LineToPrice(live(line), line.unit_price_minor, line.tax_rate) for line in kept],
        discounts=discounts,
        shipping_minor=shipping_minor,
        shipping_rate=shipping_rate,
        prices_include_tax=prices_include_tax,
    )
    now = dict(zip((line.id for line in kept), totals.lines, strict=True))
    for line in lines:
        priced, gone_minor = now.get(line.id), cancelled.get(line.id, 0)
        if priced is None and line.total_minor == gone_minor:
            continue  # it was cancelled whole
        line.total_minor = gone_minor + (priced.total_minor if priced else 0)
        line.tax_minor = _tax_within(gone_minor, line.tax_rate) + (priced.tax_minor if priced else 0)
        net = line.total_minor - (0 if prices_include_tax else line.tax_minor)
        line.discount_minor = line.quantity * line.unit_price_minor - net
    return totals.shipping_tax_minor, sum(line.total_minor for line in lines) + shipping_minor + (
        0 if prices_include_tax else totals.shipping_tax_minor
    )


def _tax_within(amount_minor: int, rate: Decimal) -> int:
    return amount_minor - rounded(Decimal(amount_minor) / (1 + rate))
