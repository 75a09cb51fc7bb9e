"""Stock as a state machine: quantities and values add up after any sequence of commands.

The machine sums up what it paid for goods itself and compares the result with the value ledger. One location is
in Auckland and one in Honolulu, which opens on the third day; picked units are in totes.
"""

from collections.abc import Awaitable, Callable, Collection
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch, uuid_of
from app.core.ids import new_id
from app.core.refusals import Refusal
from app.inventory.counts import service as count_service
from app.inventory.counts.service import Counted
from app.inventory.locations import clocks
from app.inventory.locations import queries as locations
from app.inventory.locations import service as location_service
from app.inventory.locations.service import HoursData
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.landed_costs import SpreadBy
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.receipts import LandedCost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import in_hand, jobs, queries
from app.inventory.stock.lifecycle import ReservationPriority, StockBucket, StockReason
from app.inventory.stock.models import CostFlow
from app.inventory.stock.revaluing import revalue
from app.inventory.stock.service import (
    adjusting,
    displacing,
    inbound,
    ledger,
    lot_tracking,
    releasing,
    reserving,
    returns,
    shipping,
    valuing,
)
from app.inventory.stock.service import inbound as inbound_commands
from app.inventory.stock.service import releasing as releasing_commands
from app.inventory.stock.service import reserving as reserving_commands
from app.inventory.stock.service import returns as returns_commands
from app.inventory.stock.service import shipping as shipping_commands
from app.inventory.stock.service.cost_propagation import plain
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.transfers import service as transfers
from app.inventory.transfers.service.arrivals import Arrived
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from tests import make
from tests.database import empty_all_tables
from tests.machines import Machine, play, play_until_it_fails

SKUS = ("A", "B", "C")
sku, place, units, who = st.sampled_from(SKUS), st.integers(0, 1), st.integers(1, 6), st.integers(0, 2)
lot = st.integers(0, 2)
# The rate of a currency in dollars, and the value of its minor unit in cents.
RATES = {
    "USD": (None, Decimal(1)),
    "EUR": (Decimal("1.1555"), Decimal("1.1555")),
    "JPY": (Decimal("0.0065"), Decimal("0.65")),
    "KWD": (Decimal("3.25"), Decimal("0.325")),
}
ZONES = ("Pacific/Auckland", "Pacific/Honolulu")
START = datetime(2031, 3, 5, 20, 0, tzinfo=UTC)  # Thursday in Auckland, Wednesday in Honolulu
states = st.sampled_from(
    [StockBucket.AVAILABLE, StockBucket.DAMAGED, StockBucket.QUARANTINED, StockBucket.IN_QUALITY_CHECK]
)


