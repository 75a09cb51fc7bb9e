"""The later life of the demo shop's orders: most were shipped, and one has many events."""

import random
from datetime import timedelta
from uuid import UUID

from rich.progress import Progress

from app.catalog import queries as catalog_queries
from app.catalog.lifecycle import ProductStatus
from app.catalog.service import pricing, products
from app.catalog.service.products import ProductData
from app.catalog.service.variants import VariantData
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.refusals import Refusal
from app.core.uow import UnitOfWork, transact
from app.customers.contact import AddressData
from app.demo.ground import Shop
from app.fulfillment import queries
from app.fulfillment.carrier_adapters.kinds import CarrierKind
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.service.carriers import accounts, labels, tracking
from app.fulfillment.service.carriers.accounts import CarrierData
from app.fulfillment.service.carriers.tracking import TrackingData
from app.fulfillment.service.warehouse import boxes, packing, picking, releasing, shipping
from app.fulfillment.service.warehouse.boxes import BoxData
from app.fulfillment.service.warehouse.picking import Missing, PickData, Scan
from app.fulfillment.service.warehouse.shipping import ShipData
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.orders import queries as orders
from app.orders.lifecycle import CancelReason
from app.orders.models import Order
from app.orders.service import cancelling, editing, placing, rescheduling
from app.orders.service.edits import EditData, LineEdit
from app.orders.service.pricing import LineData, OrderData
from app.settings import settings

COURIER = "swift"
TAG = "tour"
TWINE, BENCH = "TWINE-JUTE", "BENCH-WALNUT"
SENT_AFTER = timedelta(days=3)

_WIM = Actor(ActorKind.SYSTEM, label="Wim Warehouse")
_SAM = Actor(ActorKind.SYSTEM, label="Sam Service")
_SWIFT = Actor(ActorKind.SYSTEM, label="Swift Courier")
P = ShipmentStage


