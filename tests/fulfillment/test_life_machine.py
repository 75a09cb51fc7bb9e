"""Orders as a state machine: random commands by random actors at any time, with invariants after each."""

import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.access.permissions import Permission
from app.accounting import queries as accounting
from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.catalog.service import substituting
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, grants_of
from app.core.database import fetch
from app.core.money import Money
from app.core.refusals import Refusal
from app.fulfillment import queries
from app.fulfillment.lifecycle import FulfillmentOrderStatus, Resolution, ShipmentStage
from app.fulfillment.models import FulfillmentOrder, Package, Shipment
from app.fulfillment.service import progress
from app.fulfillment.service.carriers import return_to_sender, returned_parcels
from app.fulfillment.service.carriers import tracking as tracking_commands
from app.fulfillment.service.carriers.returned_lots import ReturnedLine
from app.fulfillment.service.carriers.returned_parcels import ReturnedParcel, read_returned_parcels
from app.fulfillment.service.carriers.shipment_status import is_returned
from app.fulfillment.service.carriers.tracking import TrackingData
from app.fulfillment.service.suppliers import answers
from app.fulfillment.service.warehouse import (
    allocating,
    packing,
    picking,
    reassigning,
    releasing,
    shipping,
    splitting,
)
from app.fulfillment.service.warehouse import cancelling as warehouse_cancelling
from app.fulfillment.service.warehouse.packing import ContentData, PackageData
from app.fulfillment.service.warehouse.picked_lots import PickedLot
from app.fulfillment.service.warehouse.picking import Missing, PickData, Scan
from app.fulfillment.service.warehouse.shipping import ShipData
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.receiving import service as receiving
from app.inventory.sourcing import Policy, ShortPick
from app.inventory.stock import jobs as stock_jobs
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import adjusting, lot_tracking
from app.inventory.stock.service.adjusting import LevelData
from app.inventory.stock.service.lot_numbers import LotData
from app.orders import derived_statuses
from app.orders import queries as orders
from app.orders.lifecycle import CancelReason
from app.orders.models import Order, OrderLine
from app.orders.service import cancel_requests, cancelling, editing, holding, placing
from app.orders.service.edits import EditData, LineEdit
from app.payments import queries as payments
from app.payments import service as payment_service
from tests import make
from tests.database import empty_all_tables
from tests.machines import Machine, play, play_until_it_fails

SKUS = ("A", "B", "SET", "LOT", "SERIAL")
TRACKED = {"LOT": Tracking.LOT, "SERIAL": Tracking.SERIAL}
S = FulfillmentOrderStatus
_STATUSES_FOR = {
    "release": (S.OPEN,),
    "recall": (S.RELEASED,),
    "unpick": (S.PICKING, S.PICKED),
    "unpack": (S.PACKED,),
}
_COMMANDS = {
    "release": releasing.release,
    "recall": releasing.recall,
    "unpick": picking.unpick,
    "unpack": packing.unpack,
}
lines = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=1)
units = st.integers(1, 3)
# Staff with permission, staff of another location, and the system.
WAREHOUSE = Actor(
    ActorKind.STAFF,
    label="warehouse",
    grants=grants_of({Permission.FULFILLMENT_VIEW, Permission.FULFILLMENT_MANAGE, Permission.ORDERS_VIEW}),
)
DESK = Actor(
    ActorKind.STAFF,
    label="desk",
    grants=grants_of({Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE, Permission.ORDERS_CANCEL}),
)
actors = st.sampled_from([SYSTEM, SYSTEM, WAREHOUSE, DESK])


