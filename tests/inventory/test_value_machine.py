"""The value of stock as a state machine, compared with a replay of the same history in decimals.

Receipts in several currencies, sales, returns, losses, kits, transfers, a supplier's location, cost
corrections and later freight: after each step every level and account has the value that it would have if all
costs had been known from the beginning.
"""

import dataclasses
from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.accounting import queries as accounting
from app.catalog import queries as catalog
from app.catalog.lifecycle import Composition
from app.catalog.service import composing
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.ids import new_id
from app.core.money import rounded
from app.inventory.kits import service as kit_service
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.landed_costs import SpreadBy
from app.inventory.receiving.service import cost_corrections as costing
from app.inventory.receiving.service import receipt_costs
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.receipts import LandedCost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import adjusting, backdating, returns, shipping, valuing
from app.inventory.stock.service.adjusting import LevelData
from app.inventory.stock.service.ledger import Reference
from app.inventory.stock.service.shipping import Sold
from app.inventory.transfers import service as transfers
from app.inventory.transfers.service.arrivals import Arrived
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from tests import make
from tests.database import empty_all_tables
from tests.inventory import replay_of_value as replay
from tests.inventory.replay_of_value import DECIMALS, ZERO
from tests.machines import Machine, play, play_until_it_fails

SKUS = ("A", "B", "KIT")
SETTINGS = (backdating, costing, receipt_costs, valuing)
PARTS = {"A": 2, "B": 1}
MAKER = 2  # the supplier's location
sku, part = st.sampled_from(SKUS), st.sampled_from(("A", "B"))
ours, place, units = st.integers(0, 1), st.integers(0, 2), st.integers(1, 9)
buyer, index = st.integers(0, 2), st.integers(0, 10_000)
money = st.tuples(
    st.sampled_from(sorted(DECIMALS)), st.integers(0, 30_000), st.sampled_from(["0.0065", "1.1", "3.2501"])
)


