"""The amounts of units of an order, from what the order recorded: pure, and the only module that calculates
them.

The same function prices a new order, an edited order, and what remains after a partial cancellation, so
amounts do not depend on the sequence of changes:

- A line's net for `u` of its units is u × unit price less its share of the line's discount, which is
  discount × u ÷ (the units that the discount was distributed over), rounded half up. The share is
  cumulative: after any steps, the parts add up to the line's discount.
- Tax is calculated on these nets as the order's `tax_rounding` says, LINE or RATE. With RATE the tax of a
  rate is rounded once and distributed over its lines and its part of shipping by largest remainder.
- What leaves an order is `prorated(before)` less `prorated(after)`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from app.channels.lifecycle import TaxRounding
from app.channels.tax import tax_on
from app.core.money import split_minor


@dataclass(frozen=True, slots=True)
class LineTerms:
    """The terms of a line: price, tax, and the discount on a number of units."""

    units: int
    unit_price_minor: int
    discount_minor: int
    tax_rate: Decimal
    tax_name: str = ""
    is_shipped: bool = True  # False for gift cards: shipping and its tax do not depend on them


@dataclass(frozen=True, slots=True)
class ShippingShare:
    """The part of the shipping price that is taxed at one rate."""

    amount_minor: int
    tax_rate: Decimal
    tax_name: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """The recorded terms from which an order's amounts follow."""

    lines: Sequence[LineTerms]
    shipping: Sequence[ShippingShare]
    prices_include_tax: bool
    rounding: TaxRounding = TaxRounding.LINE


@dataclass(frozen=True, slots=True)
class ProratedLine:
    """The amounts of units of a line; the total is after discount and includes tax."""

    gross_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int

    @property
    def taxable_minor(self) -> int:
        """The amount after discount on which tax is calculated; it includes tax if prices do."""
        return self.gross_minor - self.discount_minor

    def __sub__(self, other: "ProratedLine") -> "ProratedLine":
        return ProratedLine(
            self.gross_minor - other.gross_minor,
            self.discount_minor - other.discount_minor,
            self.tax_minor - other.tax_minor,
            self.total_minor - other.total_minor,
        )


@dataclass(frozen=True, slots=True)
class ProratedTax:
    """The net amount taxed at one rate, and the tax."""

    rate: Decimal
    name: str
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Prorated:
    """The amounts of units of an order."""

    lines: tuple[ProratedLine, ...]
    shipping_minor: int
    shipping_tax_minor: int
    tax_minor: int
    total_minor: int
    taxed: "Taxed"

    @property
    def taxes(self) -> tuple["ProratedTax", ...]:
        """The taxes by rate, highest rate first, without zero amounts."""
        return _by_rate(*self.taxed)


class Taxed(NamedTuple):
    """The taxed amounts, of lines and then of shipping, with their taxes."""

    bases: Sequence[int]
    taxes: Sequence[int]
    rated: Sequence[LineTerms | ShippingShare]
    included: bool


def prorated(terms: Terms, units: Sequence[int], *, with_shipping: bool = True) -> Prorated:
    """The amounts of the given units of each line, with or without shipping."""
    gross = [count * line.unit_price_minor for count, line in zip(units, terms.lines, strict=True)]
    off = [
        share(line.discount_minor, count, line.units) for count, line in zip(units, terms.lines, strict=True)
    ]
    shipping = terms.shipping if with_shipping else ()
    bases = [
        *(each - less for each, less in zip(gross, off, strict=True)),
        *(s.amount_minor for s in shipping),
    ]
    rated: list[LineTerms | ShippingShare] = [*terms.lines, *shipping]
    taxes = _taxes(bases, [each.tax_rate for each in rated], terms)
    on_top = not terms.prices_include_tax
    lines = tuple(
        ProratedLine(each, less, tax, each - less + (tax if on_top else 0))
        for each, less, tax in zip(gross, off, taxes, strict=False)
    )
    tax, shipping_tax = sum(taxes), sum(taxes[len(lines) :])
    return Prorated(
        lines,
        sum(each.amount_minor for each in shipping),
        shipping_tax,
        tax,
        sum(bases) + (tax if on_top else 0),
        Taxed(bases, taxes, rated, terms.prices_include_tax),
    )


def share(whole: int, units: int, of: int) -> int:
    """The part of an amount for `units` of all units, rounded half up; never negative."""
    return whole if units == of else (2 * whole * units + of) // (2 * of)


