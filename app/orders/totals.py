"""The totals of an order: pure, exact, and the same for carts, orders and edits.

Discounts are distributed over the lines and shipping is priced here; the rest is in `prorated`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.channels.lifecycle import TaxRounding
from app.core.money import LARGEST_DIGITS, rounded, split_minor
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.orders.proration import LineTerms, Prorated, ProratedLine, Terms, prorated
from app.orders.shipping import NO_SHIPPING, ShippingToPrice, free, shares_of, shipping_price


@dataclass(frozen=True, slots=True)
class LineToPrice:
    """One line before discounts and tax."""

    quantity: int
    unit_price_minor: int
    tax_rate: Decimal
    tax_name: str = ""
    is_shipped: bool = True

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_price_minor


@dataclass(frozen=True, slots=True)
class DiscountToApply:
    """A discount on lines (a percentage or an amount), or on shipping."""

    percent: Decimal | None = None
    amount_minor: int | None = None
    frees_shipping: bool = False
    lines: Sequence[bool] | None = None  # by line, whether it applies; None: to all


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of an order with the terms that they follow from, and each discount on each line."""

    terms: Terms
    worth: Prorated
    shares: Sequence[Sequence[int]]
    shipping_discount_minor: int = 0  # the discount on shipping

    @property
    def lines(self) -> tuple[ProratedLine, ...]:
        return self.worth.lines

    @property
    def subtotal_minor(self) -> int:
        return sum(line.gross_minor for line in self.worth.lines)

    @property
    def discount_minor(self) -> int:
        return sum(line.discount_minor for line in self.worth.lines)

    @property
    def shipping_minor(self) -> int:
        return self.worth.shipping_minor

    @property
    def shipping_tax_minor(self) -> int:
        return self.worth.shipping_tax_minor

    @property
    def tax_minor(self) -> int:
        return self.worth.tax_minor

    @property
    def total_minor(self) -> int:
        return self.worth.total_minor


def refuse_too_large(gross_minor: int) -> None:
    """Refuse amounts that are too large to be stored and calculated exactly.

    Raises:
        Invalid: the amount is too large.
    """
    if gross_minor >= 10**LARGEST_DIGITS:
        raise Invalid(
            (
                f"The lines of an order must be worth less than 10^{LARGEST_DIGITS} of the "
                "smallest unit of the currency."
            ),
            "lines",
            code=ProblemCode.TOO_LARGE,
            maximum=10**LARGEST_DIGITS - 1,
        )


def calculate(
    lines: Sequence[LineToPrice],
    *,
    discounts: Sequence[DiscountToApply] = (),
    shipping: ShippingToPrice = NO_SHIPPING,
    prices_include_tax: bool,
    rounding: TaxRounding = TaxRounding.LINE,
) -> Totals:
    """The totals of lines with discounts, shipping and tax.

    Discounts apply one after the other, each to what the earlier ones left of its lines, and are distributed
    over these by amount. If prices include tax, tax is a part of the total, otherwise it is added.
    """
    gross = [line.gross_minor for line in lines]
    shares = shared_discounts(gross, discounts)
    agreed = [
        LineTerms(line.quantity, line.unit_price_minor, less, line.tax_rate, line.tax_name, line.is_shipped)
        for line, less in zip(lines, discount_by_line(shares, len(lines)), strict=True)
    ]
    return with_shipping(
        agreed,
        shipping,
        is_free=any(discount.frees_shipping for discount in discounts),
        prices_include_tax=prices_include_tax,
        rounding=rounding,
        shares=shares,
    )


def with_shipping(
    lines: Sequence[LineTerms],
    shipping: ShippingToPrice,
    *,
    is_free: bool,
    prices_include_tax: bool,
    rounding: TaxRounding,
    shares: Sequence[Sequence[int]] = (),
) -> Totals:
    """The totals of lines after discounts, with shipping; `is_free`: a discount frees it."""
    freed = 0
    if is_free:
        freed, shipping = shipping_price(shipping, lines), free(shipping)
    terms = Terms(lines, shares_of(shipping, lines), prices_include_tax, rounding)
    return Totals(terms, prorated(terms, [line.units for line in lines]), shares, freed)


def shared_discounts(gross: Sequence[int], discounts: Sequence[DiscountToApply]) -> list[list[int]]:
    """Each discount on each line."""
    left, shares = list(gross), []
    for discount in discounts:
        of = (
            left
            if discount.lines is None
            else [have * on for have, on in zip(left, discount.lines, strict=True)]
        )
        worth = sum(of)
        if discount.percent is not None:
            off = rounded(Decimal(worth) * discount.percent / 100)
        else:
            off = min(discount.amount_minor or 0, worth)
        # No line becomes negative: a proportional share never exceeds what is left of the line.
        parts = split_minor(off, of) if off and worth else [0] * len(left)
        left = [have - part for have, part in zip(left, parts, strict=True)]
        shares.append(parts)
    return shares


def discount_by_line(shares: Sequence[Sequence[int]], lines: int) -> list[int]:
    """The sum of all discounts on each line."""
    return [sum(parts) for parts in zip(*shares, strict=True)] if shares else [0] * lines
