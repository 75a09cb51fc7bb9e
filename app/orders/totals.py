"""What an order costs: pure, exact, and the same for a cart, an order and a check of either."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.channels.tax import tax_on
from app.core.money import rounded, split_minor


@dataclass(frozen=True, slots=True)
class LineToPrice:
    """One line before discounts and tax."""

    quantity: int
    unit_price_minor: int
    tax_rate: Decimal

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_price_minor


@dataclass(frozen=True, slots=True)
class DiscountToApply:
    """A percentage of the lines, or an amount off them."""

    percent: Decimal | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    discount_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    lines: tuple[PricedLine, ...]
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    shipping_tax_minor: int
    tax_minor: int
    total_minor: int


def reckon(
    lines: Sequence[LineToPrice],
    *,
    discounts: Sequence[DiscountToApply] = (),
    shipping_minor: int = 0,
    shipping_rate: Decimal = Decimal(0),
    prices_include_tax: bool,
) -> Totals:
    """The totals of lines with their discounts, shipping and tax.

    Discounts apply one after the other, each to what the earlier left, and are shared out over the
    lines by their worth. Tax is reckoned and rounded for each line after discount. Where prices
    include tax, tax is a part of the total, else it is added to it.
    """
    gross = [line.gross_minor for line in lines]
    off = _shared_discount(gross, discounts)
    priced = []
    for line, amount, less in zip(lines, gross, off, strict=True):
        net = amount - less
        tax = tax_on(net, line.tax_rate, included=prices_include_tax)
        priced.append(PricedLine(less, tax, net if prices_include_tax else net + tax))
    shipping_tax = tax_on(shipping_minor, shipping_rate, included=prices_include_tax)
    tax = sum(line.tax_minor for line in priced) + shipping_tax
    subtotal, discount = sum(gross), sum(off)
    total = subtotal - discount + shipping_minor + (0 if prices_include_tax else tax)
    return Totals(tuple(priced), subtotal, discount, shipping_minor, shipping_tax, tax, total)


def _shared_discount(gross: Sequence[int], discounts: Sequence[DiscountToApply]) -> list[int]:
    left = list(gross)
    for discount in discounts:
        worth = sum(left)
        if discount.percent is not None:
            off = rounded(Decimal(worth) * discount.percent / 100)
        else:
            off = min(discount.amount_minor or 0, worth)
        if off and worth:
            # No line goes below nothing: a share by worth never exceeds what is left of the line.
            left = [have - part for have, part in zip(left, split_minor(off, left), strict=True)]
    return [before - after for before, after in zip(gross, left, strict=True)]
