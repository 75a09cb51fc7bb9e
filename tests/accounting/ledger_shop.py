"""The shop of the ledger machine: two currencies, two tax rates, a gateway, and what buyers and staff do."""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.access.permissions import Permission
from app.channels import service as channels
from app.channels.lifecycle import TaxRounding
from app.channels.models import Channel
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, grants_of
from app.core.refusals import Refusal
from app.customers import service as customers
from app.customers.service import CustomerData
from app.fulfillment import queries as fulfillment
from app.fulfillment.lifecycle import FulfillmentOrderStatus as S
from app.fulfillment.lifecycle import Resolution, ShipmentStage
from app.fulfillment.service.carriers import return_to_sender, tracking
from app.fulfillment.service.carriers.tracking import TrackingData
from app.fulfillment.service.warehouse import packing, picking, releasing, shipping, splitting
from app.fulfillment.service.warehouse.packing import PackageData
from app.fulfillment.service.warehouse.picking import PickData
from app.fulfillment.service.warehouse.shipping import ShipData
from app.inventory.locations import service as locations
from app.inventory.receiving import service as receiving
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock.lifecycle import StockReason
from app.inventory.stock.service import adjusting
from app.inventory.stock.service.adjusting import LevelData
from app.inventory.transfers import service as transfers
from app.inventory.transfers.service.arrivals import Arrived
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from app.orders import queries as orders
from app.orders.lifecycle import CancelReason
from app.orders.service import cancelling, editing, placing
from app.orders.service.edits import EditData, LineEdit
from app.payments.gateways.kinds import GatewayKind
from app.payments.service import accounts
from tests import make
from tests.database import empty_all_tables
from tests.machines import Machine
from tests.payments.scripted import SECRET, World

SKUS = ("A", "B", "GIFT")
SHOPS = {"eu": "EUR", "jp": "JPY"}
PRICES = {"eu": {"A": 1199, "B": 333, "GIFT": 2500}, "jp": {"A": 1190, "B": 455, "GIFT": 3000}}
WAREHOUSE = Actor(
    ActorKind.STAFF,
    label="warehouse",
    grants=grants_of({Permission.FULFILLMENT_VIEW, Permission.FULFILLMENT_MANAGE, Permission.ORDERS_VIEW}),
)
units, index = st.integers(1, 3), st.integers(0, 10_000)
wanted = st.dictionaries(st.sampled_from(SKUS), units, min_size=1)


