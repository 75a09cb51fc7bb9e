"""Applies a change to the rows of a placed order, including amounts: pure functions.

Units that leave an order are worth what was last calculated for them. Fewer units of a line are worth their
share of it, so an edit that reduces a quantity and a cancellation of the same units have the same result.
Discounts are distributed again only where there is more to price than before (more units, new lines, other
prices or codes): over the lines that changed in this way, including lines that the same edit removes, and the
lines that share a discount with one of them. With a discount on all lines these are all lines; a line that no
discount connects to a change stays as it is. Earlier cancellations keep their amounts. The amounts of an
order change by the difference between its values before and after, so an edit without effect on prices
changes no amount.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.channels.lifecycle import ShippingTax
from app.channels.tax import Tax
from app.orders.adjusting import Adjustments
from app.orders.editing import live
from app.orders.pinned import PinnedDiscount, discounts_as_json, discounts_of, less_cancelled, taking
from app.orders.proration import Leaving, LineTerms, Prorated, ProratedLine, Terms, leaving, prorated, share
from app.orders.recorded import ShippingTerms, shares_as_json, shipping_tax_recorded, terms_of
from app.orders.shipping import ShippingToPrice, free, shares_of, shipping_price
from app.orders.totals import DiscountToApply, discount_by_line, shared_discounts


@dataclass(frozen=True, slots=True)
class Change:
    """The changes to an order; None keeps what the order recorded."""

    wanted: Mapping[UUID, int]  # by line: the new quantity
    added: Sequence[Any] = ()  # rows of new lines, with their prices
    prices: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    taxes: Mapping[UUID, Tax] = field(default_factory=dict[UUID, Tax])
    shipping: ShippingToPrice | None = None  # another price or tax
    discounts: Sequence[PinnedDiscount] | None = None
    reached: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])
    """By code: the positions of added lines that a discount is for which is not for all."""
    adjusted: Mapping[UUID, Adjustments] = field(default_factory=dict[UUID, Adjustments])
    """Of lines, new ones too: what staff set of them, where that is different."""
    list_prices: Mapping[UUID, int | None] = field(default_factory=dict[UUID, "int | None"])
    no_dearer: bool = False

    def by_hand(self, lines: Sequence[Any]) -> dict[int, PinnedDiscount | None]:
        """The discounts that staff give on lines from now on, by position; None removes one."""
        found: dict[int, PinnedDiscount | None] = {}
        for line in (*lines, *self.added):
            had = Adjustments.of(line).discount if line in lines else None
            given = self.adjusted[line.id].discount if line.id in self.adjusted else had
            if given != had:
                found[line.position] = PinnedDiscount.by_hand(line.position, given) if given else None
        return found


@dataclass(frozen=True, slots=True)
class Changed:
    """The result of a change: the amounts of removed lines, and the new values of the lines."""

    removed: list[Any]
    leaving: Leaving
    before: Prorated
    after: Prorated
    discounts: list[PinnedDiscount]


NOTHING_YET = ProratedLine(0, 0, 0, 0)


def apply(order: Any, lines: Sequence[Any], change: Change) -> Changed:
    """Apply a change to an order and its lines. Lines without remaining units are marked as removed."""
    for line in lines:
        if line.priced_units is None:
            line.priced_units, line.priced_discount_minor = line.quantity, line.discount_minor
    terms, had = terms_of(order, lines), [live(line) for line in lines]
    left = [units if change.wanted[line.id] else 0 for line, units in zip(lines, had, strict=True)]
    removed = [line for line, units, rest in zip(lines, had, left, strict=True) if units and not rest]
    before = prorated(terms, had)
    by_hand = change.by_hand(lines) if change.adjusted else {}
    anew = _anew(order, lines, had, change, by_hand)
    again = [
        line.position in anew and units > 0 and not rest
        for line, units, rest in zip(lines, had, left, strict=True)
    ]
    if any(again):
        # The discount of the replaced units is given to their replacements.
        terms = _at_full_price(terms, had, again)
        _move(order, lines, before, prorated(terms, had))
    out, base = leaving(terms, had, left, with_shipping=False), prorated(terms, left)
    order.cancelled_minor += out.total_minor
    full = full_shipping(order)
    discounts = _discounts(order, lines, out, change, by_hand)
    _put(lines, change, {line.id for line in removed})
    whole = [*lines, *change.added]
    discounts = _share_out(whole, discounts, anew)
    _price_shipping(order, whole, _shipping(order, whole, change, full, anew), discounts)
    after = prorated(terms_of(order, whole), [live(line) for line in whole])
    while change.no_dearer and _lower(change.added, after.total_minor - before.total_minor):
        discounts = _share_out(whole, discounts, anew)
        _price_shipping(order, whole, _shipping(order, whole, change, full, anew), discounts)
        after = prorated(terms_of(order, whole), [live(line) for line in whole])
    _move(order, whole, base, after)
    return Changed(removed, out, before, after, discounts)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a cancellation removes from an order; `is_last`: no wanted units remain."""

    leaving: Leaving
    amount_minor: int
    is_last: bool


