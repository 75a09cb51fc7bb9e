"""Putting a change on the rows of a placed order, amounts and all: pure.

What leaves an order is worth what it came to so far. Fewer units of a line are worth their share of it, so
that an edit down and a cancellation of the same units come to the same. Only where there is more to price
than before (more units, new lines, other prices or other codes) the discounts are shared out anew, over all
that the buyer is to have, also what they took off lines that the same edit takes out; what was cancelled
before keeps its amount. The amounts of an order move by the difference
of what it is worth before and after, so that what touches no money moves none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.channels.lifecycle import ShippingTax
from app.channels.tax import Tax
from app.orders.editing import live
from app.orders.proration import Leaving, LineTerms, LineWorth, Terms, Worth, leaving, prorated, share
from app.orders.recorded import (
    PinnedDiscount,
    ShippingTerms,
    discounts_as_json,
    discounts_of,
    less_cancelled,
    shares_as_json,
    terms_of,
)
from app.orders.shipping import ShippingToPrice, shares_of
from app.orders.totals import DiscountToApply, shared_discounts


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different of an order; what is None stays as the order recorded it."""

    wanted: Mapping[UUID, int]  # by line: the units that the buyer is to have
    added: Sequence[Any] = ()  # rows of new lines, with their prices
    prices: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    taxes: Mapping[UUID, Tax] = field(default_factory=dict[UUID, Tax])
    shipping: ShippingToPrice | None = None  # another price, or another tax
    discounts: Sequence[PinnedDiscount] | None = None
    no_dearer: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did: what left with lines that were taken out, and what the lines come to."""

    removed: list[Any]
    leaving: Leaving
    before: Worth
    after: Worth
    discounts: list[PinnedDiscount]


NOTHING_YET = LineWorth(0, 0, 0, 0)


def apply(order: Any, lines: Sequence[Any], change: Change) -> Changed:
    """Put a change on an order and its lines. Lines that lose their last unit are struck out."""
    for line in lines:
        if line.priced_units is None:
            line.priced_units, line.priced_discount_minor = line.quantity, line.discount_minor
    terms, had = terms_of(order, lines), [live(line) for line in lines]
    left = [units if change.wanted[line.id] else 0 for line, units in zip(lines, had, strict=True)]
    removed = [line for line, units, rest in zip(lines, had, left, strict=True) if units and not rest]
    before = prorated(terms, had)
    has_more = any(change.wanted[line.id] > units for line, units in zip(lines, had, strict=True))
    anew = has_more or bool(change.added or change.prices) or change.discounts is not None
    if anew and removed:
        # What the codes took off these is taken off what comes instead of them.
        terms = _at_full_price(terms, had, left)
        _move(order, lines, before, prorated(terms, had))
    out, base = leaving(terms, had, left, with_shipping=False), prorated(terms, left)
    order.cancelled_minor += out.total_minor
    discounts = _discounts(order, out, change)
    _put(lines, change, {line.id for line in removed})
    whole = [*lines, *change.added]
    after, discounts = _priced(order, whole, change, discounts, anew=anew)
    while change.no_dearer and _lower(change.added, after.total_minor - before.total_minor):
        after, discounts = _priced(order, whole, change, discounts, anew=True)
    _move(order, whole, base, after)
    return Changed(removed, out, before, after, discounts)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What left an order with units that were cancelled; `is_last`: nothing of it is wanted any more."""

    leaving: Leaving
    amount_minor: int
    is_last: bool


def cancel(order: Any, lines: Sequence[Any], chosen: Mapping[UUID, int]) -> Cancelled:
    """Cancel so many units of lines on the rows of an order: they need not be paid."""
    had = [live(line) for line in lines]
    left = [units - chosen.get(line.id, 0) for line, units in zip(lines, had, strict=True)]
    is_last = not any(left)
    worth = leaving(terms_of(order, lines), had, left, with_shipping=is_last)
    # With the last unit nothing is left to pay, whatever the order came to.
    amount = order.total_minor - order.cancelled_minor if is_last else worth.total_minor
    for line in lines:
        line.quantity_cancelled += chosen.get(line.id, 0)
    off = sum(each.discount_minor for each in worth.lines.values())
    order.discounts = discounts_as_json(less_cancelled(discounts_of(order), off))
    order.cancelled_minor += amount
    return Cancelled(worth, amount, is_last)


