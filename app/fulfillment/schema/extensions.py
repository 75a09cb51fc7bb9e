"""Fields that fulfillment adds to orders and to the tracking page."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.characters import harmless_line
from app.core.graphql.empty import link_or_none
from app.core.graphql.levels import level_field
from app.core.graphql.policy import OWN_SCOPE, PART_OF_IT, field
from app.core.graphql.scalars import doc
from app.core.ids import to_global
from app.core.scope import EVERYWHERE, Scope
from app.fulfillment import queries
from app.fulfillment.contents import read
from app.fulfillment.events import ShipmentTracked, ShipmentTrackingCorrected
from app.fulfillment.lifecycle import FulfillmentOrderStatus, ShipmentStage
from app.fulfillment.schema.types import VIEW, FulfillmentOrder, Shipment
from app.fulfillment.service.warehouse.pickups import PICKUP
from app.inventory.stock import queries as stock
from app.orders.schema.tracking import TrackingEvent


@strawberry.type
class OrderFulfillment:
    @level_field(list[FulfillmentOrder] | None, VIEW, reach=OWN_SCOPE)
    async def fulfillment_orders(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Fulfillment orders of the order, oldest first, limited to locations for which the caller has the
        permission FULFILLMENT_VIEW; null without this permission."""
        found = await info.context.load_many(queries.by_order, [root.id for root in roots])
        return _of(info.context.actor.scope_of(Permission.FULFILLMENT_VIEW), found)

    @level_field(list[Shipment], reach=PART_OF_IT)
    async def shipments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Shipments of the order, oldest first; staff limited to certain locations see only shipments from
        these."""
        found = await info.context.load_many(queries.shipments_by_order, [root.id for root in roots])
        return _of(_shipments_seen_by(info.context.actor), found)


def _shipments_seen_by(actor: Actor) -> Scope:
    """The scope in which an actor sees shipments of an order that it may see; unlimited for buyers."""
    staff = (actor.scope_of(Permission.ORDERS_VIEW), actor.scope_of(Permission.FULFILLMENT_VIEW))
    areas = tuple(area for scope in staff for area in scope.areas)
    return Scope(areas) if areas else EVERYWHERE


def _of(scope: Scope, found: Sequence[Sequence[Any]]) -> list[Any]:
    if scope.is_everywhere:
        return list(found)
    return [[row for row in rows if scope.covers(row.channel_id, row.location_id)] for rows in found]


@strawberry.type
class PickupProgress:
    @field()
    async def ready_at(self, root: strawberry.Parent[Any], info: strawberry.Info) -> datetime | None:
        """Time from which the order, or a part of it, is ready; null if nothing waits for its pick-up."""
        rows = await _ready(root, info)
        return min((row.ready_at for row in rows), default=None)

    @field()
    async def keep_until(self, root: strawberry.Parent[Any], info: strawberry.Info) -> date | None:
        """Last day on which everything that is ready can be picked up, in the time zone of the location; null
        if nothing waits for its pick-up."""
        rows = await _ready(root, info)
        return min((row.keep_until for row in rows), default=None)


async def _ready(root: Any, info: strawberry.Info) -> list[Any]:
    """The fulfillment orders of an order that wait for their pick-up."""
    rows = await info.context.load(queries.by_order, root.order_id)
    return [row for row in rows if row.status is FulfillmentOrderStatus.READY]


@strawberry.type(description="Units of a lot, or a serial number, shipped for an order line.")
class OrderLineLot:
    sku: str = doc("The SKU; for a bundle, the SKU of the component.")
    number: str = doc("Lot number or serial number.")
    quantity: int = doc("Number of units.")
    is_serial: bool = doc("Whether this is a single unit with a serial number.")
    expires_on: date | None = doc("Expiry date (last day of use); null if the lot does not expire.")


@strawberry.type
class OrderLineLots:
    @level_field(list[OrderLineLot])
    async def lots(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Lots and serial numbers that were shipped and not returned; empty if there are none."""
        return await _lots(roots, info)

    @level_field(list[str])
    async def serials(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Serial numbers that were shipped and not returned; empty if there are none."""
        return [[lot.number for lot in lots if lot.is_serial] for lots in await _lots(roots, info)]


async def _lots(roots: Sequence[Any], info: strawberry.Info) -> list[list[OrderLineLot]]:
    sent = await info.context.load_many(queries.lots_by_order_line, [root.id for root in roots])
    keys = list({(lot.variant_id, lot.number) for lots in sent for lot in lots})
    known = dict(zip(keys, await info.context.load_many(stock.lots_by_number, keys), strict=True))
    return [
        [
            OrderLineLot(
                sku=lot.sku,
                number=lot.number,
                quantity=lot.quantity,
                is_serial=found.is_serial,
                expires_on=found.expires_on,
            )
            for lot in lots
            if (found := known[lot.variant_id, lot.number]) is not None
        ]
        for lots in sent
    ]


@strawberry.type(description="A line in a package, as shown on the tracking page.")
class TrackingContent:
    name: str = doc("Name of the item.")
    quantity: int = doc("Number of units.")


@strawberry.type(description="A package, as shown on the tracking page.")
class TrackingPackage:
    id: strawberry.ID = doc("ID of the package, as used in `TrackingEvent.packageId`.")
    shipment_id: strawberry.ID = doc("ID of the shipment, as used in `TrackingEvent.shipmentId`.")
    carrier: str = doc("Name of the carrier if it is configured, otherwise its code.")
    tracking_number: str | None = doc("Tracking number of the carrier; null if there is none.")
    tracking_url: str | None = link_or_none("URL of the carrier's tracking page; null if there is none.")
    stage: ShipmentStage = doc("Tracking stage of the package.")
    stage_title: str = doc("Stage in English; for other languages, use `stage` as a key.")
    shipped_at: datetime = doc("Time of shipping.")
    delivered_at: datetime | None = doc("Time of delivery; null before.")
    contents: list[TrackingContent] = doc("Contents of the package.")


async def tracking_packages(order_id: UUID) -> list[TrackingPackage]:
    """The shipped parcels of an order, oldest first."""
    (every,) = await queries.shipments_by_order([order_id])
    shipments = [shipment for shipment in every if shipment.carrier != PICKUP]  # not handed over
    packages = await queries.packages_by_shipment([shipment.id for shipment in shipments])
    names = await queries.carrier_names({shipment.carrier for shipment in shipments}) if shipments else {}
    return [
        TrackingPackage(
            id=strawberry.ID(to_global("Package", package.id)),
            shipment_id=strawberry.ID(to_global("Shipment", shipment.id)),
            carrier=harmless_line(names.get(package.carrier, package.carrier)),
            tracking_number=package.tracking_number,
            tracking_url=package.tracking_url,
            stage=package.stage,
            stage_title=package.stage.description,
            shipped_at=shipment.shipped_at,
            delivered_at=package.delivered_at,
            contents=[
                TrackingContent(name=harmless_line(each.name), quantity=each.quantity)
                for each in read(package.contents)
            ],
        )
        for shipment, own in zip(shipments, packages, strict=True)
        for package in own
    ]


@strawberry.type
class TrackingPackages:
    @field()
    async def packages(self, root: strawberry.Parent[Any]) -> list[TrackingPackage]:
        """Shipped packages, oldest first."""
        return await tracking_packages(root.order_id)


_OF_STAGES = (ShipmentTracked.name(), ShipmentTrackingCorrected.name())


def stage_of(event: TrackingEvent) -> ShipmentStage | None:
    """The stage in an event; None if it has none."""
    return ShipmentStage(event.facts["stage"]) if event.name in _OF_STAGES else None


def shipment_of(event: TrackingEvent) -> strawberry.ID | None:
    """The shipment of an event; None if it has none."""
    return _named("Shipment", event.facts.get("shipment_id"))


def package_of(event: TrackingEvent) -> strawberry.ID | None:
    """The single parcel of an event; None if it has none or is about a whole shipment."""
    return _named("Package", event.facts.get("package_id"))


@strawberry.type
class TrackingEventOfParcel:
    @field()
    def stage(self, root: strawberry.Parent[Any]) -> ShipmentStage | None:
        """Stage of the package after the event, if reported by a carrier; null otherwise."""
        return stage_of(root)

    @field()
    def shipment_id(self, root: strawberry.Parent[Any]) -> strawberry.ID | None:
        """ID of the shipment; null for events that concern the order as a whole."""
        return shipment_of(root)

    @field()
    def package_id(self, root: strawberry.Parent[Any]) -> strawberry.ID | None:
        """ID of the package; null for events that concern the order or a whole shipment."""
        return package_of(root)


def _named(kind: str, id: str | None) -> strawberry.ID | None:
    return strawberry.ID(to_global(kind, UUID(id))) if id else None
