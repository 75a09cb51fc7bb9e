"""What fulfilment adds to orders, and to the page that a buyer is shown."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.characters import harmless_line
from app.core.graphql.empty import link_or_none
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.policy import OWN_SCOPE, PART_OF_IT, field
from app.core.graphql.scalars import doc
from app.core.ids import to_global
from app.core.scope import EVERYWHERE, Scope
from app.fulfillment import queries
from app.fulfillment.contents import read
from app.fulfillment.events import ShipmentTracked, ShipmentTrackingCorrected
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.schema.types import VIEW, FulfillmentOrder, Shipment
from app.inventory import queries as stock
from app.orders.schema import Order
from app.orders.schema.tracking import OrderTracking, TrackingEvent
from app.orders.schema.types import OrderLine


@extends(Order)
class OrderFulfillment:
    @level_field(list[FulfillmentOrder] | None, VIEW, reach=OWN_SCOPE)
    async def fulfillment_orders(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The work that locations were given, the first first. Seen by staff of these locations."""
        found = await info.context.load_many(queries.by_order, [root.id for root in roots])
        return _of(info.context.actor.scope_of(Permission.FULFILLMENT_VIEW), found)

    @level_field(list[Shipment], reach=PART_OF_IT)
    async def shipments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What has left, the first first; for staff of some locations, from these."""
        found = await info.context.load_many(queries.shipments_by_order, [root.id for root in roots])
        return _of(_shipments_seen_by(info.context.actor), found)


def _shipments_seen_by(actor: Actor) -> Scope:
    """From where an actor sees what has left for an order that it sees: a buyer from everywhere."""
    staff = (actor.scope_of(Permission.ORDERS_VIEW), actor.scope_of(Permission.FULFILLMENT_VIEW))
    areas = tuple(area for scope in staff for area in scope.areas)
    return Scope(areas) if areas else EVERYWHERE


def _of(scope: Scope, found: Sequence[Sequence[Any]]) -> list[Any]:
    if scope.is_everywhere:
        return list(found)
    return [[row for row in rows if scope.covers(row.channel_id, row.location_id)] for rows in found]


@strawberry.type(description="Units of a lot, or a serial number, that left for an order line.")
class OrderLineLot:
    sku: str = doc("Of which SKU: of a bundle, which of its components.")
    number: str = doc("The lot's number, or the serial number.")
    quantity: int = doc("How many units.")
    is_serial: bool = doc("Whether it is one unit with a serial number.")
    expires_on: date | None = doc("The last day on which it may be used; null: it does not expire.")


@extends(OrderLine)
class OrderLineLots:
    @level_field(list[OrderLineLot])
    async def lots(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Which lots and serial numbers were sent and did not come back; empty where it has none."""
        return await _lots(roots, info)

    @level_field(list[str])
    async def serials(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The serial numbers that were sent and did not come back; empty where it has none."""
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


@strawberry.type(description="A line in a parcel, as the tracking page shows it.")
class TrackingContent:
    name: str = doc("What it is.")
    quantity: int = doc("How many.")


@strawberry.type(description="A parcel, as the tracking page shows it.")
class TrackingPackage:
    id: strawberry.ID = doc("Its id, by which `TrackingEvent.packageId` names it.")
    shipment_id: strawberry.ID = doc("What it left with, by which `TrackingEvent.shipmentId` names it.")
    carrier: str = doc("Who carries it: the name of a carrier that was set up, else its code.")
    tracking_number: str | None = doc("What the carrier knows it by.")
    tracking_url: str | None = link_or_none("The carrier's page; null without one.")
    stage: ShipmentStage = doc("Where it is.")
    stage_title: str = doc("Where it is, in English; `stage` is the key for words in other languages.")
    shipped_at: datetime = doc("When it left.")
    delivered_at: datetime | None = doc("When it arrived.")
    contents: list[TrackingContent] = doc("What is in it.")


async def tracking_packages(order_id: UUID) -> list[TrackingPackage]:
    """The parcels of an order that have left, the first first."""
    (shipments,) = await queries.shipments_by_order([order_id])
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


@extends(OrderTracking)
class TrackingPackages:
    @field()
    async def packages(self, root: strawberry.Parent[Any]) -> list[TrackingPackage]:
        """The parcels that have left, the first first."""
        return await tracking_packages(root.order_id)


_OF_STAGES = (ShipmentTracked.name(), ShipmentTrackingCorrected.name())


def stage_of(event: TrackingEvent) -> ShipmentStage | None:
    """The stage that an event tells of, None for one that tells of none."""
    return ShipmentStage(event.facts["stage"]) if event.name in _OF_STAGES else None


def shipment_of(event: TrackingEvent) -> strawberry.ID | None:
    """The shipment that an event is about, None for none."""
    return _named("Shipment", event.facts.get("shipment_id"))


def package_of(event: TrackingEvent) -> strawberry.ID | None:
    """The one parcel that an event is about, None for none and for a whole shipment."""
    return _named("Package", event.facts.get("package_id"))


@extends(TrackingEvent)
class TrackingEventOfParcel:
    @field()
    def stage(self, root: strawberry.Parent[Any]) -> ShipmentStage | None:
        """Where the parcel is from then on, where a carrier said so; else null."""
        return stage_of(root)

    @field()
    def shipment_id(self, root: strawberry.Parent[Any]) -> strawberry.ID | None:
        """The shipment that it is about; null for what is about the order as a whole."""
        return shipment_of(root)

    @field()
    def package_id(self, root: strawberry.Parent[Any]) -> strawberry.ID | None:
        """The parcel that it is about; null where it is about the order or a whole shipment."""
        return package_of(root)


def _named(kind: str, id: str | None) -> strawberry.ID | None:
    return strawberry.ID(to_global(kind, UUID(id))) if id else None
