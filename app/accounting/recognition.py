"""The revenue of an order: pure functions.

Revenue is recognized when goods leave. It is computed from what has left altogether, so that several
shipments add up to the order, and an entry is the difference from what was posted before.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.accounting.lifecycle import AccountKind as K
from app.accounting.postings import Account, added
from app.channels.tax import tax_on
from app.core.money import split_minor
from app.orders.amounts import wanted
from app.orders.editing import live
from app.orders.proration import Prorated, prorated
from app.orders.recorded import terms_of

SHIPPING = Account(K.SHIPPING)
DISCOUNTS = Account(K.DISCOUNTS)
ALLOWANCES = Account(K.ALLOWANCES)
ROUNDING = Account(K.ROUNDING)
# The sale of gift cards is no revenue: it balances their issue, which debits this account.
GIFT_CARDS = Account(K.GOODWILL)
# The accounts that `recognized` writes.
KINDS = frozenset({K.SALES, K.SHIPPING, K.DISCOUNTS, K.ALLOWANCES, K.TAX, K.ROUNDING, K.GOODWILL})


class Label(NamedTuple):
    """The details of a line's accounts."""

    category: str
    place: str


def recognized(
    order: Any, lines: Sequence[Any], labels: Mapping[UUID, Label], cards_refunded: int = 0
) -> dict[Account, int]:
    """The revenue, discounts and tax of what has left of an order, and credits on it. `cards_refunded` is
    what of the credits is for gift cards, which carry no tax.

    Shipping belongs to the first goods that leave, which gift cards are not. When nothing is left to ship,
    ROUNDING takes a remainder of at most one unit of the currency per line, so that the order is worth
    exactly what the buyer must pay;
    of an order that recorded no terms, such as an imported one, any difference from the recorded
    amounts.
    """
    units = [int(line.quantity_shipped) for line in lines]
    if not any(units):
        return {}
    terms = terms_of(order, lines)
    is_done = units == [live(line) for line in lines]
    have_left = any(count for count, line in zip(units, lines, strict=True) if not line.is_gift_card)
    sold = prorated(terms, units, with_shipping=is_done or have_left)
    place = next(labels[line.id].place for line in lines if line.id in labels)
    found = added(*_of_lines(sold, lines, labels, included=order.prices_include_tax))
    included = sold.shipping_tax_minor if order.prices_include_tax else 0
    taxes = {_tax(place, each.rate): -each.tax_minor for each in sold.taxes}
    found = added(found, taxes, {SHIPPING: included - sold.shipping_minor})
    gross = sold.total_minor
    credited = min(int(order.credited_minor), gross)
    if credited:
        cards = min(cards_refunded, credited)
        of_goods = _allowances(sold, credited - cards, place, _of_cards(sold, lines))
        found = added(found, {ALLOWANCES: cards}, of_goods)
    if is_done:
        rest = wanted(order) - (gross - credited)
        if order.shipping_taxes is None or abs(rest) <= len(lines):
            found = added(found, {ROUNDING: -rest})
    return found


def _of_lines(
    sold: Prorated, lines: Sequence[Any], labels: Mapping[UUID, Label], *, included: bool
) -> list[dict[Account, int]]:
    """Sales before discounts, and discounts, both without tax."""
    parts = []
    for part, line in zip(sold.lines, lines, strict=True):
        off = part.discount_minor
        if included:
            off -= tax_on(off, line.tax_rate, included=True)
        net = part.total_minor - part.tax_minor
        if net or off:
            sales = GIFT_CARDS if line.is_gift_card else Account(K.SALES, labels[line.id].category)
            parts.append({sales: -(net + off), DISCOUNTS: off})
    return parts


def _tax(place: str, rate: Decimal) -> Account:
    return Account(K.TAX, f"{place}/{plain(rate)}")


def plain(rate: Decimal) -> str:
    """A rate without trailing zeros: `0.19`."""
    return f"{rate.normalize():f}"


def _of_cards(sold: Prorated, lines: Sequence[Any]) -> dict[Decimal, int]:
    """What gift cards are sold for, by their rate."""
    found: dict[Decimal, int] = {}
    for part, line in zip(sold.lines, lines, strict=True):
        if line.is_gift_card:
            found[line.tax_rate] = found.get(line.tax_rate, 0) + part.total_minor
    return found


def _allowances(
    sold: Prorated, credited: int, place: str, cards: Mapping[Decimal, int]
) -> dict[Account, int]:
    """A credit on goods and shipping, distributed over the rates by amount, with the tax that it includes."""
    goods = [each.net_minor + each.tax_minor - cards.get(each.rate, 0) for each in sold.taxes]
    if not any(goods):
        return {ALLOWANCES: credited}
    shares = split_minor(credited, goods)
    found: dict[Account, int] = {}
    for each, share in zip(sold.taxes, shares, strict=True):
        tax = min(each.tax_minor, tax_on(share, each.rate, included=True))
        found = added(found, {ALLOWANCES: share - tax, _tax(place, each.rate): tax})
    return found
