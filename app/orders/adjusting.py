"""Prices and discounts that staff set on a line by hand, with reasons: pure functions.

The only module that reads and writes the lines' column `adjusted`. A price replaces that of the price lists,
which is stored beside it; a discount is applied before discount codes.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class SetPrice:
    """A unit price set by staff."""

    unit_price_minor: int
    reason: str
    by: str
    at: str  # ISO 8601

    def facts(self) -> dict[str, Any]:
        return {"unit_price_minor": self.unit_price_minor, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class GivenDiscount:
    """A discount on a line given by staff: a percentage or an amount."""

    percent: Decimal | None
    amount_minor: int | None
    reason: str
    by: str
    at: str  # ISO 8601

    def facts(self) -> dict[str, Any]:
        percent = None if self.percent is None else str(self.percent)
        return {"percent": percent, "amount_minor": self.amount_minor, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Adjustments:
    """The price and discount that staff set on a line."""

    price: SetPrice | None = None
    discount: GivenDiscount | None = None

    @classmethod
    def of(cls, line: Any) -> "Adjustments":
        return cls.from_json(line.adjusted)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "Adjustments":
        if not stored:
            return NONE
        price, discount = stored.get("price"), stored.get("discount")
        if discount is not None and discount["percent"] is not None:
            discount = {**discount, "percent": Decimal(discount["percent"])}
        return cls(SetPrice(**price) if price else None, GivenDiscount(**discount) if discount else None)

    def as_json(self) -> dict[str, Any] | None:
        """As stored in the column; None if empty."""
        if self == NONE:
            return None
        found = {name: each for name, each in asdict(self).items() if each is not None}
        if self.discount is not None and self.discount.percent is not None:
            found["discount"]["percent"] = str(self.discount.percent)
        return found

    def for_units(self, units: int, before: int) -> "Adjustments":
        """What remains after a buyer changes the quantity from `before` to `units`: nothing for more units;
        for fewer, everything but a fixed amount, which was set for the former quantity.
        """
        if units > before:
            return NONE
        amount = self.discount is not None and self.discount.amount_minor is not None
        return replace(self, discount=None) if amount and units != before else self


NONE = Adjustments()
