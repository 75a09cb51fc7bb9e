"""What fulfilment adds to orders, and to the page that a buyer is shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from app.core.actor import Actor
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.policy import field
from app.core.graphql.scalars import doc
from app.fulfillment import queries
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.schema.types import VIEW, FulfillmentOrder, Shipment
from app.orders.schema import Order
from app.orders.schema.tracking import OrderTracking


@extends(Order)
class OrderFulfillment:
    @level_field(list[FulfillmentOrder] | None, VIEW)
    async def fulfillment_orders(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The work that locations were given, the first first. Seen by staff of these locations."""
        found = await info.context.load_many(queries.by_order, [root.id for root in roots])
        return _where_seen(info.context.actor, found)

    @level_field(list[Shipment])
    async def shipments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What has left, the first first; for staff of some locations, from these."""
        found = await info.context.load_many(queries.shipments_by_order, [root.id for root in roots])
        return _where_seen(info.context.actor, found)


def _where_seen(actor: Actor, found: Sequence[Sequence[Any]]) -> list[Any]:
    return [[row for row in rows if actor.may_at(row.location_id)] for rows in found]


@strawberry.type(description="A line in a parcel, as the tracking page shows it.")
class TrackingContent:
    name: str = doc("What it is.")
    quantity: int = doc("How many.")


@strawberry.type(description="A parcel, as the tracking page shows it.")
class TrackingPackage:
    carrier: str = doc("Who carries it: the name of a carrier that was set up, else its code.")
    tracking_number: str | None = doc("What the carrier knows it by.")
    tracking_url: str = doc("The carrier's page; may be empty.")
    stage: ShipmentStage = doc("Where it is.")
    stage_title: str = doc("Where it is, in the buyer's words.")
    shipped_at: datetime = doc("When it left.")
    delivered_at: datetime | None = doc("When it arrived.")
    contents: list[TrackingContent] = doc("What is in it.")


@extends(OrderTracking)
class TrackingPackages:
    @field()
    async def packages(self, root: strawberry.Parent[Any]) -> list[TrackingPackage]:
        """The parcels that have left, the first first."""
        (shipments,) = await queries.shipments_by_order([root.order_id])
        packages = await queries.packages_by_shipment([shipment.id for shipment in shipments])
        names = await queries.carrier_names({shipment.carrier for shipment in shipments}) if shipments else {}
        return [
            TrackingPackage(
                carrier=names.get(package.carrier, package.carrier),
                tracking_number=package.tracking_number,
                tracking_url=package.tracking_url,
                stage=package.stage,
                stage_title=package.stage.description,
                shipped_at=shipment.shipped_at,
                delivered_at=package.delivered_at,
                contents=[
                    TrackingContent(name=each["name"], quantity=each["quantity"]) for each in package.contents
                ],
            )
            for shipment, own in zip(shipments, packages, strict=True)
            for package in own
        ]
