"""The course of one order, as an async generator: each `yield` is the time until the next step."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.money import Money
from app.core.refusals import Refusal
from app.customers.contact import AddressData
from app.fulfillment import queries as fulfillment
from app.fulfillment.lifecycle import FulfillmentOrderStatus, Resolution, ShipmentStage
from app.fulfillment.models import CarrierAccount, FulfillmentOrder
from app.fulfillment.service.carriers import labels, return_to_sender, tracking
from app.fulfillment.service.carriers.tracking import TrackingData
from app.fulfillment.service.suppliers import answers
from app.fulfillment.service.warehouse import (
    boxes,
    drop_shipping,
    packing,
    picking,
    releasing,
    shipping,
    splitting,
)
from app.fulfillment.service.warehouse.packing import PackageData
from app.fulfillment.service.warehouse.picking import Missing, PickData
from app.fulfillment.service.warehouse.shipping import ShipData
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.lifecycle import CancelReason
from app.orders.models import Order
from app.orders.service import cancel_requests, cancelling, editing, holding, placing, rescheduling
from app.orders.service.edits import EditData, LineEdit
from app.orders.service.pricing import LineData, OrderData
from app.payments import service as payments
from app.simulation.ground import CHANNEL, Ground
from app.simulation.histories import Purchase

T = TypeVar("T")

S, P = FulfillmentOrderStatus, ShipmentStage
Story = AsyncIterator[timedelta]
MOST_WAITS = 60  # checks for work, two days apart, before the order is cancelled

_ADDRESSES = {
    "GB": ("High Street", "London", "SW1A 1AA"),
    "DE": ("Hauptstraße", "Berlin", "10115"),
    "FR": ("Rue de la Paix", "Paris", "75002"),
    "IE": ("Main Street", "Dublin", "D02 AF30"),
}


def _somebody(label: str) -> Actor:
    return Actor(ActorKind.SYSTEM, label=label)


STOREFRONT, SERVICE, BUYER = _somebody("storefront"), _somebody("Sam Service"), _somebody("buyer")
PICKERS = [_somebody(name) for name in ("Pia", "Per", "Pablo", "Priya", "Pavel", "Penny")]
CARRIER, SUPPLIER = _somebody("courier"), _somebody("Maker")


@dataclass(slots=True)
class Tally:
    """Successful and refused calls by command."""

    done: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])

    async def attempt(
        self, command: Callable[..., Awaitable[T]], by: Actor, *args: Any, **kwargs: Any
    ) -> T | None:
        """The result of a command; None if it refuses, which is expected."""
        name = getattr(command, "__name__", "command")
        try:
            answer = await command(by, *args, **kwargs)
        except Refusal as refusal:
            self.refused[f"{name}: {type(refusal).__name__}"] += 1
            return None
        self.done[name] += 1
        return answer


@dataclass(slots=True)
class StoryContext:
    """The context of an order's course: everything is shared except the random generator."""

    ground: Ground
    courier: CarrierAccount
    seed: int
    tally: Tally
    rng: random.Random = field(default_factory=random.Random)

    def chance(self, percent: float) -> bool:
        return self.rng.random() * 100 < percent

    def hours(self, least: float, most: float) -> timedelta:
        return timedelta(hours=self.rng.uniform(least, most))

    def story(self, purchase: Purchase) -> Story:
        return _order(replace(self, rng=random.Random(f"{self.seed} {purchase.number}")), purchase)


async def _order(t: StoryContext, purchase: Purchase) -> Story:
    order = await t.tally.attempt(placing.place, STOREFRONT, _data(purchase))
    if order is None:
        return
    if t.chance(80):
        yield t.hours(0, 2)
        await _pay(t, order.id)
    async for wait in _second_thoughts(t, order):
        yield wait
    waits = 0
    while waits < MOST_WAITS:
        yield t.hours(1, 6) if not waits else t.hours(40, 56)
        now = await _now(order.id)
        ahead = await fulfillment.ahead_of_order(order.id)
        if not now.status.is_open or (not ahead and not now.is_waiting):
            break
        waits += 1
        if not ahead or now.open_holds:
            if now.open_holds and t.chance(60):
                await t.tally.attempt(holding.release_holds, SERVICE, order.id, note="Looked into.")
            continue
        for row in ahead:
            async for wait in _work(t, row.id):
                yield wait
    if waits >= MOST_WAITS:
        await t.tally.attempt(cancelling.cancel, SERVICE, order.id, reason=CancelReason.OUT_OF_STOCK)
    await _pay(t, order.id)


