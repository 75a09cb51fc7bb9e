"""The value of stock, calculated independently from a history of events, in decimals.

A history is a list of events with their times. Every cost is taken as currently known, from the beginning: a
cost that becomes known later must leave the books as if it had been known. Amounts are in dollars; each draw
is rounded to a cent, half up, and units without a cost have the estimated one.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def dollars(each: Decimal, units: int, rate: Decimal) -> Decimal:
    """The cost in dollars of units at a unit cost in another currency, with an exchange rate."""
    return cents(each * units * rate)


def shared(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount by weights, to the cent; remaining cents go to the largest fractions, in order."""
    total = sum(weights)
    if not total:
        weights, total = [Decimal(1)] * len(weights), Decimal(len(weights))
    exact = [amount * 100 * weight / total for weight in weights]
    parts = [int(each) for each in exact]
    rest = int(amount * 100) - sum(parts)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[:rest]:
        parts[i] += 1
    return [Decimal(part) / 100 for part in parts]


@dataclass(order=True)
class Layer:
    since: float
    made: int  # position among layers of the same time
    units: int = field(compare=False)
    worth: Decimal = field(compare=False)

    def take(self, units: int) -> Decimal:
        worth = cents(self.worth * units / self.units)
        self.units, self.worth = self.units - units, self.worth - worth
        return worth


class Shelf:
    """The cost layers of a SKU at a location, under FIFO or average cost."""

    def __init__(self, is_average: bool) -> None:
        self.is_average = is_average
        self.layers: list[Layer] = []
        self.made = 0

    @property
    def units(self) -> int:
        return sum(layer.units for layer in self.layers)

    @property
    def worth(self) -> Decimal:
        return sum((layer.worth for layer in self.layers), ZERO)

    def put(self, since: float, units: int, worth: Decimal) -> None:
        if self.is_average and self.layers:
            self.layers[0].units += units
            self.layers[0].worth += worth
            return
        self.made += 1
        insort(self.layers, Layer(since, self.made, units, worth))

    def take(self, units: int) -> list[tuple[float, int, Decimal]]:
        """Take the oldest units first: their age, quantity and value by layer."""
        found = []
        while units:
            layer = self.layers[0]
            taken = min(units, layer.units)
            found.append((layer.since, taken, layer.take(taken)))
            units -= taken
            if not layer.units:
                del self.layers[0]
        return found


@dataclass
class Sale:
    units: int
    worth: Decimal
    is_suppliers: bool
    back: int = 0


@dataclass
class Books:
    """The value on each shelf, in each account and in transit, after a history was replayed."""

    is_average: bool
    suppliers_places: frozenset[int]
    shelves: dict[tuple[int, str], Shelf] = field(default_factory=dict)
    accounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    sales: dict[tuple[int, str], list[Sale]] = field(default_factory=lambda: defaultdict(list))
    moving: dict[int, list[list]] = field(default_factory=dict)  # by transfer: [since, units, worth]

    def shelf(self, place: int, sku: str) -> Shelf:
        return self.shelves.setdefault((place, sku), Shelf(self.is_average))

    def put(self, place: int, sku: str, since: float, units: int, worth: Decimal) -> None:
        self.shelf(place, sku).put(since, units, ZERO if place in self.suppliers_places else worth)


class Event:
    """An event at a point in time."""

    at: float = 0

    def happen(self, books: Books) -> None:
        raise NotImplementedError


@dataclass
class Received(Event):
    place: int
    sku: str
    units: int
    cost: Decimal
    landed: Decimal = ZERO

    def happen(self, books: Books) -> None:
        books.put(self.place, self.sku, self.at, self.units, self.cost + self.landed)
        if self.place not in books.suppliers_places:
            books.accounts["paid"] += self.cost + self.landed


@dataclass
class Sold(Event):
    place: int
    sku: str
    units: int
    buyer: int

    def happen(self, books: Books) -> None:
        worth = sum((w for _, _, w in books.shelf(self.place, self.sku).take(self.units)), ZERO)
        books.sales[self.buyer, self.sku].append(
            Sale(self.units, worth, self.place in books.suppliers_places)
        )
        books.accounts["cost_of_sales"] += worth