class Life(Machine):
    def attempt(self, command: Callable[..., Awaitable[Any]], by: Actor, *args: Any, **kwargs: Any) -> Any:
        """The result of a command; None if it refuses, which must change nothing."""

        async def it() -> Any:
            before = await _trace()
            try:
                return await command(by, *args, **kwargs)
            except Refusal:
                assert await _trace() == before
                return None

        return self.run(it())

    @initialize(
        backorder=st.sampled_from([0, 4]),
        complete=st.booleans(),
        short=st.sampled_from(ShortPick),
        wanted=st.lists(lines, min_size=2, max_size=3),
        is_sent=st.booleans(),
    )
    def open_shop(
        self,
        backorder: int,
        complete: bool,
        short: ShortPick,
        wanted: list[dict[str, int]],
        is_sent: bool,
    ) -> None:
        """Half of the runs begin with an order that was shipped in two parcels."""
        self.orders: list[UUID] = []
        self.time = ExitStack()
        self.run(self._open(backorder, complete, short))
        for each in wanted:
            self.place(each)
        if is_sent and self.orders:
            self._advance(self.orders[0], 4)

    async def _open(self, backorder: int, complete: bool, short: ShortPick) -> None:
        await empty_all_tables()
        shop = await make.shop(confirms_at_once=True)
        self.shop = shop
        supplier = locations.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
        self.places = [
            shop.location,
            await make.location("second"),
            await locations.create_location(SYSTEM, supplier),
        ]
        await locations.set_channel_locations(SYSTEM, shop.channel, self.places)
        policy = Policy(ships_complete=complete, short_pick=short)
        await locations.set_sourcing_policy(SYSTEM, shop.channel, policy)
        for sku in ("A", "B"):
            await shop.sell(sku, stock=6)
            await shop.stock(sku, 6, backorder_limit=backorder, backorder_days=9)
            await shop.stock(sku, 4, self.places[1])
            await shop.stock(sku, 3, self.places[2])
        for sku, tracking in TRACKED.items():
            await shop.sell(sku, stock=0)
            known = await catalog.variant_by_sku(sku)
            assert known is not None
            await lot_tracking.set_tracking(SYSTEM, known.id, tracking)
            for number, place in enumerate((0, 0, 0, 1, 1)):
                lot = LotData(f"{sku}{number}", 1 if tracking is Tracking.SERIAL else 2)
                await receiving.receive_one(
                    SYSTEM, sku=sku, location=self.places[place], quantity=lot.quantity, lots=[lot]
                )
        await shop.sell("SET", stock=None)
        await make.bundle("SET", A=2, B=1)
        variant = await catalog.variant_by_sku("A")
        assert variant is not None
        await substituting.set_substitutes(SYSTEM, variant.id, ["B"])

    def one(self, data: st.DataObject) -> UUID:
        return data.draw(st.sampled_from(self.orders))  # type: ignore[no-any-return]

    def work_of(self, data: st.DataObject, *statuses: FulfillmentOrderStatus) -> FulfillmentOrder | None:
        """A fulfillment order, usually with a status that allows the command."""
        rows = self.run(self._work())
        fitting = [row for row in rows if row.status in statuses]
        if fitting and data.draw(st.integers(0, 4)):
            rows = fitting
        return data.draw(st.sampled_from(rows)) if rows else None

    async def _work(self) -> list[FulfillmentOrder]:
        return [row for id in self.orders for row in await queries.of_order(id)]

    # --- actions of buyers and customer service ---

    @rule(wanted=lines)
    def place(self, wanted: dict[str, int]) -> None:
        order = self.attempt(placing.place, SYSTEM, make.order_data(*wanted.items()))
        if order is not None:
            self.orders.append(order.id)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors)
    def cancel(self, data: st.DataObject, by: Actor) -> None:
        self.attempt(cancelling.cancel, by, self.one(data), reason=CancelReason.OTHER)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, count=units)
    def cancel_units(self, data: st.DataObject, by: Actor, count: int) -> None:
        order = self.one(data)
        line = data.draw(st.sampled_from(self.run(orders.lines(order))))
        self.attempt(cancelling.cancel, by, order, reason=CancelReason.CUSTOMER, lines={line.id: count})

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, count=st.integers(0, 4), sku=st.sampled_from([None, None, *SKUS]))
    def edit(self, data: st.DataObject, by: Actor, count: int, sku: str | None) -> None:
        """Change the quantity of a line, replace it, or add a line."""
        order = self.one(data)
        own = [line.id for line in self.run(orders.lines(order))]
        line = data.draw(st.sampled_from([None, *own] if sku else own))
        changes = EditData(lines=[LineEdit(line, sku, count)])
        if data.draw(st.booleans()):
            self.attempt(editing.edit, by, order, changes)
        else:
            before = self.run(_trace())
            self.attempt(editing.preview_edit, by, order, changes)
            assert self.run(_trace()) == before

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), minor=st.sampled_from([500, 1000, 2500, 9000]), back=st.booleans())
    def pay(self, data: st.DataObject, minor: int, back: bool) -> None:
        command = payment_service.refund if back else payment_service.record
        self.attempt(command, SYSTEM, self.one(data), Money(minor, "USD"))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, is_release=st.booleans(), expires_in=st.sampled_from([None, 1, 30]))
    def hold(self, data: st.DataObject, by: Actor, is_release: bool, expires_in: int | None) -> None:
        order = self.one(data)
        if is_release:
            self.attempt(holding.release_holds, by, order)
        else:
            at = None if expires_in is None else clock.now() + timedelta(hours=expires_in)
            self.attempt(holding.hold, by, order, reason="Wait.", release_at=at)

    @rule(hours=st.sampled_from([1, 20, 200]))
    def advance_time(self, hours: int) -> None:
        """Advance the clock and run the jobs."""
        self.time.enter_context(clock.shifted(timedelta(hours=hours)))
        self.run(holding.release_due())
        self.run(stock_jobs.notice_overdue())

    @precondition(lambda self: self.orders)
    @rule(
        data=st.data(),
        by=actors,
        answer=st.sampled_from(["ask", "ask", "grant", "decline"]),
        some=st.booleans(),
    )
    def request_cancellation(self, data: st.DataObject, by: Actor, answer: str, some: bool) -> None:
        """A cancellation of an order or of one unit is requested, or a request is answered."""
        order = self.one(data)
        if answer == "ask":
            line = data.draw(st.sampled_from(self.run(orders.lines(order))))
            wanted = {line.id: 1} if some else None
            self.attempt(
                cancel_requests.request_cancel, by, order, reason=CancelReason.CUSTOMER, lines=wanted
            )
            return
        request = self.run(orders.open_cancel_request(order))
        if request is not None:
            command = cancel_requests.grant_cancel if answer == "grant" else cancel_requests.decline_cancel
            self.attempt(command, by, request.id)

    # --- actions of the warehouse ---

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, count=units, parts=st.booleans())
    def split_or_merge(self, data: st.DataObject, by: Actor, count: int, parts: bool) -> None:
        """Split a fulfillment order, or merge two of an order."""
        row = self.work_of(data, S.OPEN, S.RELEASED)
        if row is None:
            return
        if parts:
            lines = self.run(queries.lines_of([row.id]))
            if lines:
                self.attempt(splitting.split, by, row.id, {data.draw(st.sampled_from(lines)).id: count})
        else:
            others = [other.id for other in self.run(queries.of_order(row.order_id)) if other.id != row.id]
            if others:
                self.attempt(splitting.merge, by, row.id, [data.draw(st.sampled_from(others))])

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, command=st.sampled_from(list(_STATUSES_FOR)))
    def step(self, data: st.DataObject, by: Actor, command: str) -> None:
        row = self.work_of(data, *_STATUSES_FOR[command])
        if row is not None:
            self.attempt(_COMMANDS[command], by, row.id)

    @precondition(lambda self: self.orders)
    @rule(
        data=st.data(),
        by=actors,
        sku=st.sampled_from(["A", "B", "LOT", "SERIAL", None]),
        taken=units,
        gone=st.integers(0, 2),
        lots=st.lists(st.integers(0, 4), max_size=2, unique=True),
    )
    def pick(
        self, data: st.DataObject, by: Actor, sku: str | None, taken: int, gone: int, lots: list[int]
    ) -> None:
        """Pick units, sometimes with scanned lots or serial numbers."""
        row = self.work_of(data, S.RELEASED, S.PICKING)
        if row is None:
            return
        picked = PickData()
        if sku is not None:
            missing = [Missing(sku, gone)] if gone else []
            scanned = [PickedLot(f"{sku}{number}", 1) for number in lots] if sku in TRACKED else []
            picked = PickData(scans=[Scan(sku, len(scanned) or taken, scanned)], missing=missing)
        self.attempt(picking.pick, by, row.id, picked)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def report_missing(self, data: st.DataObject) -> None:
        """Report all remaining units of a line as missing."""
        row = self.work_of(data, S.RELEASED, S.PICKING)
        parts = self.run(queries.lines_of([row.id])) if row is not None else []
        if row is None or not parts:
            return
        part = data.draw(st.sampled_from(parts))
        (variant,) = self.run(catalog.variants_by_id([part.variant_id]))
        instead = data.draw(st.sampled_from(["", "", "B"]))
        missing = Missing(variant.sku, max(1, part.quantity - part.picked), instead)
        self.attempt(picking.pick, WAREHOUSE, row.id, PickData(scans=[], missing=[missing]))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, parcels=st.integers(1, 3))
    def pack(self, data: st.DataObject, by: Actor, parcels: int) -> None:
        row = self.work_of(data, S.PICKED)
        if row is not None:
            self.attempt(packing.pack, by, row.id, self.parcels_of(row, parcels))

    def parcels_of(self, row: FulfillmentOrder, count: int) -> list[PackageData]:
        """One unit of the first line in each parcel except the last, which contains the rest."""
        parts = self.run(queries.lines_of([row.id]))
        if not parts:
            return []
        sku, units = parts[0].sku, parts[0].quantity
        ones = [PackageData(contents=[ContentData(sku, 1)]) for _ in range(min(count - 1, units))]
        rest = units > len(ones) or len(parts) > 1
        return [*ones, PackageData()] if rest else ones

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors)
    def ship(self, data: st.DataObject, by: Actor) -> None:
        row = self.work_of(data, S.PICKED, S.PACKED, S.ACCEPTED)
        if row is not None:
            self.attempt(shipping.ship, by, row.id, ShipData(carrier="postal"))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, to=st.integers(0, 3))
    def reassign(self, data: st.DataObject, by: Actor, to: int) -> None:
        row = self.work_of(data, S.OPEN, S.RELEASED)
        if row is not None:
            place = self.places[to] if to < len(self.places) else None
            self.attempt(reassigning.reassign, by, row.id, to=place)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, accepts=st.booleans())
    def answer_request(self, data: st.DataObject, by: Actor, accepts: bool) -> None:
        row = self.work_of(data, S.SUBMITTED, S.ACCEPTED)
        if row is not None:
            self.attempt(answers.accept if accepts else answers.reject, by, row.id)

    @precondition(lambda self: self.orders)
    @rule(
        data=st.data(), by=actors, resolution=st.sampled_from(Resolution), place=st.integers(0, 3), some=units
    )
    def receive_back(
        self, data: st.DataObject, by: Actor, resolution: Resolution, place: int, some: int
    ) -> None:
        """Receive one or all parcels of a shipment back: completely or in part, at any location."""
        shipment, packages = self.sent(data)
        if shipment is None:
            return
        report = TrackingData(ShipmentStage.RETURNED_TO_SENDER, reference="back")
        chosen: Package | None = data.draw(st.sampled_from([*packages, None]))
        which = chosen.id if chosen else None
        self.attempt(tracking_commands.record, WAREHOUSE, shipment.id, report, package_id=which)
        parcels = []
        if chosen is not None and some < 3:
            lines = [ReturnedLine(each["sku"], some) for each in chosen.contents[:1]]
            parcels = [ReturnedParcel(chosen.id, lines if data.draw(st.booleans()) else ())]
        location = self.places[place] if place < 2 else None
        self.attempt(
            return_to_sender.receive_back,
            by,
            shipment.id,
            resolution=resolution,
            location=location,
            parcels=parcels,
        )

    def sent(self, data: st.DataObject) -> tuple[Shipment | None, list[Package]]:
        """A shipment of an order, and its packages."""
        (found,) = self.run(queries.shipments_by_order([self.one(data)]))
        if not found:
            return None, []
        shipment: Shipment = data.draw(st.sampled_from(found))
        (packages,) = self.run(queries.packages_by_shipment([shipment.id]))
        return shipment, packages

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, stage=st.sampled_from(ShipmentStage))
    def correct(self, data: st.DataObject, by: Actor, stage: ShipmentStage) -> None:
        """Correct the stage of a package."""
        shipment, packages = self.sent(data)
        if shipment is not None:
            which = data.draw(st.sampled_from(packages)).id
            self.attempt(
                tracking_commands.correct,
                by,
                shipment.id,
                stage=stage,
                reason="A wrong scan.",
                package_id=which,
            )

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), steps=st.integers(1, 4))
    def work_on(self, data: st.DataObject, steps: int) -> None:
        """Take the usual next steps, so that most runs reach shipping."""
        self._advance(self.one(data), steps)

    def _advance(self, order: UUID, steps: int) -> None:
        for row in self.run(queries.of_order(order)):
            for _ in range(steps):
                if row is None:
                    break
                if row.status is S.OPEN:
                    row = self.attempt(releasing.release, WAREHOUSE, row.id)
                elif row.status in (S.RELEASED, S.PICKING):
                    row = self.attempt(picking.pick, WAREHOUSE, row.id, PickData())
                elif row.status is S.PICKED:
                    row = self.attempt(packing.pack, WAREHOUSE, row.id, self.parcels_of(row, 2))
                elif row.status is S.PACKED:
                    row = self.attempt(shipping.ship, WAREHOUSE, row.id, ShipData())

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), by=actors, stage=st.sampled_from(ShipmentStage), twice=st.booleans())
    def track(self, data: st.DataObject, by: Actor, stage: ShipmentStage, twice: bool) -> None:
        shipment, packages = self.sent(data)
        if shipment is None:
            return
        which = data.draw(st.sampled_from([None, *(package.id for package in packages)]))
        report = TrackingData(stage, reference=stage.value)
        for _ in range(1 + twice):
            self.attempt(tracking_commands.record, by, shipment.id, report, package_id=which)

    # --- changes of stock ---

    @rule(
        how=st.sampled_from(["received", "lost", "counted"]),
        sku=st.sampled_from(["A", "B"]),
        place=st.integers(0, 2),
        count=units,
    )
    def change_stock(self, how: str, sku: str, place: int, count: int) -> None:
        at = self.places[place]
        if how == "received":
            self.attempt(receiving.receive_one, SYSTEM, sku=sku, location=at, quantity=count)
        elif how == "lost":
            reason = StockReason.LOSS
            self.attempt(adjusting.adjust, SYSTEM, sku=sku, location=at, change=-count, reason=reason)
        else:
            self.attempt(adjusting.set_level, SYSTEM, LevelData(sku, at, 3 * count - 3))

    @invariant()
    def orders_and_fulfillment_orders_agree(self) -> None:
        if hasattr(self, "places"):
            self.run(_agree())

    def teardown(self) -> None:
        if hasattr(self, "places"):
            try:
                self.run(_add_up())
            finally:
                self.time.close()


