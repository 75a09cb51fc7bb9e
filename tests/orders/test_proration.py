"""The amounts of random orders: they agree with a brute-force reference, and all parts add up to the whole."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounting.lifecycle import AccountKind
from app.accounting.recognition import Label, recognized
from app.channels.lifecycle import CaptureRule, ShippingTax, TaxRounding
from app.core.ids import new_id
from app.orders import proration
from app.orders.amounts import wanted
from app.orders.changing import Cancelled, cancel
from app.orders.proration import Prorated, ProratedTax, merged_taxes
from app.orders.recorded import remaining, shipped
from app.payments.capture_rules import lacking
from tests.amounts import usual
from tests.orders.random_carts import Cart, Goods, a_cart, placed, portions, quoted, reckon, ship

CARTS = usual(400, full=10_000)
EXAMPLES = settings(max_examples=usual(40, full=400), deadline=None)
HALF = Fraction(1, 2)

sizes, seeds = st.integers(1, 300), st.integers(0, 10**9)
roundings = pytest.mark.parametrize("rounding", list(TaxRounding))


def is_exact(taxes: Sequence[ProratedTax], *, included: bool, within: Fraction = HALF) -> bool:
    """Whether each tax is at most `within` a minor unit away from the exact tax on its base."""
    for each in taxes:
        rate = Fraction(each.rate)
        exact = (each.net_minor + each.tax_minor) * rate / (1 + rate) if included else each.net_minor * rate
        if abs(each.tax_minor - exact) > within:
            return False
    return True


def adds_up(cart: Cart, part: Prorated) -> bool:
    """Whether the amounts of a part of an order follow from one another, and none is negative."""
    on_top = 0 if cart.included else 1
    lines = [
        line.total_minor == line.gross_minor - line.discount_minor + on_top * line.tax_minor
        and min(line.gross_minor, line.discount_minor, line.tax_minor, line.total_minor - line.tax_minor) >= 0
        for line in part.lines
    ]
    whole = sum(line.total_minor for line in part.lines) + part.shipping_minor
    return (
        all(lines)
        and part.total_minor == whole + on_top * part.shipping_tax_minor
        and part.tax_minor == sum(line.tax_minor for line in part.lines) + part.shipping_tax_minor
        and part.tax_minor == sum(each.tax_minor for each in part.taxes)
        and part.total_minor == sum(each.net_minor + each.tax_minor for each in part.taxes)
    )


@roundings
def test_carts_have_the_amounts_of_the_brute_force_reference(rounding: TaxRounding):
    rng = Random(f"carts {rounding.name}")
    for _ in range(CARTS):
        cart = a_cart(rng, rng.randint(1, 300) if rng.random() < 0.1 else rng.randint(1, 12), rounding)
        ours, theirs = quoted(cart), reckon(cart)
        assert [line.discount_minor for line in ours.lines] == theirs.off, cart
        assert [line.tax_minor for line in ours.lines] == theirs.taxes, cart
        assert ours.shipping_minor == sum(part for part, _ in theirs.postage), cart
        assert ours.shipping_tax_minor == sum(theirs.postage_taxes), cart
        assert ours.total_minor == theirs.total, cart
        assert adds_up(cart, ours.worth), cart


def test_the_comparison_with_the_reference_detects_a_wrong_share(monkeypatch: pytest.MonkeyPatch):
    def evenly(whole: int, weights: Sequence[int]) -> list[int]:
        return [whole // len(weights) + (at < whole % len(weights)) for at in range(len(weights))]

    monkeypatch.setattr(proration, "split_minor", evenly)
    with pytest.raises(AssertionError, match="Cart"):
        test_carts_have_the_amounts_of_the_brute_force_reference(TaxRounding.RATE)


@roundings
@EXAMPLES
@given(size=sizes, seed=seeds)
def test_shipments_and_cancellations_in_any_sequence_add_up_to_the_order(
    rounding: TaxRounding, size: int, seed: int
):
    rng = Random(seed)
    cart = a_cart(rng, size, rounding)
    order, rows = placed(cart)
    whole = remaining(order, rows)
    payment: Any = SimpleNamespace(
        account_id=new_id(), captured_minor=0, refunded_minor=0, charged_back_minor=0
    )
    gone: list[Cancelled] = []
    for units in portions(rng, rows):
        if rng.random() < 0.5:
            ship(rows, units)
            payment.captured_minor += lacking(CaptureRule.AT_SHIPMENT, order, rows, [payment])
            left = shipped(order, rows)
            assert payment.captured_minor == left.total_minor <= wanted(order)
            assert adds_up(cart, left)
        else:
            due = wanted(order)
            gone.append(cancel(order, rows, units))
            assert due - wanted(order) == gone[-1].amount_minor == gone[-1].leaving.total_minor
            assert cancellation_adds_up(cart, gone[-1])
        assert remaining(order, rows).total_minor == wanted(order)
    assert payment.captured_minor == wanted(order)
    assert wanted(order) + sum(each.amount_minor for each in gone) == whole.total_minor
    taxes = [*remaining(order, rows).taxes, *(tax for each in gone for tax in each.leaving.taxes)]
    assert by_rate(merged_taxes(taxes)) == by_rate(whole.taxes)


def cancellation_adds_up(cart: Cart, done: Cancelled) -> bool:
    """Whether the lines and taxes of a cancellation add up to its amount, and none is negative."""
    part = done.leaving
    shipping = part.shipping_minor + (0 if cart.included else part.shipping_tax_minor)
    amounts = [
        amount
        for line in part.lines.values()
        for amount in (line.gross_minor, line.discount_minor, line.tax_minor, line.total_minor)
    ]
    return (
        done.amount_minor == sum(line.total_minor for line in part.lines.values()) + shipping
        and done.amount_minor == sum(each.net_minor + each.tax_minor for each in part.taxes)
        and min([*amounts, *(min(each.net_minor, each.tax_minor) for each in part.taxes)], default=0) >= 0
    )


def by_rate(taxes: Sequence[ProratedTax]) -> dict[Decimal, tuple[int, int]]:
    return {each.rate: (each.net_minor, each.tax_minor) for each in taxes if each.net_minor or each.tax_minor}


@EXAMPLES
@given(size=sizes, seed=seeds)
def test_tax_by_rate_is_within_half_a_minor_unit_of_the_exact_tax(size: int, seed: int):
    rng = Random(seed)
    cart = a_cart(rng, size, TaxRounding.RATE)
    order, rows = placed(cart)
    assert is_exact(remaining(order, rows).taxes, included=cart.included)
    for units in portions(rng, rows):
        if rng.random() < 0.5:
            ship(rows, units)
            assert is_exact(shipped(order, rows).taxes, included=cart.included)
        else:
            done = cancel(order, rows, units)
            # It is the difference of two amounts that are each rounded once.
            assert is_exact(done.leaving.taxes, included=cart.included, within=Fraction(1))
        assert is_exact(remaining(order, rows).taxes, included=cart.included)


@roundings
@EXAMPLES
@given(size=st.integers(1, 60), seed=seeds)
def test_the_ledger_recognizes_exactly_what_the_units_that_have_left_are_worth(
    rounding: TaxRounding, size: int, seed: int
):
    rng = Random(seed)
    order, rows = placed(a_cart(rng, size, rounding))
    labels = {row.id: Label(f"shelf {at % 3}", "DE") for at, row in enumerate(rows)}
    posted: dict[Any, int] = {}
    for units in portions(rng, rows):
        if rng.random() < 0.3:
            cancel(order, rows, units)
            continue
        ship(rows, units)
        now = recognized(order, rows, labels)
        assert -sum(now.values()) == shipped(order, rows).total_minor
        kinds = {account.kind for account, amount in now.items() if amount}
        assert AccountKind.ROUNDING not in kinds and AccountKind.ALLOWANCES not in kinds
        taxes = {account: amount for account, amount in now.items() if account.kind is AccountKind.TAX}
        assert all(amount <= posted.get(account, 0) for account, amount in taxes.items())
        posted = taxes


def test_the_tax_of_shipping_is_rounded_together_with_that_of_the_goods_at_its_rate():
    goods = [Goods(1, 102, Fraction("0.19")), Goods(1, 50, Fraction("0.07"))]
    given = {"codes": [], "shipping": 103, "shipping_rate": Fraction("0.19"), "mode": ShippingTax.CLASS}
    terms: dict[str, Any] = {"free_from": None, "is_free_after_discount": False, "included": False}
    by_line = quoted(Cart(goods, rounding=TaxRounding.LINE, **given, **terms))  # type: ignore[arg-type]
    by_rates = quoted(Cart(goods, rounding=TaxRounding.RATE, **given, **terms))  # type: ignore[arg-type]
    assert by_line.tax_minor == 19 + 20 + 4  # 19.38 and 19.57 and 3.50
    assert by_rates.tax_minor == 39 + 4  # 38.95 and 3.50
    assert (by_rates.lines[0].tax_minor, by_rates.shipping_tax_minor) == (19, 20)


@pytest.mark.parametrize(
    ("price", "tax_by_line", "tax_by_rate"),
    [(333, 90, 91), (5, 0, 1), (1_005, 273, 274)],
)
def test_three_articles_with_included_tax_are_rounded_once(price: int, tax_by_line: int, tax_by_rate: int):
    def tax(rounding: TaxRounding) -> int:
        goods = [Goods(1, price, Fraction("0.1"))] * 3
        return quoted(
            Cart(goods, [], 0, Fraction(0), ShippingTax.CLASS, None, False, True, rounding)
        ).tax_minor

    assert (tax(TaxRounding.LINE), tax(TaxRounding.RATE)) == (tax_by_line, tax_by_rate)
