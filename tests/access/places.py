"""Two channels with their own locations that sell the same products, each with one object of every kind."""

from dataclasses import dataclass, field
from uuid import UUID

from app.access.service import PUBLIC
from app.catalog.lifecycle import Tracking
from app.catalog.queries import variant_by_sku
from app.catalog.service.pricing import set_price
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import from_global, new_id, to_global
from app.core.journal.sequencing import sequence
from app.core.uow import transact
from app.fulfillment import queries as fulfillment
from app.fulfillment.service.carriers import manifests
from app.fulfillment.service.warehouse import pick_lists, releasing, shipping
from app.inventory.counts.service import start_count
from app.inventory.locations import service as location_service
from app.inventory.locations.models import Location
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.models import Receipt
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock.service import inbound, lot_tracking
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.transfers import service as transfers
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from app.notifications import service as notifications
from app.notifications.back_in_stock import requesting
from app.notifications.lifecycle import MessageKind
from app.suppliers.models import Supplier
from app.suppliers.service import ordering, receiving, returning, suppliers
from app.suppliers.service.lines import PurchaseItem
from app.suppliers.service.ordering import PurchaseOrderData
from app.suppliers.service.returning import ReturnedItem, SupplierReturnData
from tests import make
from tests.ask import Api

SKU = "MUG"
SKU_WITH_LOTS = "TEA"


LIMITS = ("locations", "channels")


@dataclass
class Place:
    """A channel that sells from two locations of its own, with its objects by placeholder."""

    shop: make.Shop
    annex: Location
    ids: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def locations(self) -> list[Location]:
        return [self.shop.location, self.annex]

    def named(self) -> dict[str, str]:
        """The ids and codes of its objects, by placeholder."""
        return self.ids | {
            "channel": self.shop.channel.code,
            "location": self.shop.location.code,
            "annex": self.annex.code,
        }

    def unknown(self) -> dict[str, str]:
        """The same placeholders with ids and codes that do not exist."""
        return {name: _another(value) for name, value in self.named().items()}

    def uuids(self) -> set[str]:
        return {str(from_global(id)[1]) for id in self.ids.values()}


def _another(value: str) -> str:
    try:
        return to_global(from_global(value)[0], new_id())
    except ValueError:
        return "nowhere"


async def supplier() -> Supplier:
    return await suppliers.create_supplier(
        SYSTEM, suppliers.SupplierData(code="acme", name="Acme", currency="USD")
    )


async def place(code: str, acme: Supplier, *, is_first: bool) -> Place:
    """A channel with two locations and one object of every kind, each created by its command."""
    shop = await make.shop(code, confirms_at_once=True)
    annex = await make.location(f"{code}-annex")
    await location_service.set_channel_locations(SYSTEM, shop.channel, [shop.location, annex])
    if is_first:
        await shop.sell(SKU, stock=50)
        await shop.sell(SKU_WITH_LOTS, stock=None)
        tea = await variant_by_sku(SKU_WITH_LOTS)
        assert tea is not None
        await lot_tracking.set_tracking(SYSTEM, tea.id, Tracking.LOT)
    else:
        await set_price(SYSTEM, shop.prices, sku=SKU, amount_minor=1000)
        await shop.stock(SKU, 50)
    made = Place(shop, annex)
    made.ids["location_id"] = to_global("Location", shop.location.id)
    made.ids["annex_id"] = to_global("Location", annex.id)
    await _stock(made)
    await _purchasing(made, acme)
    await _work(made)
    await shop.sell(f"GONE-{code}", stock=None)
    wanted = {"channel": code, "sku": f"GONE-{code}", "email": f"{code}@example.com"}
    await requesting.ask_to_be_told(PUBLIC, **wanted)
    return made