def cancel(order: Any, lines: Sequence[Any], chosen: Mapping[UUID, int]) -> Cancelled:
    """Cancel units of lines on the rows of an order, so that they need not be paid."""
    had = [live(line) for line in lines]
    left = [units - chosen.get(line.id, 0) for line, units in zip(lines, had, strict=True)]
    is_last = not any(left)
    worth = leaving(terms_of(order, lines), had, left, with_shipping=is_last)
    # With the last unit, the whole remaining amount is cancelled.
    amount = order.total_minor - order.cancelled_minor if is_last else worth.total_minor
    for line in lines:
        line.quantity_cancelled += chosen.get(line.id, 0)
    order.discounts = discounts_as_json(less_cancelled(discounts_of(order), _off(lines, worth)))
    order.cancelled_minor += amount
    return Cancelled(worth, amount, is_last)


def _anew(
    order: Any, lines: Sequence[Any], had: Sequence[int], change: Change, by_hand: Mapping[int, Any]
) -> set[int]:
    """The positions of the lines whose discounts are distributed again."""
    whole = [*lines, *change.added]
    if change.discounts is not None:
        return {line.position for line in whole}
    found = {line.position for line in change.added} | set(by_hand)
    found |= {
        line.position
        for line, units in zip(lines, had, strict=True)
        if change.wanted[line.id] > units or line.id in change.prices
    }
    if found:
        pinned = [_reaching(each, change) for each in discounts_of(order)]
        scopes = [
            {line.position for line in whole if each.is_for(line.position)}
            for each in pinned
            if not each.frees_shipping  # a shipping discount does not connect lines
        ]
        before = 0
        while before < len(found):
            before = len(found)
            for scope in scopes:
                if scope & found:
                    found |= scope
    return found


def _at_full_price(terms: Terms, had: Sequence[int], again: Sequence[bool]) -> Terms:
    """The terms without the discounts of lines that are removed completely."""
    lines = [
        replace(line, units=units, discount_minor=0) if is_again else line
        for line, units, is_again in zip(terms.lines, had, again, strict=True)
    ]
    return replace(terms, lines=lines)


def _discounts(
    order: Any,
    lines: Sequence[Any],
    out: Leaving,
    change: Change,
    by_hand: Mapping[int, PinnedDiscount | None],
) -> list[PinnedDiscount]:
    """The discounts after a change, including the amounts that went with removed lines: first those given by
    staff in the order of the lines, then codes.
    """
    had = less_cancelled(discounts_of(order), _off(lines, out))
    codes = [each for each in had if each.code is not None]
    if change.discounts is not None:
        by_code = {each.code: each for each in codes}
        codes = [by_code.get(each.code, each) for each in change.discounts]
    given: dict[int, PinnedDiscount | None] = {
        at: each for each in had if each.code is None for at in each.positions or ()
    }
    now = sorted((given | dict(by_hand)).items())
    return [*(each for _, each in now if each), *(_reaching(each, change) for each in codes)]


def _reaching(discount: PinnedDiscount, change: Change) -> PinnedDiscount:
    """A discount that also applies to the new lines that it is valid for."""
    return discount if discount.code is None else discount.reaching(change.reached.get(discount.code, ()))


def _off(lines: Sequence[Any], out: Leaving) -> dict[int, int]:
    """The discount on the units that leave, by the positions of their lines."""
    return {lines[index].position: worth.discount_minor for index, worth in out.lines.items()}