class Stock(Machine):
    def attempt(self, command: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """The result of a command; None if it refuses, which must change nothing."""
        try:
            return self.run(command(SYSTEM, *args, **kwargs))
        except Refusal:
            return None

    @initialize(backorder=st.sampled_from([0, 5]))
    def open_shop(self, backorder: int) -> None:
        self.paid = 0
        self.claimants = [new_id() for _ in range(3)]
        self.sent: set[tuple[int, str]] = set()
        self.drafts: list[tuple[UUID, str]] = []
        self.moving: list[tuple[UUID, str]] = []
        self.counts: list[tuple[UUID, list[str]]] = []
        self.receipts: list[UUID] = []
        self.coming: list[tuple[UUID, str, int]] = []
        self.totes: dict[in_hand.Key, int] = {}  # what is picked, by claimant, location and variant
        self.ending = ExitStack()
        self.ending.enter_context(clock.shifted(START - clock.now()))
        self.first_day = START.date()
        answers = list(in_hand._answers)
        in_hand._answers[:] = [self.picked_units]
        self.ending.callback(lambda: in_hand._answers.__setitem__(slice(None), answers))
        self.run(self._open(backorder))

    def teardown(self) -> None:
        if hasattr(self, "ending"):
            try:
                self.run(self._adds_up())
            finally:
                self.ending.close()

    async def picked_units(self, claimants: Collection[UUID]) -> dict[in_hand.Key, int]:
        return {key: units for key, units in self.totes.items() if key[0] in claimants}

    async def _open(self, backorder: int) -> None:
        await empty_all_tables()
        shop = await make.shop()
        self.shop = shop
        self.places = [shop.location, await make.location("second")]
        await location_service.set_channel_locations(SYSTEM, shop.channel, self.places)
        closed = [self.first_day + timedelta(days=n) for n in range(-2, 2)]
        for location, zone in zip(self.places, ZONES, strict=True):
            week = {day: (time(0), time(23, 59)) for day in range(7)}
            hours = HoursData(time_zone=zone, week=week, holidays=closed if "Hono" in zone else [])
            await location_service.update_location(SYSTEM, location.id, {"hours": hours})
        for name in SKUS:
            await shop.sell(name, stock=0)
            await shop.stock(name, 0, backorder_limit=backorder)
        tracked_by_lot = await catalog.variant_by_sku("C")
        assert tracked_by_lot is not None
        await lot_tracking.set_tracking(SYSTEM, tracked_by_lot.id, Tracking.LOT, tracks_expiry=True)
        self.variants = {name: await catalog.variant_by_sku(name) for name in SKUS}
        for location, count in zip(self.places, (12, 5), strict=True):
            lines = [
                ReceivedLine(name, count, Cost(100 * n, "USD"), lots=self.lots(name, count % 3, count))
                for n, name in enumerate(SKUS, 1)
            ]
            receipt = await receiving_service.receive(SYSTEM, location=location, lines=lines)
            self.receipts.append(receipt.id)
            self.paid += count * (100 + 200 + 300)

    def lots(self, sku: str, lot: int, units: int) -> list[LotData]:
        """The lots of some units: C is tracked by lot, and each lot has its own expiry date."""
        expires_on = self.first_day + timedelta(days=(90, 2, 3)[lot])
        return [LotData(f"L{lot}", abs(units), expires_on)] if sku == "C" and units else []

    # --- receipts, reservations and shipments ---

    @rule(
        sku=sku,
        place=place,
        units=units,
        lot=lot,
        cost=st.tuples(st.integers(0, 999), st.sampled_from(sorted(RATES))),
        landed=st.integers(0, 500),
    )
    def receive(self, sku: str, place: int, units: int, lot: int, cost: tuple[int, str], landed: int) -> None:
        costs = [LandedCost("freight", landed, SpreadBy.QUANTITY)] if landed else []
        each, currency = cost
        rate, cents = RATES[currency]
        lines = [ReceivedLine(sku, units, Cost(each, currency, rate=rate), lots=self.lots(sku, lot, units))]
        receipt = self.attempt(
            receiving_service.receive, location=self.places[place], lines=lines, landed=costs
        )
        if receipt is None:
            assert sku == "C" and clock.now() > START + timedelta(days=1), "only expired lots are refused"
            return
        self.receipts.append(receipt.id)
        self.paid += int((units * each * cents).quantize(Decimal(1), ROUND_HALF_UP)) + landed

    @rule(demand=st.dictionaries(sku, units, min_size=1), who=who)
    def reserve(self, demand: dict[str, int], who: int) -> None:
        wanted = {self.variants[name].id: count for name, count in demand.items()}
        self.attempt(
            reserving_commands.reserve,
            channel_id=self.shop.channel.id,
            demand=wanted,
            claimant=self.claimants[who],
        )

    @rule(demand=st.dictionaries(sku, units, min_size=1), who=who, cart=st.booleans())
    def reserve_cart_or_paid(self, demand: dict[str, int], who: int, cart: bool) -> None:
        wanted = {self.variants[name].id: count for name, count in demand.items()}
        how: dict[str, Any] = {"priority": ReservationPriority.PAID}
        if cart:
            how = {"expires_at": clock.now() + timedelta(seconds=3600)}
        self.attempt(
            reserving_commands.reserve,
            channel_id=self.shop.channel.id,
            demand=wanted,
            claimant=self.claimants[who],
            **how,
        )

    @rule(sku=sku, place=place, units=units, days=st.integers(0, 20))
    def expect(self, sku: str, place: int, units: int, days: int) -> None:
        on = clock.today() + timedelta(days=days)
        made = self.attempt(
            inbound_commands.expect, sku=sku, location=self.places[place], quantity=units, expected_on=on
        )
        self.coming.append((made.id, sku, place))

    @precondition(lambda self: self.coming)
    @rule(data=st.data(), units=st.none() | units, cancel=st.booleans())
    def receive_or_change_expected(self, data: st.DataObject, units: int | None, cancel: bool) -> None:
        id, name, place = data.draw(st.sampled_from(self.coming))
        if units is None:
            on = clock.today() + timedelta(days=5)
            self.attempt(inbound_commands.change_incoming, id, expected_on=on, is_cancelled=cancel)
            return
        lots = self.lots(name, units % 3, units)
        line = ReceivedLine(name, units, Cost(10, "USD"), incoming_id=id, lots=lots)
        if self.attempt(receiving_service.receive, location=self.places[place], lines=[line]):
            self.paid += units * 10

    @rule(who=who, part=st.none() | st.dictionaries(sku, units, min_size=1))
    def release(self, who: int, part: dict[str, int] | None) -> None:
        demand = part and {self.variants[name].id: count for name, count in part.items()}
        self.attempt(releasing_commands.release, claimant=self.claimants[who], demand=demand)
        self.run(self._put_back(self.claimants[who]))

    @rule(who=who, demand=st.dictionaries(sku, st.integers(1, 3), min_size=1), whole=st.booleans())
    def reserve_and_ship(self, who: int, demand: dict[str, int], whole: bool) -> None:
        self.reserve(demand, who)
        quantities = None if whole else {self.variants[name].id: 1 for name in demand}
        if self.attempt(shipping_commands.ship, claimant=self.claimants[who], quantities=quantities):
            self.sent |= {(who, name) for name in demand}
        self.run(self._put_back(self.claimants[who]))

    # --- picked units, and time ---

    @rule(who=who)
    def pick(self, who: int) -> None:
        """Pick the units on hand that are reserved for a claimant, except those of SKUs with lots."""
        self.run(self._pick(self.claimants[who]))

    async def _pick(self, claimant: UUID) -> None:
        for key, ready in (await self._ready()).items():
            if key[0] == claimant and key[2] != self.variants["C"].id and ready:
                self.totes[key] = ready

    @rule(sku=st.sampled_from(("A", "B")), place=place, who=who, promised=st.integers(1, 3))
    def lose_what_is_promised(self, sku: str, place: int, who: int, promised: int) -> None:
        """Two claimants have reservations, the later one has picked; then reserved units are lost."""
        for each in (who, (who + 1) % 3):
            self.reserve({sku: 2}, each)
        self.pick((who + 1) % 3)
        self.run(self._lose(sku, self.places[place], promised))

    async def _lose(self, sku: str, place: Any, promised: int) -> None:
        level = await queries.level_of(self.variants[sku].id, place.id)
        assert level is not None
        there = level.on_hand - level.unavailable
        units = min(there, max(0, there - level.reserved) + promised)
        if units > 0:
            await adjusting.adjust(SYSTEM, sku=sku, location=place, change=-units, reason=StockReason.LOSS)

    async def _ready(self) -> dict[in_hand.Key, int]:
        """The units reserved without an expiry time that are on hand."""
        rows = await fetch(
            "SELECT r.claimant_id, s.location_id, s.variant_id, SUM(r.quantity - r.waiting) AS units "
            "FROM reservation r JOIN stock_level s ON s.id = r.level_id WHERE r.expires_at IS NULL "
            "GROUP BY r.claimant_id, s.location_id, s.variant_id"
        )
        names = ("claimant_id", "location_id", "variant_id")
        keys = [tuple(uuid_of(row[name]) for name in names) for row in rows]
        return {(a, b, c): int(row["units"]) for (a, b, c), row in zip(keys, rows, strict=True)}

    async def _put_back(self, claimant: UUID) -> None:
        """After a release or shipment, put picked units that are no longer reserved back."""
        ready = await self._ready()
        for key in [key for key in self.totes if key[0] == claimant]:
            self.totes[key] = min(self.totes[key], ready.get(key, 0))

    @rule(hours=st.integers(1, 30))
    def let_time_pass(self, hours: int) -> None:
        self.ending.enter_context(clock.shifted(timedelta(hours=hours)))
        for job in (jobs.sweep_expired, jobs.quarantine_expired, jobs.notice_overdue):
            self.run(job())

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), place=place, units=st.integers(1, 3), state=states)
    def give_back(self, data: st.DataObject, place: int, units: int, state: StockBucket) -> None:
        who, name = data.draw(st.sampled_from(sorted(self.sent)))
        self.attempt(
            returns_commands.take_back,
            variant=self.variants[name],
            location=self.places[place],
            quantity=units,
            claimant=self.claimants[who],
            bucket=state,
            lots=self.lots(name, data.draw(lot), units),
        )

    # --- adjustments, transfers and counts ---

    @rule(sku=sku, place=place, change=st.integers(-6, 6), lot=lot, state=states)
    def adjust(self, sku: str, place: int, change: int, lot: int, state: StockBucket) -> None:
        self.attempt(
            adjusting.adjust,
            sku=sku,
            location=self.places[place],
            change=change,
            reason=StockReason.FOUND if change > 0 else StockReason.LOSS,
            bucket=state,
            lots=self.lots(sku, lot, change),
        )

    @rule(sku=sku, place=place, units=units, lot=lot, source=states, to=states)
    def set_aside(
        self, sku: str, place: int, units: int, lot: int, source: StockBucket, to: StockBucket
    ) -> None:
        self.attempt(
            adjusting.set_aside,
            sku=sku,
            location=self.places[place],
            quantity=units,
            source=source,
            to=to,
            lots=self.lots(sku, lot, units),
        )

    @rule(sku=sku, start=place, units=units)
    def prepare_transfer(self, sku: str, start: int, units: int) -> None:
        source, destination = self.places[start], self.places[1 - start]
        data = TransferData(source, destination, [TransferItem(sku, units)])
        made = self.attempt(transfers.create_transfer, data)
        if made is not None:
            self.drafts.append((made.id, sku))
            if units % 2:
                self.ship_or_cancel_transfer(None, False)

    @precondition(lambda self: self.drafts)
    @rule(units=st.none() | st.integers(0, 6), cancel=st.booleans())
    def ship_or_cancel_transfer(self, units: int | None, cancel: bool) -> None:
        chosen, name = self.drafts.pop()
        if cancel and units is None:
            self.attempt(transfers.cancel_transfer, chosen)
        elif self.attempt(
            transfers.ship_transfer, chosen, quantities=None if units is None else {name: units}
        ):
            self.moving.append((chosen, name))

    @precondition(lambda self: self.moving)
    @rule(data=st.data(), received=st.integers(0, 4), damaged=st.integers(0, 2), last=st.booleans())
    def receive_transfer(self, data: st.DataObject, received: int, damaged: int, last: bool) -> None:
        chosen, name = data.draw(st.sampled_from(self.moving))
        arrived = data.draw(st.none() | st.just([Arrived(name, received, damaged)]))
        self.attempt(transfers.receive_transfer, chosen, arrived=arrived, is_complete=last)

    @rule(place=place, skus=st.sets(sku, min_size=1), limit=st.integers(0, 5))
    def start_count(self, place: int, skus: set[str], limit: int) -> None:
        made = self.attempt(
            count_service.start_count, self.places[place], skus=sorted(skus), approval_units=limit
        )
        if made is not None:
            self.counts.append((made.id, sorted(skus)))

    @precondition(lambda self: self.counts)
    @rule(found=st.lists(st.integers(0, 15), min_size=3, max_size=3), approve=st.booleans())
    def submit_count(self, found: list[int], approve: bool) -> None:
        chosen, skus = self.counts.pop()
        counted = [
            Counted(name, n, lots=self.lots(name, found[0] % 3, n))
            for name, n in zip(skus, found, strict=False)
        ]
        self.attempt(count_service.submit_count, chosen, counted)
        self.attempt(count_service.approve_count if approve else count_service.reject_count, chosen)

    # --- costs that become known later ---

    @rule(data=st.data(), amount=st.integers(1, 400))
    def add_landed_cost(self, data: st.DataObject, amount: int) -> None:
        chosen = data.draw(st.sampled_from(self.receipts))
        done = self.attempt(
            receiving_service.add_landed_cost, chosen, LandedCost("later", amount, SpreadBy.QUANTITY)
        )
        self.paid += amount if done else 0

    @rule(data=st.data(), each=st.integers(0, 999))
    def correct_cost(self, data: st.DataObject, each: int) -> None:
        chosen = data.draw(st.sampled_from(self.receipts))
        self.attempt(receiving_service.correct_cost, chosen, position=1, cost=Cost(each, "USD"))

    # --- invariants ---

    @invariant()
    def quantities_promises_and_value_are_consistent(self) -> None:
        """Sums are checked after each third step and at the end, because a wrong sum stays wrong."""
        self.steps = getattr(self, "steps", 0) + 1
        if hasattr(self, "shop"):
            self.run(self._check(adds_up=self.steps % 3 == 0))

    async def _check(self, *, adds_up: bool) -> None:
        if adds_up:
            await self._adds_up()
        await self._check_picked_units()
        await self._check_lots()
        await self._check_due_dates()

    async def _check_picked_units(self) -> None:
        """Picked units are displaced only if no unpicked reservation of the level is left."""
        ready = await self._ready()
        for key, units in list(self.totes.items()):
            lost = units - ready.get(key, 0)
            if lost <= 0:
                continue
            weak = sum(
                n - min(n, self.totes.get(other, 0)) for other, n in ready.items() if other[1:] == key[1:]
            )
            assert weak == 0, "picked units were displaced although unpicked reservations are left"
            self.totes[key] = units - lost  # as fulfillment follows the change

    async def _check_lots(self) -> None:
        """A lot is quarantined only after its expiry date at its location, and no allocation expires before its due date."""
        zones = {place.id: ZoneInfo(zone) for place, zone in zip(self.places, ZONES, strict=True)}
        for row in await fetch(
            "SELECT m.at, s.location_id, l.expires_on FROM stock_movement m "
            "JOIN lot_movement t ON t.movement_id = m.id JOIN lot l ON l.id = t.lot_id "
            "JOIN stock_level s ON s.id = m.level_id WHERE m.reference_kind = 'expiry'"
        ):
            at = row["at"] if isinstance(row["at"], datetime) else datetime.fromisoformat(row["at"])
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            assert _day(row["expires_on"]) < at.astimezone(zones[uuid_of(row["location_id"])]).date()
        rows = await fetch(
            "SELECT a.level_id, l.expires_on, r.due_on FROM lot_allocation a "
            "JOIN lot l ON l.id = a.lot_id JOIN reservation r ON r.id = a.reservation_id "
            "WHERE r.due_on > l.expires_on"
        )
        free = await fetch(
            "SELECT t.level_id, t.expires_on FROM lot_level t "
            "WHERE t.on_hand - t.damaged - t.quarantined - t.in_quality_check > t.allocated"
        )
        for row in rows:
            here = [_day(lot["expires_on"]) for lot in free if lot["level_id"] == row["level_id"]]
            assert not any(day >= _day(row["due_on"]) for day in here), (
                "an unexpired lot is free while an expired one is allocated"
            )

    async def _check_due_dates(self) -> None:
        """A backordered reservation is due on a date on which stock is expected, or has no date."""
        open_days = await fetch("SELECT level_id, expected_on FROM incoming_stock WHERE is_open")
        known = {(row["level_id"], _day(row["expected_on"])) for row in open_days}
        for row in await fetch("SELECT level_id, due_on FROM reservation WHERE waiting > 0"):
            assert row["due_on"] is None or (row["level_id"], _day(row["due_on"])) in known

    async def _adds_up(self) -> None:
        assert await queries.differences() == []
        waiting = await fetch(
            "SELECT s.reserved - s.on_hand + s.unavailable AS ahead, SUM(r.waiting) AS waiting "
            "FROM stock_level s JOIN reservation r ON r.level_id = s.id GROUP BY s.id"
        )
        assert all(int(row["waiting"]) == max(0, row["ahead"]) for row in waiting)
        kept = await fetch(
            "SELECT s.reserved, l.allocated, l.shelf FROM stock_level s JOIN ("
            "    SELECT level_id, SUM(allocated) AS allocated, "
            "           SUM(on_hand - damaged - quarantined - in_quality_check) AS shelf "
            "    FROM lot_level GROUP BY level_id) l ON l.level_id = s.id"
        )
        assert all(int(r["allocated"]) == min(r["reserved"], int(r["shelf"])) for r in kept)
        rows = await fetch("SELECT on_hand, reserved, unavailable, backorder_limit FROM stock_level")
        assert all(0 <= r["reserved"] <= r["on_hand"] + r["backorder_limit"] for r in rows)
        assert all(r["backorder_limit"] or r["reserved"] + r["unavailable"] <= r["on_hand"] for r in rows)
        accounts = {}
        for side, sign in (("to_account", 1), ("from_account", -1)):
            for row in await fetch(f"SELECT {side} AS a, SUM(amount_minor) AS n FROM value_entry GROUP BY 1"):
                accounts[row["a"]] = accounts.get(row["a"], 0) + sign * int(row["n"])
        assert accounts.get("suppliers", 0) == -self.paid
        flows = await CostFlow.all()
        again = revalue([plain(flow) for flow in flows], {}, {}).values
        assert again == {flow.id: flow.value_minor for flow in flows}
        worth = await fetch("SELECT SUM(remaining_minor) AS n FROM cost_layer WHERE NOT in_transit")
        assert accounts.get("asset", 0) == int(worth[0]["n"] or 0)
        outside = ("suppliers", "gain", "revaluation")
        inside = sum(n for name, n in accounts.items() if name not in outside)
        assert inside == -sum(accounts.get(name, 0) for name in outside)