async def _stock(made: Place) -> None:
    here = made.shop.location
    lot = LotData(f"LOT-{made.shop.channel.code}", 3)
    received = [ReceivedLine(SKU, 5), ReceivedLine(SKU_WITH_LOTS, 3, lots=[lot])]
    receipt = await receiving_service.receive(SYSTEM, location=here, lines=received)
    incoming = await inbound.expect(SYSTEM, sku=SKU, location=here, quantity=3, expected_on=clock.today())
    data = TransferData(here, made.annex, [TransferItem(SKU, 2)])
    transfer = await transfers.create_transfer(SYSTEM, data)
    count = await start_count(SYSTEM, here)
    made.ids |= {
        "receipt_id": to_global("StockReceipt", receipt.id),
        "incoming_id": to_global("StockIncoming", incoming.id),
        "transfer_id": to_global("StockTransfer", transfer.id),
        "count_id": to_global("StockCount", count.id),
    }


async def _purchasing(made: Place, acme: Supplier) -> None:
    data = PurchaseOrderData(acme, made.shop.location, [PurchaseItem(SKU, 4, 300)])
    draft = await ordering.create_purchase_order(SYSTEM, data)
    order = await ordering.create_purchase_order(SYSTEM, data)
    await ordering.send_purchase_order(SYSTEM, order.id)
    await receiving.receive_purchase_order(SYSTEM, order.id)
    receipt = await Receipt.get(source_id=order.id)
    back = await returning.create_supplier_return(
        SYSTEM, SupplierReturnData(acme, made.shop.location, [ReturnedItem(SKU, 1, 300)])
    )
    made.ids |= {
        "purchase_order_id": to_global("PurchaseOrder", draft.id),
        "received_order_id": to_global("PurchaseOrder", order.id),
        "bought_receipt_id": to_global("StockReceipt", receipt.id),
        "return_id": to_global("SupplierReturn", back.id),
    }


async def _work(made: Place) -> None:
    """An order that is being picked, and a shipped one."""
    code = made.shop.channel.code
    (picked,) = await _allocated(code)
    await releasing.release(SYSTEM, picked)
    walk = await pick_lists.create_list(SYSTEM, made.shop.location)
    (sent,) = await _allocated(code)
    await releasing.release(SYSTEM, sent)
    await shipping.ship(SYSTEM, sent, shipping.ShipData(carrier="postal", tracking_numbers=[f"T-{code}"]))
    (shipments,) = await fulfillment.shipments_by_fulfillment_order([sent])
    (packages,) = await fulfillment.packages_by_shipment([shipments[0].id])
    manifest = await manifests.create_manifest(SYSTEM, made.shop.location, carrier="postal")
    (work,) = await fulfillment.by_id([picked])
    assert work is not None
    kind = MessageKind.SUPPLIER_REQUEST
    await transact(SYSTEM, lambda w: notifications.queue(w, kind, f"{code}@example.com", picked))
    made.ids |= {
        "work_id": to_global("FulfillmentOrder", picked),
        "sent_id": to_global("FulfillmentOrder", sent),
        "order_id": to_global("Order", work.order_id),
        "pick_list_id": to_global("PickList", walk.id),
        "shipment_id": to_global("Shipment", shipments[0].id),
        "package_id": to_global("Package", packages[0].id),
        "manifest_id": to_global("Manifest", manifest.id),
    }


async def _allocated(channel: str) -> list[UUID]:
    order = await make.order((SKU, 1), channel=channel)
    return [row.id for row in await fulfillment.of_order(order.id)]


@dataclass
class World:
    """Both places, a token without limits, and tokens limited to the own place by locations or by channel."""

    own: Place
    other: Place
    all: Api
    limited: dict[str, Api]


async def two_places(api: Api) -> World:
    acme = await supplier()
    own = await place("columbus", acme, is_first=True)
    other = await place("reno", acme, is_first=False)
    await sequence()  # the last events may not have a position yet
    return World(
        own,
        other,
        api.as_(await make.token()),
        {
            "locations": api.as_(await make.token(locations=own.locations)),
            "channels": api.as_(await make.token(channels=[own.shop.channel])),
        },
    )