class Shop(Machine):
    """Orders and stock. Each command may be refused; what it leaves is checked by the machine."""

    def attempt(self, work: Any) -> Any:
        """The result of a command; None if it refuses."""
        try:
            return self.run(work)
        except Refusal:
            return None

    def one(self, rows: list[Any], at: int) -> Any:
        return rows[at % len(rows)]

    def begin(self, first: dict[str, int], second: dict[str, int]) -> None:
        self.orders: list[UUID] = []
        self.time = ExitStack()
        self.number = 0
        GatewayKind.STRIPE.adapter.world = World()  # type: ignore[attr-defined]
        self.run(self._open())
        for code, lines in (("eu", {"A": 2, "B": 1, "GIFT": 1}), ("eu", first), ("jp", second)):
            self.place(code, lines, False, 0)

    async def _open(self) -> None:
        await empty_all_tables()
        self.channels: dict[str, Channel] = {}
        eu = await make.shop("eu", currency="EUR", prices_include_tax=True, confirms_at_once=True)
        jp = await make.shop("jp", currency="JPY", confirms_at_once=True)
        await Channel.filter(code="jp").update(tax_rounding=TaxRounding.RATE)
        self.places = [eu.location, await make.location("second")]
        for shop in (eu, jp):
            await locations.set_channel_locations(SYSTEM, shop.channel, self.places)
            self.channels[shop.channel.code] = shop.channel
        await make.tax(rate="0.19")
        await _reduced_rate()
        await eu.sell("A", stock=20, price=PRICES["eu"]["A"])
        await eu.sell("B", stock=20, price=PRICES["eu"]["B"], tax_class="reduced")
        await eu.sell("GIFT", stock=None, price=PRICES["eu"]["GIFT"], is_gift_card=True)
        for sku, minor in PRICES["jp"].items():
            await jp.price(sku, minor)
        await self._receive("A", 30, 0, 777)
        await self._receive("B", 30, 0, 205)
        given = {"name": "Cards", "kind": GatewayKind.STRIPE}
        given["secrets"] = {"secret_key": "key", "webhook_secret": SECRET}
        self.account = await accounts.set_gateway(SYSTEM, "card", given)
        self.customer = await customers.create(SYSTEM, CustomerData(email="ada@example.com", name="Ada"))

    # --- orders ---

    @rule(code=st.sampled_from(sorted(SHOPS)), lines=wanted, by_credit=st.booleans(), card=index)
    def place(self, code: str, lines: dict[str, int], by_credit: bool, card: int) -> None:
        known = getattr(self, "codes", {}).get(code, [])
        given: dict[str, Any] = {"customer_id": self.customer.id} if by_credit else {}
        if by_credit and card % 3:
            given["use_store_credit"] = True
        elif by_credit and known:
            given["gift_card_codes"] = [self.one(known, card)]
        order = self.attempt(placing.place(SYSTEM, make.order_data(*lines.items(), channel=code, **given)))
        if order is not None:
            self.orders.append(order.id)

    @precondition(lambda self: self.orders)
    @rule(at=index, line=index, count=st.integers(0, 4), sku=st.sampled_from([None, None, "A", "B"]))
    def edit(self, at: int, line: int, count: int, sku: str | None) -> None:
        order = self.one(self.orders, at)
        own = [row.id for row in self.run(orders.lines(order))]
        of = None if sku and line % 2 else self.one(own, line)
        self.attempt(editing.edit(SYSTEM, order, EditData(lines=[LineEdit(of, sku, count)])))

    @precondition(lambda self: self.orders)
    @rule(at=index, line=index, count=units, whole=st.integers(0, 3))
    def cancel(self, at: int, line: int, count: int, whole: int) -> None:
        order = self.one(self.orders, at)
        lines = {self.one(self.run(orders.lines(order)), line).id: count} if whole else None
        self.attempt(cancelling.cancel(SYSTEM, order, reason=CancelReason.CUSTOMER, lines=lines))

    # --- the warehouse ---

    @precondition(lambda self: self.orders)
    @rule(at=index, part=st.booleans(), steps=st.sampled_from([4, 4, 4, 2]))
    def ship(self, at: int, part: bool, steps: int) -> None:
        """Take the usual steps of the parcels of an order, or of one unit of it."""
        order = self.one(self.orders, at)
        rows = self.run(fulfillment.of_order(order))
        if part and rows:
            lines = self.run(fulfillment.lines_of([rows[0].id]))
            if lines:
                self.attempt(splitting.split(WAREHOUSE, rows[0].id, {lines[0].id: 1}))
            rows = self.run(fulfillment.of_order(order))[-1:]
        for row in rows:
            for _ in range(steps):
                row = row and self._step(row)

    def _step(self, row: Any) -> Any:
        if row.status is S.OPEN:
            return self.attempt(releasing.release(WAREHOUSE, row.id))
        if row.status in (S.RELEASED, S.PICKING):
            return self.attempt(picking.pick(WAREHOUSE, row.id, PickData()))
        if row.status is S.PICKED:
            return self.attempt(packing.pack(WAREHOUSE, row.id, [PackageData()]))
        if row.status is S.PACKED:
            return self.attempt(shipping.ship(WAREHOUSE, row.id, ShipData()))
        return None

    @precondition(lambda self: self.orders)
    @rule(at=index, resolution=st.sampled_from(Resolution), place=st.integers(0, 1))
    def send_back(self, at: int, resolution: Resolution, place: int) -> None:
        """A shipment comes back to the sender and is received."""
        (found,) = self.run(fulfillment.shipments_by_order([self.one(self.orders, at)]))
        if found:
            shipment = self.one(found, at)
            report = TrackingData(ShipmentStage.RETURNED_TO_SENDER, reference="back")
            self.attempt(tracking.record(WAREHOUSE, shipment.id, report))
            self.attempt(
                return_to_sender.receive_back(
                    SYSTEM, shipment.id, resolution=resolution, location=self.places[place], parcels=[]
                )
            )

    # --- stock ---

    async def _receive(self, sku: str, count: int, place: int, minor: int) -> None:
        line = ReceivedLine(sku, count, Cost(minor, "USD"))
        await receiving.receive(SYSTEM, location=self.places[place], lines=[line], landed=[])

    @rule(sku=st.sampled_from("AB"), count=units, place=st.integers(0, 1), minor=st.integers(1, 999))
    def receive(self, sku: str, count: int, place: int, minor: int) -> None:
        self.attempt(self._receive(sku, count, place, minor))

    @rule(sku=st.sampled_from("AB"), count=st.integers(0, 40), place=st.integers(0, 1), is_lost=st.booleans())
    def count_or_lose(self, sku: str, count: int, place: int, is_lost: bool) -> None:
        at = self.places[place]
        if is_lost:
            lost = adjusting.adjust(SYSTEM, sku=sku, location=at, change=-1, reason=StockReason.DAMAGE)
            self.attempt(lost)
        else:
            self.attempt(adjusting.set_level(SYSTEM, LevelData(sku, at, count)))

    @rule(sku=st.sampled_from("AB"), count=units, start=st.integers(0, 1), arrived=st.integers(0, 3))
    def transfer(self, sku: str, count: int, start: int, arrived: int) -> None:
        data = TransferData(self.places[start], self.places[1 - start], [TransferItem(sku, count)])
        made = self.attempt(transfers.create_transfer(SYSTEM, data))
        if made is not None and self.attempt(transfers.ship_transfer(SYSTEM, made.id)) is not None:
            got = [Arrived(sku, received=min(arrived, count))]
            self.attempt(transfers.receive_transfer(SYSTEM, made.id, arrived=got, is_complete=True))

    @rule(days=st.sampled_from([1, 8]))
    def wait(self, days: int) -> None:
        self.time.enter_context(clock.shifted(timedelta(days=days)))


async def _reduced_rate() -> None:
    await channels.set_tax_rate(
        SYSTEM, country="US", region="", tax_class="reduced", name="Reduced", rate=Decimal("0.07")
    )
