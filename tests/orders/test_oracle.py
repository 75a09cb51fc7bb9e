"""The amounts of random orders agree with an independent calculation at each step.

10,000 orders use the pure functions that the services apply to rows. `test_oracle_on_the_database` uses the
services.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from app.channels.lifecycle import FreeFromBasis, ShippingTax, TaxRounding
from app.channels.tax import Tax
from app.core.ids import new_id
from app.core.money import split_minor
from app.orders import changing
from app.orders.adjusting import Adjustments, GivenDiscount, SetPrice
from app.orders.changing import Change
from app.orders.editing import live
from app.orders.pinned import PinnedDiscount, discounts_as_json, discounts_of, taking
from app.orders.recorded import ShippingTerms, shares_as_json
from app.orders.shipping import ShippingToPrice
from app.orders.totals import DiscountToApply, LineToPrice, calculate
from tests.orders.oracle import Code, Gift, Line, Oracle
from tests.orders.random_orders import Case, Step, a_case, failure, steps, take

ORDERS = 10_000
Cancel = Callable[[Any, list[Any], dict[Any, int]], Any]


class Rows:
    """An order's rows in memory, changed by the functions that the services call."""

    def __init__(self, case: Case, cancel: Cancel = changing.cancel) -> None:
        self.case, self.cancel, self.place = case, cancel, "home"
        terms = case.terms
        taxes = [self._tax(line.tax_class) for line in case.lines]
        totals = calculate(
            [
                LineToPrice(line.wanted, line.price, tax.rate)
                for line, tax in zip(case.lines, taxes, strict=True)
            ],
            discounts=[
                *(
                    DiscountToApply(
                        _percent(line.gift), line.gift.amount, lines=[each is line for each in case.lines]
                    )
                    for line in case.lines
                    if line.gift
                ),
                *(
                    DiscountToApply(
                        _percent(code),
                        code.amount,
                        code.frees_shipping,
                        [code.is_for(line) for line in case.lines],
                    )
                    for code in case.codes
                ),
            ],
            shipping=ShippingToPrice(
                terms.shipping,
                self._tax("standard"),
                ShippingTax.PRO_RATA if terms.by_the_goods else ShippingTax.CLASS,
                terms.free_from,
                FreeFromBasis.AFTER_DISCOUNT if terms.free_after_discount else FreeFromBasis.BEFORE_DISCOUNT,
            ),
            prices_include_tax=terms.included,
            rounding=TaxRounding.RATE if terms.once_per_rate else TaxRounding.LINE,
        )
        mode = ShippingTax.PRO_RATA if terms.by_the_goods else ShippingTax.CLASS
        self.order = SimpleNamespace(
            prices_include_tax=terms.included,
            tax_rounding=totals.terms.rounding,
            shipping_terms=ShippingTerms(terms.shipping, tax_mode=mode).as_json(),
            shipping_taxes=shares_as_json(totals.terms.shipping),
            discounts=discounts_as_json(
                taking(
                    [
                        *(
                            PinnedDiscount.by_hand(at, given)
                            for at, line in enumerate(case.lines, 1)
                            if (given := _set(line.price, line.gift, is_priced=False).discount)
                        ),
                        *(_pinned(code, case.lines) for code in case.codes),
                    ],
                    totals.shares,
                    range(1, len(case.lines) + 1),
                    is_limited=any(code.shelf for code in case.codes)
                    or any(line.gift for line in case.lines),
                )
            ),
            shipping_discount_minor=totals.shipping_discount_minor,
            subtotal_minor=totals.subtotal_minor,
            discount_minor=totals.discount_minor,
            shipping_minor=totals.shipping_minor,
            shipping_tax_minor=totals.shipping_tax_minor,
            tax_minor=totals.tax_minor,
            total_minor=totals.total_minor,
            cancelled_minor=0,
        )
        self.lines = [
            _row(at, line, tax, priced.discount_minor, priced.tax_minor, priced.total_minor)
            for at, (line, tax, priced) in enumerate(zip(case.lines, taxes, totals.lines, strict=True), 1)
        ]
        self.shelves = list(case.lines)

    def _tax(self, tax_class: str) -> Tax:
        rate = self.case.terms.rates[self.place][tax_class]
        return Tax(Decimal(rate.numerator) / rate.denominator)

    def take(self, step: Step) -> None:
        if step.kind == "cancel":
            self.cancel(self.order, self.lines, {self.lines[i].id: n for i, n in step.units.items()})
            return
        wanted = {line.id: live(line) for line in self.lines}
        wanted |= {self.lines[index].id: units for index, units in step.units.items()}
        moves = step.place is not None and step.place != self.place
        self.place = step.place or self.place
        after = len(self.lines) + 1
        added = [_row(at, line, self._tax(line.tax_class)) for at, line in enumerate(step.added, after)]
        self.shelves += step.added
        wanted |= {line.id: line.quantity for line in added}
        by_hand = {
            line.id: _set(line.unit_price_minor, each.gift, is_priced=False)
            for line, each in zip(added, step.added, strict=True)
            if each.gift
        }
        for index in {*step.prices, *step.gifts}:
            line = self.lines[index]
            price, had = step.prices.get(index), Adjustments.of(line).discount
            kept = Adjustments(discount=had)
            now = (
                _set(price or 0, step.gifts[index], is_priced=price is not None)
                if index in step.gifts
                else kept
            )
            by_hand[line.id] = now
        prices = {self.lines[index].id: price for index, price in step.prices.items()}
        terms = ShippingTerms.recorded(self.order)
        assert terms is not None
        change = Change(
            wanted,
            added,
            prices,
            taxes={
                line.id: self._tax(line.tax_class) for line in [*self.lines, *added] if moves or line in added
            },
            shipping=ShippingToPrice(
                changing.full_shipping(self.order), self._tax("standard"), terms.tax_mode
            )
            if moves
            else None,
            discounts=None if step.codes is None else [_pinned(code, self.shelves) for code in step.codes],
            reached={
                code.code: [
                    row.position
                    for row, line in zip(added, step.added, strict=True)
                    if code.categories == [line.shelf]
                ]
                for code in discounts_of(self.order)
                if code.code
            },
            adjusted=by_hand,
            list_prices=dict.fromkeys(by_hand),
        )
        done = changing.apply(self.order, self.lines, change)
        self.order.discounts = discounts_as_json(done.discounts)
        self.lines += added

    @property
    def due(self) -> int:
        return int(self.order.total_minor - self.order.cancelled_minor)

    def adds_up(self) -> bool:
        """Whether the order's amounts equal the sums of its lines, as `ordergraph verify` checks."""
        order, on_top = self.order, not self.case.terms.included
        return bool(
            order.subtotal_minor == sum(line.quantity * line.unit_price_minor for line in self.lines)
            and order.discount_minor == sum(line.discount_minor for line in self.lines)
            and order.tax_minor == sum(line.tax_minor for line in self.lines) + order.shipping_tax_minor
            and order.total_minor
            == sum(line.total_minor for line in self.lines)
            + order.shipping_minor
            + (order.shipping_tax_minor if on_top else 0)
        )


