"""Random carts with up to 300 lines, their amounts by brute force, and their rows when they are placed.

`reckon` calculates in fractions from the rules of docs/amounts.md and uses no code of the application.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random
from types import SimpleNamespace
from typing import Any

from app.channels.lifecycle import FreeFromBasis, ShippingTax, TaxRounding
from app.channels.tax import Tax
from app.core.ids import new_id
from app.orders.editing import live
from app.orders.lifecycle import OrderStatus
from app.orders.recorded import shares_as_json
from app.orders.shipping import ShippingToPrice
from app.orders.totals import DiscountToApply, LineToPrice, Totals, calculate
from tests.orders.oracle import half_up, shared

RATES = [Fraction(rate) for rate in ("0", "0.055", "0.07", "0.0825", "0.19", "0.25")]


@dataclass(frozen=True)
class Goods:
    units: int
    price: int
    rate: Fraction

    @property
    def gross(self) -> int:
        return self.units * self.price


@dataclass(frozen=True)
class Cart:
    goods: Sequence[Goods]
    codes: Sequence[tuple[Fraction | None, int]]  # a percentage, or an amount
    shipping: int
    shipping_rate: Fraction
    mode: ShippingTax
    free_from: int | None
    is_free_after_discount: bool
    included: bool
    rounding: TaxRounding


def a_cart(rng: Random, size: int, rounding: TaxRounding) -> Cart:
    """A cart with `size` lines at one to four rates."""
    rates = rng.sample(RATES, rng.randint(1, 4))
    most = rng.choice([5, 333, 12_000, 1_000_000])
    goods = [Goods(rng.randint(1, 12), rng.randint(0, most), rng.choice(rates)) for _ in range(size)]
    gross = sum(each.gross for each in goods)
    codes = [
        (Fraction(rng.randint(1, 10_000), 100), 0)
        if rng.random() < 0.5
        else (None, rng.randint(1, max(1, gross)))
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))
    ]
    return Cart(
        goods,
        codes,
        rng.choice([0, rng.randint(1, max(1, most))]),
        rng.choice([*rates, rng.choice(RATES)]),
        rng.choice(list(ShippingTax)),
        rng.choice([None, None, rng.randint(0, gross * 2 + 1)]),
        rng.random() < 0.5,
        rng.random() < 0.5,
        rounding,
    )


# The reference


@dataclass(frozen=True)
class Reckoned:
    off: list[int]
    taxes: list[int]  # of the lines
    postage: list[tuple[int, Fraction]]
    postage_taxes: list[int]
    total: int


def reckon(cart: Cart) -> Reckoned:
    """The amounts of a cart by brute force."""
    left = [each.gross for each in cart.goods]
    for percent, amount in cart.codes:
        whole = sum(left)
        less = min(amount, whole) if percent is None else half_up(whole * percent / 100)
        if whole and less:
            left = [have - part for have, part in zip(left, shared(less, left), strict=True)]
    postage = _postage(cart, left)
    rates = [*(each.rate for each in cart.goods), *(rate for _, rate in postage)]
    bases = [*left, *(part for part, _ in postage)]
    taxes = _taxes(cart, bases, rates)
    return Reckoned(
        [each.gross - have for each, have in zip(cart.goods, left, strict=True)],
        taxes[: len(left)],
        postage,
        taxes[len(left) :],
        sum(bases) + (0 if cart.included else sum(taxes)),
    )


def _postage(cart: Cart, left: list[int]) -> list[tuple[int, Fraction]]:
    """The shipping price by rate."""
    worth = sum(left) if cart.is_free_after_discount else sum(each.gross for each in cart.goods)
    price = 0 if cart.free_from is not None and worth >= cart.free_from else cart.shipping
    weights: dict[Fraction, int] = {each.rate: 0 for each in cart.goods}
    for each, have in zip(cart.goods, left, strict=True):
        weights[each.rate] += have if any(left) else each.gross
    if cart.mode is ShippingTax.CLASS:
        return [(price, cart.shipping_rate)]
    if cart.mode is ShippingTax.MAIN_RATE:
        return [(price, max(weights, key=lambda rate: (weights[rate], rate)))]
    even = list(weights.values()) if any(weights.values()) else [1] * len(weights)
    return list(zip(shared(price, even), weights, strict=True))


def _taxes(cart: Cart, bases: list[int], rates: list[Fraction]) -> list[int]:
    def tax_on(base: int, rate: Fraction) -> int:
        return base - half_up(base / (1 + rate)) if cart.included else half_up(base * rate)

    if cart.rounding is TaxRounding.LINE:
        return [tax_on(base, rate) for base, rate in zip(bases, rates, strict=True)]
    found = [0] * len(bases)
    for rate in set(rates):
        own = [index for index, each in enumerate(rates) if each == rate]
        weights = [bases[index] for index in own]
        if any(weights):
            for index, part in zip(own, shared(tax_on(sum(weights), rate), weights), strict=True):
                found[index] = part
    return found


# The application


def decimal(rate: Fraction) -> Decimal:
    return Decimal(rate.numerator) / rate.denominator


def quoted(cart: Cart) -> Totals:
    """The amounts of a cart by the function that prices carts and orders."""
    return calculate(
        [LineToPrice(each.units, each.price, decimal(each.rate)) for each in cart.goods],
        discounts=[
            DiscountToApply(None if percent is None else decimal(percent), amount or None)
            for percent, amount in cart.codes
        ],
        shipping=ShippingToPrice(
            cart.shipping,
            Tax(decimal(cart.shipping_rate)),
            cart.mode,
            cart.free_from,
            FreeFromBasis.AFTER_DISCOUNT if cart.is_free_after_discount else FreeFromBasis.BEFORE_DISCOUNT,
        ),
        prices_include_tax=cart.included,
        rounding=cart.rounding,
    )


def placed(cart: Cart) -> tuple[Any, list[Any]]:
    """The rows of a cart that was placed."""
    totals = quoted(cart)
    order = SimpleNamespace(
        prices_include_tax=cart.included,
        tax_rounding=cart.rounding,
        shipping_taxes=shares_as_json(totals.terms.shipping),
        discounts=[],
        status=OrderStatus.CONFIRMED,
        total_minor=totals.total_minor,
        cancelled_minor=0,
        credited_minor=0,
        surplus_refunded_minor=0,
    )
    rows = [
        SimpleNamespace(
            id=new_id(), position=at, quantity=line.units, quantity_cancelled=0, quantity_shipped=0,
            unit_price_minor=line.unit_price_minor, discount_minor=line.discount_minor, priced_units=None,
            priced_discount_minor=None, tax_rate=line.tax_rate, tax_name="", is_gift_card=False,
        )
        for at, line in enumerate(totals.terms.lines, 1)
    ]  # fmt: skip
    return order, rows


def portions(rng: Random, rows: Sequence[Any]) -> Iterator[dict[Any, int]]:
    """Units that are neither shipped nor cancelled, in random portions until none is left."""
    while True:
        left = {row.id: live(row) - row.quantity_shipped for row in rows if live(row) > row.quantity_shipped}
        if not left:
            return
        yield {id: rng.randint(1, left[id]) for id in rng.sample(list(left), rng.randint(1, len(left)))}


def ship(rows: Sequence[Any], units: dict[Any, int]) -> None:
    for row in rows:
        row.quantity_shipped += units.get(row.id, 0)
