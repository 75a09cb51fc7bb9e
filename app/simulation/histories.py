"""The orders of a simulation: a real shop's invoices, or generated ones."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.imports.online_retail.cells import DateOrder
from app.imports.online_retail.matching import goods
from app.imports.online_retail.reading import COUNTRIES, SERVICE_CODES, read

MOST_LINES = 200  # of one order: a longer invoice becomes several orders
_FIRST_DAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
_NOUNS = ("Mug", "Lantern", "Cushion", "Planter", "Clock", "Basket", "Frame", "Candle")
_COLOURS = ("Red", "Blue", "White", "Green", "Grey")


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order of the history: time, country, and units by SKU."""

    number: str
    at: datetime
    country: str
    units: dict[str, int]


@dataclass(frozen=True, slots=True)
class History:
    """The orders, oldest first; names of the SKUs, and prices in pence."""

    purchases: list[Purchase]
    names: dict[str, str]
    prices: dict[str, int]


def from_file(path: Path, most: int | None = None, dates: DateOrder | None = None) -> History:
    """The sales of an Online Retail file.

    Raises:
        Invalid: it is not a file of this kind, or its dates are ambiguous.
    """
    contents = read(path, dates)
    prices: dict[str, int] = {}
    purchases: list[Purchase] = []
    for sale in sorted(contents.sales.values(), key=lambda sale: (sale.at, sale.number)):
        units: dict[str, int] = {}
        for row in goods(sale.rows):
            if row.sku in SERVICE_CODES or row.sku.startswith("GIFT_"):
                continue
            units[row.sku] = units.get(row.sku, 0) + row.quantity
            prices[row.sku] = row.unit_minor or prices.get(row.sku, 100)
        country = COUNTRIES.get(sale.country, "GB")
        items = list(units.items())
        for part in range(0, len(items), MOST_LINES):
            chosen = dict(items[part : part + MOST_LINES])
            purchases.append(Purchase(f"{sale.number}/{part // MOST_LINES + 1}", sale.at, country, chosen))
    names = {sku: contents.names.get(sku, sku).title()[:250] for sku in prices}
    return History(purchases[:most], names, prices)


def invented(count: int, seed: int) -> History:
    """A generated history: `count` orders of one to five items, some hours apart."""
    rng = random.Random(seed)
    names = {f"{noun}-{colour}".upper(): f"{colour} {noun}" for noun in _NOUNS for colour in _COLOURS}
    prices = {sku: rng.randrange(200, 4_000, 5) for sku in names}
    at, purchases = _FIRST_DAY, []
    for number in range(1, count + 1):
        at += timedelta(minutes=rng.expovariate(1 / 25))
        chosen = rng.sample(sorted(names), rng.choice([1, 1, 2, 3, 5]))
        purchases.append(
            Purchase(str(number), at, "GB", {sku: rng.choice([1, 1, 1, 2, 6]) for sku in chosen})
        )
    return History(purchases, names, prices)
