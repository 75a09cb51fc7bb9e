"""Queries of packages, shipments and tracking records."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, read, rows_by_id
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.models import Package, Shipment, TrackingRecord
from app.fulfillment.queries.orders import within


def shipments_visible_to(actor: Actor) -> QuerySet[Shipment]:
    """The shipments of the channels and locations for which an actor may see such work."""
    return within(Shipment.all(), actor.scope_of(Permission.FULFILLMENT_VIEW))


async def shipment(actor: Actor, id: UUID, *path: str) -> Shipment:
    """A shipment by id.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await shipments_visible_to(actor).get_or_none(id=id)
    if found is None:
        raise NotFound.of("shipment", *(path or ("id",)))
    return found


async def last_day_in_transit(order_id: UUID) -> date | None:
    """The last expected delivery date of an order's shipments; None if unknown."""
    rows = await Shipment.filter(order_id=order_id).exclude(
        stage__in=[ShipmentStage.DELIVERED, ShipmentStage.RETURNED_TO_SENDER]
    )
    return max((row.expected_on for row in rows if row.expected_on is not None), default=None)


async def packages_of(fulfillment_order_ids: Collection[UUID]) -> list[Package]:
    """The packages of some fulfillment orders, in order."""
    if not fulfillment_order_ids:
        return []
    condition = f"{among('fulfillment_order_id', 1)} ORDER BY fulfillment_order_id, position"
    return await read(Package, condition, list(fulfillment_order_ids))


async def packages_by_fulfillment_order(ids: list[UUID]) -> list[list[Package]]:
    """Batch: the packages of each fulfillment order, in order."""
    return grouped(ids, await packages_of(ids), "fulfillment_order_id")


async def packages_by_shipment(ids: list[UUID]) -> list[list[Package]]:
    """Batch: the packages of each shipment, in order."""
    rows = await read(Package, f"{among('shipment_id', 1)} ORDER BY shipment_id, position", ids)
    return grouped(ids, rows, "shipment_id")


async def shipments_by_order(ids: list[UUID]) -> list[list[Shipment]]:
    """Batch: the shipments of each order, oldest first."""
    rows = await read(Shipment, f"{among('order_id', 1)} ORDER BY order_id, shipped_at, id", ids)
    return grouped(ids, rows, "order_id")


async def shipments_by_fulfillment_order(ids: list[UUID]) -> list[list[Shipment]]:
    """Batch: the shipments of each fulfillment order."""
    rows = await read(Shipment, f"{among('fulfillment_order_id', 1)} ORDER BY shipped_at, id", ids)
    return grouped(ids, rows, "fulfillment_order_id")


async def shipments_by_id(ids: list[UUID]) -> Sequence[Shipment | None]:
    """Batch: the shipment of each id."""
    return in_order(ids, await rows_by_id(Shipment, ids))


async def packages_by_tracking(carrier: str, number: str) -> list[Package]:
    """The packages with a carrier's tracking number; numbers may be reused after years."""
    return await read(
        Package, "carrier = $1 AND tracking_number = $2 AND shipment_id IS NOT NULL", carrier, number
    )


def with_parcel_like(condition: Q, column: str = "fulfillment_order_id") -> Subquery:
    """The fulfillment orders, or the shipments by `column`, with a matching parcel."""
    rows = Package.filter(condition, **{f"{column}__isnull": False})
    return Subquery(rows.values(column))


async def package_by_id(id: UUID) -> Package | None:
    return await Package.get_or_none(id=id)


async def records_of(package_ids: Collection[UUID]) -> list[TrackingRecord]:
    condition = f"{among('package_id', 1)} ORDER BY package_id, at, id"
    return await read(TrackingRecord, condition, list(package_ids))


async def records_by_package(ids: list[UUID]) -> list[list[TrackingRecord]]:
    """Batch: the tracking records of each package, by time of the event."""
    return grouped(ids, await records_of(ids), "package_id")