@dataclass
class CameBack(Event):
    """A return of the units that were sold first; units that a supplier had shipped get an estimated value."""

    place: int
    sku: str
    units: int
    buyer: int
    estimate: Decimal | None

    def happen(self, books: Books) -> None:
        rest = self.units
        is_ours = self.place not in books.suppliers_places
        for sale in books.sales[self.buyer, self.sku]:
            units = min(rest, sale.units - sale.back)
            if not units:
                continue
            until = cents(sale.worth * (sale.back + units) / sale.units)
            worth = until - cents(sale.worth * sale.back / sale.units)
            if sale.is_suppliers and is_ours:
                assert self.estimate is not None
                worth = self.estimate
                books.accounts["paid"] += worth
            elif is_ours:
                books.accounts["cost_of_sales"] -= worth
            books.put(self.place, self.sku, self.at, units, worth)
            sale.back, rest = sale.back + units, rest - units


@dataclass
class Lost(Event):
    place: int
    sku: str
    units: int

    def happen(self, books: Books) -> None:
        worth = sum((w for _, _, w in books.shelf(self.place, self.sku).take(self.units)), ZERO)
        books.accounts["write_off"] += worth


@dataclass
class Found(Event):
    place: int
    sku: str
    units: int
    worth: Decimal

    def happen(self, books: Books) -> None:
        books.put(self.place, self.sku, self.at, self.units, self.worth)
        books.accounts["gain"] -= self.worth


@dataclass
class IssuedUnits(Event):
    """Shipment of a transfer; the units keep the age of their layers."""

    transfer: int
    place: int
    sku: str
    ages: list[tuple[float, int]]  # the time and quantity of each layer

    def happen(self, books: Books) -> None:
        shelf = books.shelf(self.place, self.sku)
        books.moving[self.transfer] = [
            [since, units, sum((worth for _, _, worth in shelf.take(units)), ZERO)]
            for since, units in self.ages
        ]


@dataclass
class Arrived(Event):
    transfer: int
    place: int
    sku: str
    units: int
    missing: int

    def happen(self, books: Books) -> None:
        for units, arrives in ((self.units, True), (self.missing, False)):
            while units:
                since, there, worth = first = books.moving[self.transfer][0]
                taken = min(units, there)
                part = cents(worth * taken / there)
                first[1:] = [there - taken, worth - part]
                units -= taken
                if arrives:
                    books.put(self.place, self.sku, since, taken, part)
                else:
                    books.accounts["write_off"] += part
                if there == taken:
                    del books.moving[self.transfer][0]


@dataclass
class Assembled(Event):
    place: int
    kit: str
    parts: dict[str, int]
    kits: int

    def happen(self, books: Books) -> None:
        drawn = [
            worth
            for sku, count in self.parts.items()
            for _, _, worth in books.shelf(self.place, sku).take(count * self.kits)
        ]
        books.put(self.place, self.kit, self.at, self.kits, sum(drawn, ZERO))


@dataclass
class TakenApart(Event):
    place: int
    kit: str
    parts: dict[str, int]
    kits: int
    weights: list[Decimal]

    def happen(self, books: Books) -> None:
        worth = sum((w for _, _, w in books.shelf(self.place, self.kit).take(self.kits)), ZERO)
        before, whole = ZERO, sum(self.weights)
        for (sku, count), weight in zip(self.parts.items(), self.weights, strict=True):
            part = cents(worth * (before + weight) / whole) - cents(worth * before / whole)
            books.put(self.place, sku, self.at, count * self.kits, part)
            before += weight


def replayed(history: Sequence[Event], is_average: bool, suppliers_places: frozenset[int]) -> Books:
    """Apply the events of a history in order of time."""
    books = Books(is_average, suppliers_places)
    for event in sorted(history, key=lambda event: event.at):
        event.happen(books)
    return books