async def set_up_sending(shop: Shop) -> None:
    """Create a carrier with printed labels, boxes, and the products of the example order."""
    reno, columbus = shop.locations[:2]

    async def write(uow: UnitOfWork) -> None:
        await accounts.set_carrier(
            uow,
            CarrierData(
                COURIER, "Swift Courier", CarrierKind.LABELS, "https://swift.example.com/track/{number}"
            ),
        )
        for code, name, sides, grams in (
            ("s", "Small box", (220, 160, 110), 3_000),
            ("m", "Medium box", (400, 300, 200), 10_000),
            ("xl", "Bench crate", (1_300, 500, 450), 40_000),
        ):
            box = BoxData(code, name, *sides, most_grams=grams, empty_grams=grams // 30)
            await boxes.set_box(uow, box)
        await _goods(uow, shop, "Jute Twine", TWINE, 640, 180, (90, 90, 120))
        await _goods(uow, shop, "Walnut Bench", BENCH, 18_900, 14_000, (1_200, 380, 420))
        cost = Cost(250, settings().cost_currency)
        await receiving_service.receive(uow, location=reno, lines=[ReceivedLine(TWINE, 40, cost)])
        bench = ReceivedLine(BENCH, 6, Cost(9_100, settings().cost_currency))
        # Too few for an order of four from there, enough for what is missing in Reno.
        await receiving_service.receive(uow, location=columbus, lines=[ReceivedLine(TWINE, 3, cost), bench])

    await transact(SYSTEM, write)


async def _goods(
    uow: UnitOfWork, shop: Shop, name: str, sku: str, price: int, grams: int, sides: tuple[int, int, int]
) -> None:
    length, width, height = sides
    variant = VariantData(sku=sku, weight_grams=grams, length_mm=length, width_mm=width, height_mm=height)
    await products.create_product(
        uow,
        ProductData(name=name, category="garden", status=ProductStatus.PUBLISHED, variants=[variant]),
    )
    prices = await catalog_queries.price_list(f"{shop.web.code}-retail")
    assert prices is not None
    await pricing.set_price(uow, prices, sku=sku, amount_minor=price)


async def ship_old_orders(rng: random.Random, progress: Progress) -> None:
    """Orders of some days ago were shipped, and most were delivered."""
    before = clock.now() - SENT_AFTER
    placed = orders.visible_to(SYSTEM).filter(placed_at__lt=before, fulfillment_status="allocated")
    found = await placed.order_by("placed_at").limit(60)
    task = progress.add_task("Parcels", total=len(found))
    for order in found:
        assert order.placed_at is not None
        with clock.shifted(order.placed_at + timedelta(days=1) - clock.now()):
            for row in await queries.of_order(order.id):
                await _send(rng, row.id)
        progress.advance(task)


async def _send(rng: random.Random, id: UUID) -> None:
    try:
        await releasing.release(_WIM, id)
        await picking.pick(_WIM, id, PickData())
        await packing.pack(_WIM, id, [])
        await shipping.ship(_WIM, id, ShipData())
    except Refusal:
        return  # such as tracked batches that must be scanned: it stays
    if rng.random() < 0.8:
        ((shipment, *_),) = await queries.shipments_by_fulfillment_order([id])
        with clock.shifted(timedelta(days=1)):
            await tracking.deliver(_SWIFT, shipment.id)


async def create_example_order(shop: Shop) -> Order:
    """One order in two parcels that is split, edited, short-picked, partially cancelled and delayed."""
    with clock.shifted(-timedelta(days=5)):
        order = await placing.place(
            Actor(ActorKind.SYSTEM, label="storefront"),
            OrderData(
                channel=shop.web.code,
                lines=[LineData(TWINE, 4), LineData(BENCH, 2)],
                email="ada@example.com",
                shipping_address=AddressData(
                    "Ada Lovelace", "12 Main Street", "Springfield", "US", region="IL", postal_code="62701"
                ),
                shipping_method="standard",
                payment_gateway="manual",
                tags=[TAG],
            ),
        )
        twine, bench = await orders.lines(order.id)
        change = LineEdit(twine.id, quantity=5)
        await editing.edit(_SAM, order.id, EditData(lines=[change], reason="One more, she rang."))
    with clock.shifted(-timedelta(days=4)):
        reno, columbus = await queries.of_order(order.id)
        await releasing.release(_WIM, reno.id)
        # Two of five are missing; the other warehouse has them.
        await picking.pick(_WIM, reno.id, PickData(scans=[Scan(TWINE, 3)], missing=[Missing(TWINE, 2)]))
        await cancelling.cancel(_SAM, order.id, reason=CancelReason.CUSTOMER, lines={bench.id: 1})
        day, reason = clock.today() + timedelta(days=12), "The bench gets another coat of oil."
        await rescheduling.reschedule(_SAM, order.id, promised_on=day, reason=reason)
        await _label_and_ship(reno.id)
    with clock.shifted(-timedelta(days=2)):
        await _say(reno.id, P.IN_TRANSIT, "Sorted in Salt Lake City")
        await releasing.release(_WIM, columbus.id)
        await picking.pick(_WIM, columbus.id, PickData())
        await _label_and_ship(columbus.id)
    with clock.shifted(-timedelta(hours=20)):
        await _say(reno.id, P.OUT_FOR_DELIVERY)
        await _say(columbus.id, P.IN_TRANSIT, "Left Columbus")
    with clock.shifted(-timedelta(hours=16)):
        await _say(reno.id, P.DELIVERED, signed_by="A. Lovelace")
    return order


async def _label_and_ship(id: UUID) -> None:
    (row,) = await queries.by_id([id])
    assert row is not None
    await packing.pack(_WIM, id, await boxes.proposed_packages(row))
    await labels.buy_labels(_WIM, id, await queries.carrier(SYSTEM, COURIER))
    await shipping.ship(_WIM, id, ShipData())


async def _say(id: UUID, stage: ShipmentStage, text: str = "", signed_by: str = "") -> None:
    ((shipment, *_),) = await queries.shipments_by_fulfillment_order([id])
    said = TrackingData(stage, text=text, source=COURIER, signed_by=signed_by)
    await tracking.record(_SWIFT, shipment.id, said)