def _taxes(bases: Sequence[int], rates: Sequence[Decimal], terms: Terms) -> list[int]:
    """The tax in or on each amount."""
    included = terms.prices_include_tax
    if terms.rounding is TaxRounding.LINE:
        return [tax_on(base, rate, included=included) for base, rate in zip(bases, rates, strict=True)]
    taxes = [0] * len(bases)
    for rate in set(rates):
        members = [index for index, each in enumerate(rates) if each == rate]
        weights = [bases[index] for index in members]
        shared = split_minor(tax_on(sum(weights), rate, included=included), weights)
        for index, tax in zip(members, shared, strict=True):
            taxes[index] = tax
    return taxes


def _by_rate(
    bases: Sequence[int],
    taxes: Sequence[int],
    rated: Sequence[LineTerms | ShippingShare],
    included: bool,
) -> tuple[ProratedTax, ...]:
    """The taxes by rate, highest rate first, without zero amounts."""
    found: dict[Decimal, tuple[str, int, int]] = {}
    for base, tax, each in zip(bases, taxes, rated, strict=True):
        if base:
            name, net, known = found.get(each.tax_rate, ("", 0, 0))
            net += base - tax if included else base
            found[each.tax_rate] = (name or each.tax_name, net, known + tax)
    return merged_taxes(ProratedTax(rate, *parts) for rate, parts in found.items())


def merged_taxes(taxes: Iterable[ProratedTax]) -> tuple[ProratedTax, ...]:
    """Taxes added up by rate, highest rate first."""
    found: dict[Decimal, ProratedTax] = {}
    for each in taxes:
        known = found.get(each.rate)
        found[each.rate] = (
            each
            if known is None
            else ProratedTax(
                each.rate,
                known.name or each.name,
                known.net_minor + each.net_minor,
                known.tax_minor + each.tax_minor,
            )
        )
    return tuple(sorted(found.values(), key=lambda each: -each.rate))


@dataclass(frozen=True, slots=True)
class Leaving:
    """The amounts that leave an order with some units: by line, and in total."""

    lines: dict[int, ProratedLine]  # by the line's index in the terms
    units: dict[int, int]
    shipping_minor: int
    shipping_tax_minor: int
    taxes: tuple[ProratedTax, ...]
    total_minor: int


def leaving(terms: Terms, before: Sequence[int], after: Sequence[int], *, with_shipping: bool) -> Leaving:
    """The decrease of an order's amounts from `before` to `after` units; `with_shipping`: shipping is removed
    too.

    If tax is rounded once for each rate, the decrease of a rate's tax is distributed over what leaves.
    """
    was, now = prorated(terms, before), prorated(terms, after, with_shipping=not with_shipping)
    gone = [index for index, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    rated: list[LineTerms | ShippingShare] = [terms.lines[index] for index in gone]
    parts = [was.lines[index] - now.lines[index] for index in gone]
    bases = [part.taxable_minor for part in parts]
    if with_shipping:
        rated += terms.shipping
        bases += [each.amount_minor for each in terms.shipping]
    if terms.rounding is TaxRounding.LINE:
        taxes = [part.tax_minor for part in parts]
        taxes += _taxes(bases[len(gone) :], [each.tax_rate for each in rated[len(gone) :]], terms)
    else:
        taxes = _fall_of_taxes(was, now, bases, [each.tax_rate for each in rated])
    on_top = not terms.prices_include_tax
    return Leaving(
        {
            index: ProratedLine(part.gross_minor, part.discount_minor, tax, base + (tax if on_top else 0))
            for index, part, base, tax in zip(gone, parts, bases, taxes, strict=False)
        },
        {index: before[index] - after[index] for index in gone},
        was.shipping_minor - now.shipping_minor,
        sum(taxes[len(gone) :]),
        _by_rate(bases, taxes, rated, terms.prices_include_tax),
        sum(bases) + (sum(taxes) if on_top else 0),
    )


def _fall_of_taxes(was: Prorated, now: Prorated, bases: Sequence[int], rates: Sequence[Decimal]) -> list[int]:
    """The decrease of each rate's tax, distributed over what leaves at that rate by net amount."""
    left = {each.rate: each.tax_minor for each in now.taxes}
    taxes = [0] * len(bases)
    for each in was.taxes:
        members = [index for index, rate in enumerate(rates) if rate == each.rate]
        if members:
            shared = split_minor(each.tax_minor - left.get(each.rate, 0), [bases[i] for i in members])
            for index, tax in zip(members, shared, strict=True):
                taxes[index] = tax
    return taxes
