"""Which tax rate applies, and how much of an amount is tax."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.core.contact import region_code
from app.core.money import rounded

NO_TAX = Decimal(0)
# The classes that are always there; others are added.
BUILT_IN_CLASSES = ("standard", "reduced", "zero")


@dataclass(frozen=True, slots=True)
class Rate:
    country: str
    region: str
    tax_class: str
    rate: Decimal
    name: str


class RateTable:
    """The rates at hand: the region's own beats the country's; a class without a rate is untaxed.

    A region is the same however it is written: `IL`, `Illinois`, `illinois`.
    """

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._by_place = {
            (rate.country, region_code(rate.country, rate.region), rate.tax_class): rate for rate in rates
        }

    def rate(self, country: str, region: str, tax_class: str) -> Decimal:
        code = region_code(country, region)
        for place in ((country, code, tax_class), (country, "", tax_class)):
            if place in self._by_place:
                return self._by_place[place].rate
        return NO_TAX


def tax_on(amount_minor: int, rate: Decimal, *, included: bool) -> int:
    """The tax in minor units, rounded half up once for each line.

    Included: amount − amount / (1 + rate). Added on top: amount × rate. The line is the smallest unit
    that is rounded, as article 226 (8) of the EU's VAT directive and the usual invoice show it.
    """
    amount = Decimal(amount_minor)
    if included:
        return amount_minor - rounded(amount / (1 + rate))
    return rounded(amount * rate)