class Value(Machine):
    """Each step is an hour later."""

    def run(self, work: Awaitable[Any]) -> Any:
        with clock.shifted(timedelta(hours=self.hours)):
            return super().run(work)

    @initialize(method=st.sampled_from(["fifo", "average"]))
    def open_shop(self, method: str) -> None:
        self.hours = 0
        self.replayed: tuple[tuple[int, int], replay.Books] | None = None
        chosen = SimpleNamespace(cost_method=method, cost_currency="USD")
        for module in SETTINGS:
            module.settings = lambda: chosen  # type: ignore[attr-defined]
        self.is_average = method == "average"
        self.history: list[replay.Event] = []
        self.receipts: list[tuple[UUID, list[replay.Received]]] = []
        self.moving: list[tuple[UUID, int, str, int, int]] = []
        self.buyers = [new_id() for _ in range(3)]
        self.bought: dict[tuple[int, str], int] = {}
        self.run(self._open())
        for each in (0, 1):
            for name in ("A", "B"):
                self.receive(each, name, 12, ("USD", 100 + 37 * each, "1.1"), 0, False)
        self.assemble(0, 3)
        self.note = "opened"

    async def _open(self) -> None:
        await empty_all_tables()
        shop = await make.shop()
        maker = locations.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
        self.places = [
            shop.location,
            await make.location("second"),
            await locations.create_location(SYSTEM, maker),
        ]
        for name in SKUS:
            await shop.sell(name, stock=0)
        self.variants = {name: (await catalog.variant_by_sku(name)).id for name in SKUS}
        kit = self.variants["KIT"]
        await composing.set_components(SYSTEM, kit, Composition.KIT, PARTS, is_stocked=True)

    # --- the replayed history ---

    def books(self) -> replay.Books:
        """The books after the replay of the history so far, cached by hour and number of events."""
        now = (self.hours, len(self.history))
        if self.replayed is None or self.replayed[0] != now:
            self.replayed = now, replay.replayed(self.history, self.is_average, frozenset({MAKER}))
        return self.replayed[1]

    def stocked(self, index: int, places: tuple[int, ...] = (0, 1, 2)) -> tuple[int, str, int] | None:
        """A location and a SKU with stock, and its quantity."""
        shelves = sorted(self.books().shelves.items())
        found = [(*key, shelf.units) for key, shelf in shelves if shelf.units and key[0] in places]
        return found[index % len(found)] if found else None

    def there(self, place: int, sku: str) -> int:
        return self.books().shelf(place, sku).units

    def happened(self, event: replay.Event) -> None:
        event.at = self.hours
        self.history.append(event)

    def next(self) -> None:
        self.hours += 1

    # --- receipts, sales and returns ---

    @rule(place=place, name=part, count=units, cost=money, landed=st.integers(0, 900), both=st.booleans())
    def receive(
        self, place: int, name: str, count: int, cost: tuple[str, int, str], landed: int, both: bool
    ) -> None:
        self.next()
        currency, minor, rate = cost
        times = Decimal(rate) if currency != "USD" else Decimal(1)
        each = Decimal(minor).scaleb(-DECIMALS[currency])
        given = Cost(minor, currency, rate=None if currency == "USD" else times)
        lines = [replay.Received(place, name, count, replay.dollars(each, count, times))]
        rows = [ReceivedLine(name, count, given)]
        if both:
            other = "B" if name == "A" else "A"
            lines.append(replay.Received(place, other, 3, Decimal("6.00")))
            rows.append(ReceivedLine(other, 3, Cost(600, "USD", is_total=True)))
        freight = [LandedCost("freight", landed)] if landed and place != MAKER else []
        receipt = self.run(
            receiving_service.receive(SYSTEM, location=self.places[place], lines=rows, landed=freight)
        )
        if freight:
            self.land(lines, Decimal(landed) / 100, [line.cost for line in lines])
        for line in lines:
            self.happened(line)
        self.receipts.append((receipt.id, lines))

    def land(self, lines: list[replay.Received], amount: Decimal, weights: list[Decimal]) -> None:
        for line, share in zip(lines, replay.shared(amount, weights), strict=True):
            line.landed += share

    @precondition(lambda self: self.hours > 6)
    @rule(
        place=ours,
        name=part,
        count=units,
        each=st.integers(0, 3_000),
        ago=st.integers(1, 24),
        landed=st.integers(0, 300),
    )
    def receive_late(self, place: int, name: str, count: int, each: int, ago: int, landed: int) -> None:
        """A backdated receipt of goods that arrived some hours ago, half an hour after the events of that hour."""
        then = max(0, self.hours - ago) + 0.5
        self.next()
        line = replay.Received(place, name, count, Decimal(each * count) / 100, Decimal(landed) / 100)
        with clock.shifted(timedelta(hours=then)):
            at = clock.now()
        receipt = self.run(
            receiving_service.receive(
                SYSTEM,
                location=self.places[place],
                lines=[ReceivedLine(name, count, Cost(each, "USD"))],
                landed=[LandedCost("freight", landed)] if landed else [],
                received_at=at,
            )
        )
        self.happened(line)
        line.at = then
        self.receipts.append((receipt.id, [line]))

    @rule(index=index, count=units, buyer=buyer)
    def sell(self, index: int, count: int, buyer: int) -> None:
        chosen = self.stocked(index)
        if chosen is None:
            return
        place, name, count = chosen[0], chosen[1], min(count, chosen[2])
        self.next()
        items = [Sold(self.variants[name], count)]
        reference = Reference("order", self.buyers[buyer])
        self.run(shipping.sell(SYSTEM, location=self.places[place], items=items, reference=reference))
        self.bought[buyer, name] = self.bought.get((buyer, name), 0) + count
        self.happened(replay.Sold(place, name, count, buyer))

    @precondition(lambda self: any(self.bought.values()))
    @rule(place=place, count=units, index=index)
    def take_back(self, place: int, count: int, index: int) -> None:
        sold = sorted(key for key, units in self.bought.items() if units)
        who, name = sold[index % len(sold)]
        shelf = self.books().shelf(place, name)
        sent = [sale for sale in self.books().sales[who, name] if sale.units > sale.back]
        count = min(count, sent[0].units - sent[0].back)
        estimate = None
        if sent[0].is_suppliers and place != MAKER:
            if not shelf.units:
                return  # its value is estimated in another way then
            estimate = replay.cents(shelf.worth * count / shelf.units)
        self.next()
        variant = self.run(catalog.variant_by_sku(name))
        self.run(
            returns.take_back(
                SYSTEM,
                variant=variant,
                location=self.places[place],
                quantity=count,
                claimant=self.buyers[who],
            )
        )
        self.bought[who, name] -= count
        self.happened(replay.CameBack(place, name, count, who, estimate))

    @rule(place=place, name=sku, change=st.integers(-5, 5).filter(bool))
    def adjust(self, place: int, name: str, change: int) -> None:
        shelf = self.books().shelf(place, name)
        change = max(change, -shelf.units)
        if not change or (change > 0 and not shelf.units and place != MAKER):
            return
        self.next()
        reason = StockReason.FOUND if change > 0 else StockReason.LOSS
        self.run(
            adjusting.adjust(SYSTEM, sku=name, location=self.places[place], change=change, reason=reason)
        )
        if change < 0:
            self.happened(replay.Lost(place, name, -change))
        else:
            worth = replay.cents(shelf.worth * change / shelf.units) if place != MAKER else ZERO
            self.happened(replay.Found(place, name, change, worth))

    @rule(name=part, on_hand=st.integers(0, 30))
    def feed(self, name: str, on_hand: int) -> None:
        change = on_hand - self.there(MAKER, name)
        self.next()
        self.run(adjusting.set_level(SYSTEM, LevelData(name, self.places[MAKER], on_hand)))
        if change:
            is_more = change > 0
            self.happened(
                replay.Found(MAKER, name, change, ZERO) if is_more else replay.Lost(MAKER, name, -change)
            )

    # --- transfers and kits ---

    @rule(index=index, count=units)
    def send(self, index: int, count: int) -> None:
        chosen = self.stocked(index, (0, 1))
        if chosen is None:
            return
        start, name, count = chosen[0], chosen[1], min(count, chosen[2])
        self.next()
        data = TransferData(self.places[start], self.places[1 - start], [TransferItem(name, count)])
        made = self.run(transfers.create_transfer(SYSTEM, data))
        self.run(transfers.ship_transfer(SYSTEM, made.id))
        number = len(self.history)
        self.moving.append((made.id, number, name, 1 - start, count))
        drawn = self.books().shelf(start, name).take(count)
        self.happened(replay.IssuedUnits(number, start, name, [(since, units) for since, units, _ in drawn]))

    @precondition(lambda self: self.moving)
    @rule(index=index, received=st.integers(0, 9), is_last=st.booleans())
    def arrive(self, index: int, received: int, is_last: bool) -> None:
        id, number, name, place, count = self.moving.pop(index % len(self.moving))
        received = min(received, count)
        missing = count - received if is_last else 0
        self.next()
        arrived = [Arrived(name, received=received)]
        self.run(transfers.receive_transfer(SYSTEM, id, arrived=arrived, is_complete=is_last))
        self.happened(replay.Arrived(number, place, name, received, missing))
        if received + missing < count:
            self.moving.append((id, number, name, place, count - received))

    @rule(place=ours, kits=st.integers(1, 3))
    def assemble(self, place: int, kits: int) -> None:
        kits = min(kits, *(self.there(place, name) // count for name, count in PARTS.items()))
        if not kits:
            return
        self.next()
        self.run(kit_service.assemble(SYSTEM, sku="KIT", location=self.places[place], quantity=kits))
        self.happened(replay.Assembled(place, "KIT", PARTS, kits))

    @precondition(lambda self: self.there(0, "KIT") or self.there(1, "KIT"))
    @rule(kits=st.integers(1, 3))
    def take_apart(self, kits: int) -> None:
        place = 0 if self.there(0, "KIT") else 1
        kits = min(kits, self.there(place, "KIT"))
        weights = []
        for name, count in PARTS.items():
            shelf = self.books().shelf(place, name)
            there = shelf.units
            weights.append(replay.cents(shelf.worth * count * kits / there) if there else ZERO)
        if not any(weights):
            weights = [Decimal(count) for count in PARTS.values()]
        self.next()
        self.run(kit_service.disassemble(SYSTEM, sku="KIT", location=self.places[place], quantity=kits))
        self.happened(replay.TakenApart(place, "KIT", PARTS, kits, weights))

    # --- costs that become known later ---

    @precondition(lambda self: self.receipts)
    @rule(index=index, amount=st.integers(1, 2_000), by=st.sampled_from([SpreadBy.VALUE, SpreadBy.QUANTITY]))
    def add_freight(self, index: int, amount: int, by: SpreadBy) -> None:
        id, lines = self.receipts[index % len(self.receipts)]
        if lines[0].place == MAKER:
            return
        self.next()
        self.run(receiving_service.add_landed_cost(SYSTEM, id, LandedCost("later", amount, by)))
        weights = [line.cost if by is SpreadBy.VALUE else Decimal(line.units) for line in lines]
        self.land(lines, Decimal(amount) / 100, weights)

    @precondition(lambda self: self.receipts)
    @rule(index=index, cost=money)
    def correct(self, index: int, cost: tuple[str, int, str]) -> None:
        id, lines = self.receipts[index % len(self.receipts)]
        currency, minor, rate = cost
        times = Decimal(rate) if currency != "USD" else Decimal(1)
        self.next()
        given = Cost(minor, currency, rate=None if currency == "USD" else times)
        self.run(receiving_service.correct_cost(SYSTEM, id, position=1, cost=given))
        each = Decimal(minor).scaleb(-DECIMALS[currency])
        lines[0].cost = replay.dollars(each, lines[0].units, times)

    # --- invariants ---

    @invariant()
    def values_equal_those_of_the_replay(self) -> None:
        if hasattr(self, "note"):
            self.run(self._compare())

    async def _compare(self) -> None:
        books = self.books()
        rows = await fetch(
            "SELECT l.code, v.sku, s.on_hand, COALESCE(c.worth, 0) AS worth FROM stock_level s "
            "JOIN location l ON l.id = s.location_id JOIN variant v ON v.id = s.variant_id "
            "LEFT JOIN (SELECT level_id, SUM(remaining_minor) AS worth FROM cost_layer WHERE NOT in_transit "
            "GROUP BY level_id) c ON c.level_id = s.id"
        )
        codes = [place.code for place in self.places]
        for row in rows:
            shelf = books.shelf(codes.index(row["code"]), row["sku"])
            seen = (int(row["on_hand"]), Decimal(int(row["worth"])) / 100)
            assert seen == (shelf.units, shelf.worth), (row["code"], row["sku"], self.is_average)
        accounts: dict[str, Decimal] = {}
        for side, sign in (("to_account", 1), ("from_account", -1)):
            for row in await fetch(f"SELECT {side} AS a, SUM(amount_minor) AS n FROM value_entry GROUP BY 1"):
                accounts[row["a"]] = accounts.get(row["a"], ZERO) + sign * Decimal(int(row["n"])) / 100
        for name in ("cost_of_sales", "write_off", "gain"):
            assert accounts.get(name, ZERO) == books.accounts[name], name
        on_the_way = sum((worth for parts in books.moving.values() for _, _, worth in parts), ZERO)
        assert accounts.get("in_transit", ZERO) == on_the_way
        assert accounts.get("assembly", ZERO) == ZERO
        paid = accounts.get("suppliers", ZERO) + accounts.get("revaluation", ZERO)
        assert -paid == books.accounts["paid"]

    def teardown(self) -> None:
        if hasattr(self, "note"):
            assert self.run(queries.differences()) == []
            assert self.run(accounting.differences()) == []


@pytest.fixture
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restores the settings, which each run replaces."""
    for module in SETTINGS:
        monkeypatch.setattr(module, "settings", module.settings)


@pytest.mark.usefixtures("clean", "own_settings")
@pytest.mark.timeout(600)
async def test_stock_values_after_random_histories_equal_an_independent_replay():
    await play(Value, 100)


def _rate_of_minor_units(minor: int, _currency: str, _into: str, rate: Decimal) -> int:
    return rounded(minor * rate)


async def _all_are_ours(levels: Any, read: Any = queries.open_layers) -> Any:
    layers, _ = await read(levels)
    return layers, set()


def _without_batches(*given: Any, parts_back: Any = returns.parts_back) -> Any:
    parts, suppliers = parts_back(*given)
    return [dataclasses.replace(part, share=None) for part in parts], suppliers


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "a rate is applied to minor units": (receipt_costs, "converted", _rate_of_minor_units),
    "stock of a supplier is valued as own stock": (queries, "open_layers", _all_are_ours),
    "a return does not use the cost of its shipment": (
        returns,
        "parts_back",
        _without_batches,
    ),
}


@pytest.mark.divided
@pytest.mark.usefixtures("clean", "own_settings")
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_machine_detects_a_planted_fault(fault: str, monkeypatch: pytest.MonkeyPatch):
    """On one database only, except with RUNS=full, because it tests the machine itself."""
    monkeypatch.setattr(*FAULTS[fault])
    with pytest.raises(BaseException) as caught:  # hypothesis may group what it found
        await play_until_it_fails(Value, 100)
    assert any(word in str(caught.getrepr()) for word in ("differences", "assert", "Only 0"))
