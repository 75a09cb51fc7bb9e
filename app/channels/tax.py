"""Which tax rate applies, and the tax in an amount."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.core.contact import region_code
from app.core.money import rounded

NO_TAX = Decimal(0)
# The built-in tax classes; others are custom.
BUILT_IN_CLASSES = ("standard", "reduced", "zero")
# The class of what is not a taxable supply, such as the sale of a multi-purpose voucher (articles 30a and
# 30b of directive 2006/112/EC). No rate can be set for it.
UNTAXED_CLASS = ""


@dataclass(frozen=True, slots=True)
class Rate:
    country: str
    region: str
    tax_class: str
    rate: Decimal
    name: str


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate, and the name of the tax on the invoice."""

    rate: Decimal
    name: str = ""


UNTAXED = Tax(NO_TAX)


class RateTable:
    """The rates of a country: a region's rate takes precedence over the country's; a class without a rate is
    untaxed.

    Regions are compared in a normal form: `IL`, `Illinois`, `illinois`.
    """

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._by_place = {
            (rate.country, region_code(rate.country, rate.region), rate.tax_class): rate for rate in rates
        }

    def has_regional_rates(self, country: str, region: str) -> bool:
        """Whether a region has its own rates."""
        code = region_code(country, region)
        return bool(code) and any(place[1] == code for place in self._by_place)

    def rate(self, country: str, region: str, tax_class: str) -> Decimal:
        return self.applied(country, region, tax_class).rate

    def applied(self, country: str, region: str, tax_class: str) -> Tax:
        """The rate of a class in a place, with the name that the invoice shows."""
        code = region_code(country, region)
        for place in ((country, code, tax_class), (country, "", tax_class)):
            if place in self._by_place:
                found = self._by_place[place]
                return Tax(found.rate, found.name)
        return UNTAXED


def tax_on(amount_minor: int, rate: Decimal, *, included: bool) -> int:
    """The tax included in or added to an amount in minor units, rounded half up once.

    Included: amount − amount / (1 + rate). Added: amount × rate.
    """
    amount = Decimal(amount_minor)
    if included:
        return amount_minor - rounded(amount / (1 + rate))
    return rounded(amount * rate)