def _set(price: int, gift: Gift | None, *, is_priced: bool) -> Adjustments:
    """The price and discount that staff set on a line."""
    stamp = {"reason": "because", "by": "staff", "at": "2026-01-01T00:00:00+00:00"}
    return Adjustments(
        SetPrice(price, **stamp) if is_priced else None,
        GivenDiscount(_percent(gift), gift.amount, **stamp) if gift else None,
    )


def _percent(code: Code | Gift) -> Decimal | None:
    return None if code.percent is None else Decimal(code.percent.numerator) / code.percent.denominator


def _pinned(code: Code, lines: Sequence[Line]) -> PinnedDiscount:
    return PinnedDiscount(
        code.name,
        code.name,
        _percent(code),
        code.amount,
        frees_shipping=code.frees_shipping,
        categories=[code.shelf] if code.shelf else None,
        positions=[at for at, line in enumerate(lines, 1) if code.is_for(line)] if code.shelf else None,
    )


def _row(at: int, line: Line, tax: Tax, discount: int = 0, tax_minor: int = 0, total: int = 0) -> Any:
    return SimpleNamespace(
        id=new_id(),
        position=at,
        adjusted=None if line.gift is None else _set(0, line.gift, is_priced=False).as_json(),
        list_price_minor=None,
        quantity=line.wanted,
        quantity_cancelled=0,
        unit_price_minor=line.price,
        tax_class=line.tax_class,
        is_gift_card=False,
        tax_rate=tax.rate,
        tax_name="",
        discount_minor=discount,
        tax_minor=tax_minor,
        total_minor=total,
        priced_units=None,
        priced_discount_minor=None,
        shown_price_minor=None,
    )