def _data(purchase: Purchase) -> OrderData:
    street, city, postcode = _ADDRESSES.get(purchase.country, _ADDRESSES["GB"])
    country = purchase.country if purchase.country in _ADDRESSES else "GB"
    return OrderData(
        channel=CHANNEL,
        lines=[LineData(sku, units) for sku, units in purchase.units.items()],
        email=f"buyer-{purchase.number.replace('/', '-')}@example.com",
        shipping_address=AddressData("Some Buyer", f"{street} 1", city, country, postal_code=postcode),
        shipping_method="standard",
        payment_gateway="manual",
        external_reference=purchase.number,
    )


async def _now(order_id: UUID) -> Order:
    (found,) = await orders.orders_by_id([order_id])
    assert found is not None
    return found


async def _pay(t: StoryContext, order_id: UUID) -> None:
    """Record a payment of the amount due, or a refund of an overpayment."""
    order = await _now(order_id)
    left = due(order)
    if left > 0 and order.status.is_open:
        await t.tally.attempt(payments.record, SERVICE, order_id, Money(left, order.currency))
    elif left < 0:
        await t.tally.attempt(payments.refund, SERVICE, order_id, Money(-left, order.currency))


async def _second_thoughts(t: StoryContext, order: Order) -> Story:
    """Changes by buyers and customer service before fulfillment begins."""
    fate = t.rng.random() * 100
    lines = await orders.lines(order.id) if fate < 9 else []
    if fate < 1:
        yield t.hours(0, 1)
        await t.tally.attempt(cancelling.cancel, BUYER, order.id, reason=CancelReason.CUSTOMER)
    elif fate < 3:
        yield t.hours(0, 1)
        line = t.rng.choice(lines)
        units = t.rng.randint(1, line.quantity)
        await t.tally.attempt(
            cancelling.cancel, SERVICE, order.id, reason=CancelReason.CUSTOMER, lines={line.id: units}
        )
    elif fate < 6:
        yield t.hours(0, 1)
        line = t.rng.choice(lines)
        change = LineEdit(line.id, quantity=max(0, line.quantity + t.rng.choice([-2, -1, 1, 2, 5])))
        edit = EditData(lines=[change], reason="The buyer rang.")
        await t.tally.attempt(editing.preview_edit, SERVICE, order.id, edit)
        await t.tally.attempt(editing.edit, SERVICE, order.id, edit)
    elif fate < 7.5:
        await t.tally.attempt(holding.hold, SERVICE, order.id, reason="It looks odd.")
    elif fate < 9:
        day = (clock.now() + timedelta(days=t.rng.randint(3, 20))).date()
        await t.tally.attempt(rescheduling.reschedule, SERVICE, order.id, promised_on=day, reason="A strike.")


async def _work(t: StoryContext, id: UUID) -> Story:
    """A location processes its fulfillment order from any status, or a supplier does."""
    row = await _row(id)
    if row.status is S.OPEN:
        if t.chance(4) and row.units > 1:
            await _split(t, row)
        if await t.tally.attempt(releasing.release, t.rng.choice(PICKERS), id) is None:
            return
        yield t.hours(0.5, 8)
    if row.is_drop_ship:
        async for wait in _direct(t, id):
            yield wait
        return
    async for wait in _by_hand(t, id, t.rng.choice(PICKERS)):
        yield wait
    if (await _row(id)).status is not S.PACKED:
        return
    if await t.tally.attempt(shipping.ship, t.rng.choice(PICKERS), id, ShipData()) is not None:
        async for wait in _journey(t, id):
            yield wait


