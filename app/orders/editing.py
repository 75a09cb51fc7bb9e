"""The changes of an edit, for previews and for the record: pure functions.

The only module that reads and writes the edits' column `difference`.

A line's quantity includes the shipped units. A removed line stays with all of its units cancelled. `changing`
describes how the amounts follow.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from app.core.described import Described
from app.core.ids import from_global, to_global
from app.orders.amounts import due


class EditPrices(Described):
    """Prices used for an edited order."""

    KEEP = (
        "keep",
        (
            "Existing lines keep their price and the shipping keeps its cost; new lines and a changed "
            "shipping method use current prices."
        ),
    )
    TODAY = (
        "today",
        "Lines of which nothing has shipped or been cancelled, and shipping, use current prices.",
    )


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of an order, in minor units."""

    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    cancelled_minor: int
    paid_minor: int
    credited_minor: int = 0
    shipping_discount_minor: int = 0

    @classmethod
    def of(cls, order: Any) -> "Amounts":
        return cls(**{name: getattr(order, name) for name in cls.__dataclass_fields__})

    @property
    def due_minor(self) -> int:
        return due(self)


@dataclass(frozen=True, slots=True)
class LineState:
    """The state of a line: its remaining units and their amounts."""

    quantity: int
    unit_price_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line before and after an edit; `before` is None for a new line."""

    line_id: UUID
    sku: str
    before: LineState | None
    after: LineState

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "LineChange":
        before = stored["before"]
        return cls(
            from_global(stored["line_id"])[1],
            stored["sku"],
            LineState(**before) if before else None,
            LineState(**stored["after"]),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"line_id": to_global("OrderLine", self.line_id)}


@dataclass(slots=True)
class Difference:
    """The changes of an edit, as previewed and as recorded."""

    currency: str
    before: Amounts
    after: Amounts
    lines: list[LineChange] = field(default_factory=list[LineChange])
    stock: dict[str, int] = field(default_factory=dict[str, int])  # by SKU: change in reserved units
    changed: list[str] = field(default_factory=list[str])  # other changed fields
    promised_before: date | None = None
    promised_after: date | None = None

    @property
    def is_empty(self) -> bool:
        return not self.lines and not self.changed and self.before == self.after

    @property
    def to_pay_minor(self) -> int:
        """Additional amount due because of the edit; negative if a refund is due."""
        return self.after.due_minor - self.before.due_minor

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Difference":
        return cls(
            stored["currency"],
            Amounts(**stored["before"]),
            Amounts(**stored["after"]),
            [LineChange.from_json(each) for each in stored["lines"]],
            dict(stored["stock"]),
            list(stored["changed"]),
            _day(stored["promised_before"]),
            _day(stored["promised_after"]),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "before": asdict(self.before),
            "after": asdict(self.after),
            "lines": [each.to_json() for each in self.lines],
            "stock": self.stock,
            "changed": self.changed,
            "promised_before": self.promised_before and self.promised_before.isoformat(),
            "promised_after": self.promised_after and self.promised_after.isoformat(),
        }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def live(line: Any) -> int:
    """The units of a line that were not cancelled."""
    return int(line.quantity - line.quantity_cancelled)


def state_of(line: Any, total_minor: int) -> LineState:
    """A line as an edit shows it; `total_minor` is the amount of its remaining units."""
    return LineState(live(line), line.unit_price_minor, total_minor)