def _day(value: Any) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


@pytest.mark.usefixtures("clean")
@pytest.mark.timeout(560)
async def test_quantities_promises_and_value_are_consistent_after_random_commands():
    await play(Stock, 100)


async def _nothing(*_args: Any, **_kwargs: Any) -> None:
    pass


def _not_at_all(*_args: Any, **_kwargs: Any) -> None:
    pass


def _utc_day(_hours: Any, at: datetime) -> date:
    return at.date()


async def _none_in_hand(_levels: Any, reservations: Any) -> dict[UUID, int]:
    return {row.id: 0 for row in reservations}


FAULTS = {
    "shipped units stay reserved": (displacing, "lower", _nothing),
    "movements are not entered in the value ledger": (valuing.Books, "enter", _not_at_all),
    "movements do not change the level": (ledger, "change_levels", _nothing),
    "movements do not change the lots": (ledger, "follow", _nothing),
    "lots expire by the date in UTC": (clocks, "day_at", _utc_day),
    "displacing ignores picked units": (displacing, "units_in_hand", _none_in_hand),
    "a changed expected date does not change reservations": (inbound, "repeg", _nothing),
}


QUICK_SEEDS = {"displacing ignores picked units": 0}


@pytest.mark.divided
@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_machine_detects_a_planted_fault(fault: str, monkeypatch: pytest.MonkeyPatch):
    """On one database only, except with RUNS=full, because it tests the machine itself."""
    module, name, broken = FAULTS[fault]
    original = getattr(module, name)
    for each in (
        module,
        locations,
        releasing,
        reserving,
        returns,
        shipping,
    ):
        if getattr(each, name, None) is original:
            monkeypatch.setattr(each, name, broken)
    with pytest.raises(BaseException) as caught:  # hypothesis may group what it found
        await play_until_it_fails(Stock, 400, QUICK_SEEDS.get(fault))
    report = str(caught.getrepr())  # an assertion of the machine, or a constraint of the database
    assert any(word in report for word in ("differences", "assert", "constraint"))