def compare(rng: Random, cancel: Cancel = changing.cancel) -> Iterator[int]:
    """Take a random order through random steps; yields the amount due after each."""
    case = a_case(rng)
    oracle, rows = case.oracle(), Rows(case, cancel)
    assert rows.due == oracle.due, failure(case, None)
    assert rows.order.tax_minor == oracle.tax, failure(case, None)
    for step in steps(rng, case, oracle, rng.randint(1, 6)):
        take(oracle, step)
        rows.take(step)
        assert rows.due == oracle.due, failure(case, step)
        assert rows.adds_up() and rows.due >= 0, failure(case, step)
        yield rows.due


def test_amounts_of_random_orders_match_the_oracle_at_each_step():
    rng = Random(20_260_101)
    taken = sum(len(list(compare(rng))) for _ in range(ORDERS))
    assert taken > 3 * ORDERS * 0.8


def _by_share_of_the_total(order: Any, lines: list[Any], chosen: dict[Any, int]) -> None:
    """A wrong calculation: a cancelled unit is worth its share of the line's remaining total."""
    for line in lines:
        units = chosen.get(line.id, 0)
        if units:
            left = line.total_minor - getattr(line, "gone_minor", 0)
            gone = (2 * left * units + live(line)) // (2 * live(line))
            line.gone_minor = getattr(line, "gone_minor", 0) + gone
            line.quantity_cancelled += units
            order.cancelled_minor += gone


def _without_the_codes_share(order: Any, lines: list[Any], chosen: dict[Any, int]) -> None:
    """A wrong calculation: the application's function without the codes' shares of cancelled units."""
    discounts = order.discounts
    changing.cancel(order, lines, chosen)
    order.discounts = discounts


@pytest.mark.parametrize("planted", [_by_share_of_the_total, _without_the_codes_share])
def test_a_wrong_calculation_of_cancellations_is_detected(planted: Cancel):
    rng = Random(7)
    with pytest.raises(AssertionError, match="case"):
        for _ in range(500):
            list(compare(rng, planted))


def _by_share_of_the_order(discounts: Any, gone: dict[int, int]) -> Any:
    """A wrong calculation: reduces each discount by its share of the order, even for lines it does not cover."""
    total, weights = sum(gone.values()), [each.off_minor for each in discounts]
    parts = split_minor(total, weights) if total and any(weights) else [0] * len(weights)
    return [
        replace(each, cancelled_minor=each.cancelled_minor + part)
        for each, part in zip(discounts, parts, strict=True)
    ]


def _over_all_lines(order: Any, lines: Any, had: Any, change: Change, by_hand: Any) -> set[int]:
    """A wrong calculation: distributes all discounts again, whatever has changed."""
    return {line.position for line in [*lines, *change.added]}


@pytest.mark.parametrize(
    ("name", "planted"),
    [("less_cancelled", _by_share_of_the_order), ("_anew", _over_all_lines)],
)
def test_a_wrong_distribution_of_discounts_is_detected(
    monkeypatch: pytest.MonkeyPatch, name: str, planted: Any
):
    monkeypatch.setattr(changing, name, planted)
    rng = Random(5)
    with pytest.raises(AssertionError, match="case"):
        for _ in range(500):
            list(compare(rng))


def test_partial_cancellations_add_up_to_the_total_in_any_sequence():
    rng = Random(3)
    for _ in range(300):
        case = a_case(rng)
        whole = Rows(case).due
        for _ in range(3):
            rows = Rows(case)
            units = [index for index, line in enumerate(case.lines) for _ in range(line.wanted)]
            rng.shuffle(units)
            gone = 0
            for index in units:
                gone += rows.cancel(rows.order, rows.lines, {rows.lines[index].id: 1}).amount_minor
            assert gone == whole and rows.due == 0


def test_the_oracle_matches_examples_calculated_by_hand():
    case = a_case(Random(1), "JPY")
    case.terms.included, case.terms.once_per_rate, case.terms.shipping = True, True, 0
    three = Oracle(case.terms, "home", [Line(333, "standard", 1) for _ in range(3)])
    assert (three.due, three.tax) == (999, 91)  # 999 − 999 ÷ 1.1
    case.terms.once_per_rate = False
    each = Oracle(case.terms, "home", [Line(333, "standard", 1) for _ in range(3)])
    assert (each.due, each.tax) == (999, 90)  # 3 × 30