async def _trace() -> list[Any]:
    """Counts and versions that a refusal must not change."""
    counted = await fetch(
        "SELECT (SELECT COUNT(*) FROM journal_entry) AS events, (SELECT COUNT(*) FROM stock_movement) AS moves, "
        "(SELECT SUM(version) FROM sales_order) AS orders, (SELECT SUM(version) FROM fulfillment_order) AS work"
    )
    return list(counted[0].values())


async def _agree() -> None:
    """Checks after each step."""
    assert await queries.differences() == []
    lines: dict[UUID, list[OrderLine]] = {}
    for line in await OrderLine.all():
        lines.setdefault(line.order_id, []).append(line)
    for order in await Order.all():
        again = Order(**{name: getattr(order, name) for name in _FACTS})
        derived_statuses.derive(again, lines[order.id])
        assert [getattr(order, name) for name in derived_statuses.COLUMNS] == [
            getattr(again, name) for name in derived_statuses.COLUMNS
        ]
        assert 0 <= order.cancelled_minor <= order.total_minor


async def _add_up() -> None:
    """Checks at the end: consistency, and that each step was recorded once."""
    assert await stock.differences() == []
    assert await orders.differences() == []
    assert await payments.differences() == []
    assert await accounting.differences() == []
    for name, number in await _event_counts():
        assert number == 1, f"{name} was recorded {number} times in one transaction"