def _put(lines: Sequence[Any], change: Change, removed: set[UUID]) -> None:
    """Set quantities, prices and rates on rows."""
    for line in lines:
        if line.id in removed:
            line.quantity_cancelled = line.quantity
        else:
            line.quantity = line.quantity_cancelled + change.wanted[line.id]
        if line.id in change.prices:
            line.unit_price_minor, line.shown_price_minor = change.prices[line.id], None
        if line.id in change.adjusted:
            line.adjusted, line.list_price_minor = (
                change.adjusted[line.id].as_json(),
                change.list_prices[line.id],
            )
    for line in (*lines, *change.added):
        tax = change.taxes.get(line.id)
        if tax is not None and live(line):
            line.tax_rate, line.tax_name = tax.rate, tax.name


def _share_out(
    lines: Sequence[Any], discounts: Sequence[PinnedDiscount], anew: set[int]
) -> list[PinnedDiscount]:
    """Distribute the discounts over the lines at some positions; others keep theirs."""
    kept = [line for line in lines if live(line) and line.position in anew]
    places = [line.position for line in kept]
    moved = [each for each in discounts if any(map(each.is_for, anew))]
    shares = shared_discounts(
        [live(line) * line.unit_price_minor for line in kept],
        [
            DiscountToApply(
                each.percent,
                each.amount_left_minor,
                lines=None if each.positions is None else [each.is_for(at) for at in places],
            )
            for each in moved
        ],
    )
    for line, less in zip(kept, discount_by_line(shares, len(kept)), strict=True):
        line.priced_units, line.priced_discount_minor = live(line), less
    is_limited = any(each.positions is not None for each in discounts)
    done = iter(taking(moved, shares, places, is_limited=is_limited))
    return [next(done) if any(map(each.is_for, anew)) else each for each in discounts]


def _price_shipping(
    order: Any, lines: Sequence[Any], shipping: ShippingToPrice | None, discounts: Sequence[PinnedDiscount]
) -> None:
    """Set the shipping price of an order, less a shipping discount; None keeps it."""
    if shipping is None:
        return
    terms = [_as_they_are(line) for line in lines]
    is_free = any(each.frees_shipping for each in discounts)
    order.shipping_discount_minor = shipping_price(shipping, terms) if is_free else 0
    order.shipping_taxes = shares_as_json(shares_of(free(shipping) if is_free else shipping, terms))


def _shipping(
    order: Any, lines: Sequence[Any], change: Change, full_minor: int, anew: set[int]
) -> ShippingToPrice | None:
    """Shipping to be priced: another method, or the same if codes or the taxed goods changed."""
    terms = ShippingTerms.recorded(order)
    mode = terms.tax_mode if terms else ShippingTax.CLASS
    if change.shipping is not None or not anew or (change.discounts is None and mode is ShippingTax.CLASS):
        return change.shipping
    return ShippingToPrice(full_minor, shipping_tax_recorded(order, lines), mode)


def full_shipping(order: Any) -> int:
    """The shipping price before discount."""
    return int(order.shipping_minor + order.shipping_discount_minor)


def _as_they_are(line: Any) -> LineTerms:
    """A line's terms for its remaining units."""
    units = live(line)
    if not units:
        return LineTerms(0, line.unit_price_minor, 0, line.tax_rate, line.tax_name, not line.is_gift_card)
    off = share(line.priced_discount_minor, units, line.priced_units)
    return LineTerms(units, line.unit_price_minor, off, line.tax_rate, line.tax_name, not line.is_gift_card)


def _lower(added: Sequence[Any], excess_minor: int) -> bool:
    """Lower the prices of new lines because the order costs `excess_minor` more; return whether another
    attempt makes sense.
    """
    if excess_minor <= 0 or not any(line.unit_price_minor for line in added):
        return False
    less = max(1, excess_minor // (2 * sum(map(live, added))))  # tax adds less than the same amount
    for line in added:
        line.unit_price_minor = max(0, line.unit_price_minor - less)
    return True


def _move(order: Any, lines: Sequence[Any], base: Prorated, after: Prorated) -> None:
    """Change the amounts on rows by the difference."""
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
