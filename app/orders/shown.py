"""The prices that a cart showed last, and the differences when its order is placed: pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.described import Described
from app.core.money import Money
from app.orders.adjusting import Adjustments


class PriceChangeKind(Described):
    UNIT_PRICE = "unit_price", "The unit price of the SKU `sku` differs."
    DISCOUNT = "discount", "The discount on the lines differs."
    SHIPPING = "shipping", "The shipping cost differs."
    TAX = "tax", "The tax on lines and shipping differs."


@dataclass(frozen=True, slots=True)
class PriceChange:
    """An amount that differs from the one shown in the cart."""

    kind: PriceChangeKind
    before: Money
    after: Money
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The prices and amounts of a cart as last shown to its buyer."""

    prices: Mapping[str, int] = field(default_factory=dict[str, int])  # by SKU
    discount_minor: int = 0
    shipping_minor: int = 0
    tax_minor: int = 0
    total_minor: int = 0

    @classmethod
    def of(cls, order: Any, lines: Iterable[Any]) -> "Shown":
        rows = list(lines)
        # Of two lines of a SKU, the one without a price set by staff is compared.
        set_manual_prices = [line for line in rows if Adjustments.of(line).price]
        others = [line for line in rows if line not in set_manual_prices]
        return cls(
            {line.sku: line.unit_price_minor for line in (*set_manual_prices, *others)},
            order.discount_minor,
            order.shipping_minor,
            order.tax_minor,
            order.total_minor,
        )

    def price_of(self, sku: str, adjusted: Adjustments) -> int | None:
        """The shown price of a line for comparison; None if staff set its price."""
        return None if adjusted.price else self.prices.get(sku)

    def changes(self, prices: Mapping[str, int], totals: Any, currency: str) -> list[PriceChange]:
        """The differences from the present unit prices by SKU and totals."""
        found = [
            PriceChange(
                PriceChangeKind.UNIT_PRICE, Money(self.prices[sku], currency), Money(price, currency), sku
            )
            for sku, price in prices.items()
            if sku in self.prices and self.prices[sku] != price
        ]
        for kind, before, after in (
            (PriceChangeKind.DISCOUNT, self.discount_minor, totals.discount_minor),
            (PriceChangeKind.SHIPPING, self.shipping_minor, totals.shipping_minor),
            (PriceChangeKind.TAX, self.tax_minor, totals.tax_minor),
        ):
            if before != after:
                found.append(PriceChange(kind, Money(before, currency), Money(after, currency)))
        return found