_FACTS = (
    *("status", "warehouse_stage", "is_waiting", "is_out_for_delivery"),
    *("total_minor", "cancelled_minor", "paid_minor", "refunded_minor"),
)


async def _event_counts() -> list[tuple[str, int]]:
    """Events of a subject that were recorded more than once in one transaction."""
    rows = await fetch(
        "SELECT name, COUNT(*) AS n FROM journal_entry "
        "WHERE name IN ('fulfillment_released', 'fulfillment_packed', 'fulfillment_shipped', 'order_cancelled') "
        "GROUP BY name, subject_id, at, CAST(payload AS TEXT) HAVING COUNT(*) > 1"
    )
    return [(row["name"], int(row["n"])) for row in rows]


@pytest.mark.usefixtures("clean")
@pytest.mark.timeout(400)
async def test_orders_fulfillment_and_stock_are_consistent_after_random_commands():
    await play(Life, 100)


async def _nothing(*_args: Any, **_kwargs: Any) -> None:
    pass


async def _all_of_it(
    order_id: UUID, packages: list[Package], waiting: Any, parts: Any, parcels: Any
) -> list[Any]:
    """Treats all parcels of a shipment as returned if one is."""
    for package in packages:
        package.stage = ShipmentStage.RETURNED_TO_SENDER
    waiting = [package for package in packages if not is_returned(package)]
    return await read_returned_parcels(order_id, packages, waiting, parts, ())


FAULTS = {
    "cancelled units stay on fulfillment orders": (warehouse_cancelling, "cancel_units", _nothing),
    "progress is not reported to the order": (progress, "report_progress", _nothing),
    "lost units are not allocated again": (allocating, "allocate", _nothing),
    "the return of a parcel is applied to its shipment": (
        returned_parcels,
        "read_returned_parcels",
        _all_of_it,
    ),
}


QUICK_SEEDS = {"cancelled units stay on fulfillment orders": 2}


@pytest.mark.divided
@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_machine_detects_a_planted_fault(fault: str, monkeypatch: pytest.MonkeyPatch):
    """On one database only, except with RUNS=full, because it tests the machine itself."""
    module, name, broken = FAULTS[fault]
    original = getattr(module, name)
    modules = [found for name, found in sys.modules.items() if name.startswith("app.fulfillment.service")]
    for each in [module, *modules]:
        if getattr(each, name, None) is original:
            monkeypatch.setattr(each, name, broken)
    with pytest.raises(BaseException) as caught:  # hypothesis may group what it found
        await play_until_it_fails(Life, 400, QUICK_SEEDS.get(fault))
    assert any(word in str(caught.getrepr()) for word in ("differences", "assert", "constraint"))