def _at_full_price(terms: Terms, had: Sequence[int], left: Sequence[int]) -> Terms:
    """The terms, without what is taken off the lines of which nothing is left."""
    lines = [
        replace(line, units=units, discount_minor=0) if units and not rest else line
        for line, units, rest in zip(terms.lines, had, left, strict=True)
    ]
    return replace(terms, lines=lines)


def _discounts(order: Any, out: Leaving, change: Change) -> list[PinnedDiscount]:
    """The discounts after a change, with what of them went with lines that are taken out."""
    had = less_cancelled(discounts_of(order), sum(each.discount_minor for each in out.lines.values()))
    if change.discounts is None:
        return had
    by_code = {each.code: each for each in had}
    return [by_code.get(each.code, each) for each in change.discounts]


def _put(lines: Sequence[Any], change: Change, removed: set[UUID]) -> None:
    """Put quantities, prices and rates on rows."""
    for line in lines:
        if line.id in removed:
            line.quantity_cancelled = line.quantity
        else:
            line.quantity = line.quantity_cancelled + change.wanted[line.id]
        if line.id in change.prices:
            line.unit_price_minor, line.shown_price_minor = change.prices[line.id], None
    for line in (*lines, *change.added):
        tax = change.taxes.get(line.id)
        if tax is not None and live(line):
            line.tax_rate, line.tax_name = tax.rate, tax.name


def _priced(
    order: Any, lines: Sequence[Any], change: Change, discounts: list[PinnedDiscount], *, anew: bool
) -> tuple[Worth, list[PinnedDiscount]]:
    """What the lines come to; `anew`: with the discounts shared out over them, else as they were."""
    if anew:
        kept = [line for line in lines if live(line)]
        off, by_discount = shared_discounts(
            [live(line) * line.unit_price_minor for line in kept],
            [DiscountToApply(each.percent, each.amount_left_minor) for each in discounts],
        )
        for line, less in zip(kept, off, strict=True):
            line.priced_units, line.priced_discount_minor = live(line), less
        discounts = [
            replace(each, off_minor=taken) for each, taken in zip(discounts, by_discount, strict=True)
        ]
    shipping = change.shipping or (_at_the_same_price(order) if anew else None)
    if shipping is not None:
        order.shipping_taxes = shares_as_json(shares_of(shipping, [_as_they_are(line) for line in lines]))
    return prorated(terms_of(order, lines), [live(line) for line in lines]), discounts


def _at_the_same_price(order: Any) -> ShippingToPrice | None:
    """The order's shipping, to be taxed by the goods as they are now; None where its own class says how."""
    terms = ShippingTerms.recorded(order)
    if terms is None or terms.tax_mode is ShippingTax.CLASS:
        return None
    return ShippingToPrice(order.shipping_minor, mode=terms.tax_mode)


def _as_they_are(line: Any) -> LineTerms:
    """A line's terms for the units that the buyer is to have."""
    units = live(line)
    if not units:
        return LineTerms(0, line.unit_price_minor, 0, line.tax_rate, line.tax_name)
    off = share(line.priced_discount_minor, units, line.priced_units)
    return LineTerms(units, line.unit_price_minor, off, line.tax_rate, line.tax_name)


def _lower(added: Sequence[Any], excess_minor: int) -> bool:
    """Make new lines cheaper where the order came to so much more; returns whether it can be tried again."""
    if excess_minor <= 0 or not any(line.unit_price_minor for line in added):
        return False
    less = max(1, excess_minor // (2 * sum(map(live, added))))  # tax adds less than as much again
    for line in added:
        line.unit_price_minor = max(0, line.unit_price_minor - less)
    return True


def _move(order: Any, lines: Sequence[Any], base: Worth, after: Worth) -> None:
    """Move the amounts on rows by what is different."""
    was = [*base.lines, *(NOTHING_YET for _ in lines[len(base.lines) :])]
    for line, old, new in zip(lines, was, after.lines, strict=True):
        moved = new - old
        line.discount_minor += moved.discount_minor
        line.tax_minor += moved.tax_minor
        line.total_minor += moved.total_minor
    order.shipping_minor += after.shipping_minor - base.shipping_minor
    order.shipping_tax_minor += after.shipping_tax_minor - base.shipping_tax_minor
    order.total_minor += after.total_minor - base.total_minor
    order.tax_minor += after.tax_minor - base.tax_minor
    order.subtotal_minor = sum(line.quantity * line.unit_price_minor for line in lines)
    order.discount_minor = sum(line.discount_minor for line in lines)