async def _by_hand(t: StoryContext, id: UUID, picker: Actor) -> Story:
    """Picking and packing, with errors on the way."""
    row = await _row(id)
    if row.status in (S.RELEASED, S.PICKING):
        if t.chance(1):
            await t.tally.attempt(packing.pack, picker, id, [])  # before it is picked: refused
        if await t.tally.attempt(picking.pick, picker, id, await _picked(t, row)) is None:
            return
        yield t.hours(0.2, 3)
        if t.chance(1) and await t.tally.attempt(picking.unpick, picker, id) is not None:
            await t.tally.attempt(picking.pick, picker, id, PickData())
    if t.chance(1):
        await t.tally.attempt(
            cancel_requests.request_cancel, BUYER, row.order_id, reason=CancelReason.CUSTOMER
        )
        yield t.hours(1, 5)
        await _answer_wish(t, row.order_id)
    row = await _row(id)
    if row.status is S.PICKED:
        await t.tally.attempt(packing.pack, picker, id, await _packages(t, row))
        if t.chance(1) and await t.tally.attempt(packing.unpack, picker, id) is not None:
            await t.tally.attempt(packing.pack, picker, id, [])
        if t.chance(25):
            await t.tally.attempt(labels.buy_labels, picker, id, t.courier)
        yield t.hours(0.2, 6)


async def _row(id: UUID) -> FulfillmentOrder:
    (found,) = await fulfillment.by_id([id])
    assert found is not None
    return found


async def _split(t: StoryContext, row: FulfillmentOrder) -> None:
    line = t.rng.choice(await fulfillment.lines_of([row.id]))
    units = t.rng.randint(1, line.quantity)
    made = await t.tally.attempt(splitting.split, SERVICE, row.id, {line.id: units})
    if made is not None and t.chance(30):
        await t.tally.attempt(splitting.merge, SERVICE, row.id, [made.id])


async def _picked(t: StoryContext, row: FulfillmentOrder) -> PickData:
    """Everything is picked; sometimes a shelf has less than recorded."""
    if not t.chance(2):
        return PickData()
    line = t.rng.choice(await fulfillment.lines_of([row.id]))
    return PickData(missing=[Missing(line.sku, t.rng.randint(1, line.quantity))])


async def _packages(t: StoryContext, row: FulfillmentOrder) -> list[PackageData]:
    return await boxes.proposed_packages(row) if t.chance(30) else []


async def _answer_wish(t: StoryContext, order_id: UUID) -> None:
    request = await orders.open_cancel_request(order_id)
    if request is not None:
        command = cancel_requests.grant_cancel if t.chance(50) else cancel_requests.decline_cancel
        if await t.tally.attempt(command, SERVICE, request.id) is None:
            await t.tally.attempt(cancel_requests.decline_cancel, SERVICE, request.id)


async def _direct(t: StoryContext, id: UUID) -> Story:
    """A supplier answers, and mostly ships."""
    yield t.hours(2, 40)
    if (await _row(id)).status is S.SUBMITTED:
        if t.chance(8):
            await t.tally.attempt(answers.reject, SUPPLIER, id, reason="Sold out.")
            return
        if t.chance(70):
            await t.tally.attempt(answers.accept, SUPPLIER, id)
            yield t.hours(5, 60)
    sent = ShipData(carrier="maker-post", tracking_numbers=[f"M{id.hex[-10:]}"])
    if await t.tally.attempt(drop_shipping.ship_direct, SUPPLIER, id, sent) is not None:
        async for wait in _journey(t, id):
            yield wait


async def _journey(t: StoryContext, id: UUID) -> Story:
    """The carrier's messages, some of them late, repeated or missing."""
    ((shipment, *_),) = await fulfillment.shipments_by_fulfillment_order([id])
    fate = t.rng.random() * 100
    way = [P.IN_TRANSIT, P.OUT_FOR_DELIVERY]
    if fate < 3:
        way += [P.FAILED_ATTEMPT, P.OUT_FOR_DELIVERY]
    last = P.RETURNED_TO_SENDER if fate > 98.8 else P.DELIVERED
    late: list[TrackingData] = []
    for stage in [*way, last]:
        yield t.hours(3, 30)
        data = TrackingData(stage, at=clock.now(), source="courier", reference=f"{stage.value}-{len(late)}")
        if stage is not last and t.chance(10):
            late.append(data)
            continue
        await t.tally.attempt(tracking.record, CARRIER, shipment.id, data)
        if t.chance(5):
            await t.tally.attempt(tracking.record, CARRIER, shipment.id, data)
    for data in late:
        yield t.hours(1, 5)
        await t.tally.attempt(tracking.record, CARRIER, shipment.id, data)
    if last is P.RETURNED_TO_SENDER:
        yield t.hours(5, 50)
        again = Resolution.SEND_AGAIN if t.chance(60) else Resolution.CANCEL
        await t.tally.attempt(return_to_sender.receive_back, SERVICE, shipment.id, resolution=again)
