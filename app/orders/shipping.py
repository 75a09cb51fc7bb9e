"""Shipping prices and the rates at which they are taxed: pure functions.

The shipping of goods is ancillary to them: under article 78 (b) of the EU's VAT directive (2006/112/EC) its
price belongs to the taxable amount of the goods, so it can take their rates. PRO_RATA distributes the price
over the goods' rates in proportion to the amounts of the lines after discounts, by largest remainder;
MAIN_RATE takes the rate with the largest amount, the higher rate if two are equal; CLASS, for places where
shipping is a separate supply, takes the rate of the method's tax class.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.channels.lifecycle import FreeFromBasis, ShippingTax
from app.channels.models import ShippingMethod
from app.channels.tax import UNTAXED, Tax
from app.core.money import split_minor
from app.orders.proration import LineTerms, ShippingShare


@dataclass(frozen=True, slots=True)
class ShippingToPrice:
    """A shipping method's price and its taxation."""

    price_minor: int
    tax: Tax = UNTAXED  # the tax of its own class
    mode: ShippingTax = ShippingTax.CLASS
    free_from_minor: int | None = None
    free_from_basis: FreeFromBasis = FreeFromBasis.BEFORE_DISCOUNT


NO_SHIPPING = ShippingToPrice(0)


def priced(method: ShippingMethod | None, tax: Tax) -> ShippingToPrice:
    """The price of a method, with the tax of its class at the destination."""
    if method is None:
        return NO_SHIPPING
    return ShippingToPrice(
        method.price_minor, tax, method.tax_mode, method.free_from_minor, method.free_from_basis
    )


def priced_pickup(price_minor: int) -> ShippingToPrice:
    """The price of a pick-up, taxed at the rates of the goods."""
    return ShippingToPrice(price_minor, mode=ShippingTax.PRO_RATA)


def ships_to(method: Any, country: str | None) -> bool:
    """Whether a method, current or recorded, ships to a country; true for an unknown country."""
    return not country or method.countries is None or country in method.countries


def shipping_price(shipping: ShippingToPrice, lines: Sequence[LineTerms]) -> int:
    """The shipping price for such lines after their discounts: 0 if none of them is shipped."""
    shipped = [line for line in lines if line.is_shipped]
    if lines and not shipped:
        return 0
    if shipping.free_from_minor is not None:
        worth = sum(line.units * line.unit_price_minor for line in shipped)
        if shipping.free_from_basis is FreeFromBasis.AFTER_DISCOUNT:
            worth -= sum(line.discount_minor for line in shipped)
        if worth >= shipping.free_from_minor:
            return 0
    return shipping.price_minor


def free(shipping: ShippingToPrice) -> ShippingToPrice:
    """The same at no price, for a shipping discount: no tax, at the same rates."""
    return replace(shipping, price_minor=0)


def shares_of(shipping: ShippingToPrice, lines: Sequence[LineTerms]) -> list[ShippingShare]:
    """The shipping price for such lines by tax rate."""
    price = shipping_price(shipping, lines)
    by_rate = {} if shipping.mode is ShippingTax.CLASS else _worth_by_rate(lines)
    if not by_rate:
        return [ShippingShare(price, shipping.tax.rate, shipping.tax.name)]
    if shipping.mode is ShippingTax.MAIN_RATE:
        main = max(by_rate, key=lambda tax: (by_rate[tax], tax.rate))
        return [ShippingShare(price, main.rate, main.name)]
    parts = split_minor(price, list(by_rate.values()))
    return [ShippingShare(part, tax.rate, tax.name) for tax, part in zip(by_rate, parts, strict=True)]


def _worth_by_rate(lines: Sequence[LineTerms]) -> dict[Tax, int]:
    """The amounts of shipped lines after discounts by rate; before discounts if nothing is left."""
    after: dict[Tax, int] = {}
    before: dict[Tax, int] = {}
    names: dict[object, Tax] = {}
    for line in lines:
        if not line.is_shipped:
            continue
        tax = names.setdefault(line.tax_rate, Tax(line.tax_rate, line.tax_name))
        worth = line.units * line.unit_price_minor
        before[tax] = before.get(tax, 0) + worth
        after[tax] = after.get(tax, 0) + worth - line.discount_minor
    return after if any(after.values()) else before
