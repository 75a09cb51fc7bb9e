"""Undeliverable parcels returned by the carrier: put away, and shipped again or cancelled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.core.database import Change
from app.core.refusals import IllegalTransition, Problems
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.fulfillment import queries
from app.fulfillment.events import FulfillmentReturned
from app.fulfillment.lifecycle import FulfillmentOrderStatus, Resolution, ShipmentStage
from app.fulfillment.models import FulfillmentLine, Package, Shipment
from app.fulfillment.service.carriers.returned_parcels import (
    ReturnedParcel,
    ReturnedUnits,
    check_bucket,
    read_returned_parcels,
)
from app.fulfillment.service.carriers.shipment_status import is_returned, update_shipment_status
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import locked_by_shipment, locked_order, refuse_elsewhere
from app.fulfillment.service.progress import report_progress
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import ReservationPriority, StockBucket
from app.inventory.stock.service import backlog, releasing, returns
from app.inventory.stock.service.lot_numbers import LotData
from app.orders.lifecycle import CancelReason
from app.orders.models import Order
from app.orders.pickup import destination_of
from app.orders.service import cancelling, promising, sourcing

P = ShipmentStage
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class PutAway:
    """Returned units of a fulfillment line in a parcel, where they are put, and their resolution."""

    package: Package
    part: FulfillmentLine
    opened: ReturnedUnits
    bucket: StockBucket
    resolution: Resolution
    location: Location


@command
async def receive_back(
    uow: UnitOfWork,
    shipment_id: UUID,
    *,
    resolution: Resolution,
    bucket: StockBucket = StockBucket.AVAILABLE,
    location: Location | None = None,
    parcels: Sequence[ReturnedParcel] = (),
) -> Shipment:
    """Put away returned parcels of a shipment, and record their resolution.

    If `parcels` is omitted: all that were returned to sender and not put away. `resolution`, `bucket` and
    `location` are the defaults of parcels and lines; without a location they are put away where they were
    shipped from. Delivered parcels and those in transit are not affected.

    Raises:
        NotFound: no such shipment, or a location that the actor may not work at.
        IllegalTransition: no parcel of it was returned to sender, or all that were are put away.
        Invalid, ValidationFailed: parcels, lines or lots that did not come back; see `returned_parcels`.
    """
    known, shipment = await locked_by_shipment(uow, shipment_id)
    (packages,) = await queries.packages_by_shipment([shipment.id])
    known.packages[known.row.id] = packages
    waiting = [each for each in packages if each.stage is P.RETURNED_TO_SENDER and not is_returned(each)]
    if not waiting or known.row.status is FulfillmentOrderStatus.RETURNED:
        raise IllegalTransition(LifecycleStep.RECEIVE_BACK, shipment.stage.value, [], _next_step(packages))
    problems = Problems()
    check_bucket(problems, bucket)
    problems.refuse()
    for path, place in _places(location, parcels):
        await refuse_elsewhere(uow, place, *path)
    parts = {part.id: part for part in await known.own_lines()}
    opened = await read_returned_parcels(known.order.id, packages, waiting, parts, parcels)
    default = location or await _home(shipment)
    away = [_put_away(each, parts, bucket, resolution, default) for each in opened]
    await _restock(uow, known.order.id, away)
    touched = list({each.package.id: each.package for each in opened}.values())
    for package in touched:
        package.received_back_at = uow.at
    # The contents of other parcels may have been corrected too.
    known.changes.append(Change(packages, ("contents", "received_back_at")))
    await update_shipment_status(uow, known, shipment, packages)
    for package in touched:
        _announce(uow, known.row, shipment, package, [each for each in away if each.package is package])
    await report_progress(uow, known.order, known)
    await known.write()
    await _resolve(uow, known.order.id, away)
    return shipment


def _put_away(
    opened: ReturnedUnits,
    parts: Mapping[UUID, FulfillmentLine],
    bucket: StockBucket,
    resolution: Resolution,
    location: Location,
) -> PutAway:
    """Returned units, with the defaults for what their parcel and line leave open."""
    return PutAway(
        opened.package,
        parts[opened.line_id],
        opened,
        opened.bucket or bucket,
        opened.resolution or resolution,
        opened.location or location,
    )


async def _home(shipment: Shipment) -> Location:
    """The location that shipped it."""
    (home,) = await locations.locations_by_id([shipment.location_id])
    assert home is not None
    return home


def _next_step(packages: Iterable[Package]) -> str:
    """The steps before packages can be received back; empty if all of them are put away."""
    if all(is_returned(each) for each in packages):
        return ""
    return (
        "Only packages in the stage RETURNED_TO_SENDER can be received back. Record the "
        "stage first (shipmentTrackingRecord, or shipmentTrackingCorrect for a package that "
        "was recorded as delivered)."
    )


def _places(
    location: Location | None, parcels: Sequence[ReturnedParcel]
) -> Iterable[tuple[tuple[str, ...], Location]]:
    if location is not None:
        yield ("location_id",), location
    for index, parcel in enumerate(parcels):
        if parcel.location is not None:
            yield ("packages", str(index), "location_id"), parcel.location


async def _restock(uow: UnitOfWork, claimant: UUID, away: Sequence[PutAway]) -> None:
    variants = {row.id: row for row in await catalog.variants_by_id([a.part.variant_id for a in away]) if row}
    for each in sorted(away, key=lambda each: (each.part.variant_id, each.location.id, each.opened.path)):
        if each.part.tracks_stock:
            await returns.take_back(
                uow,
                variant=variants[each.part.variant_id],
                location=each.location,
                quantity=each.opened.units,
                claimant=claimant,
                bucket=each.bucket,
                lots=[LotData(number, units) for number, units in each.opened.lots.items()],
                left_with=each.part.fulfillment_order_id,
                path=each.opened.path,
            )


def _announce(
    uow: UnitOfWork, row: Any, shipment: Shipment, package: Package, away: Sequence[PutAway]
) -> None:
    resolutions = {each.resolution.value for each in away}
    uow.announce(
        FulfillmentReturned(
            **event_fields(row),
            shipment_id=shipment.id,
            package_id=package.id,
            received_at_id=away[0].location.id,
            units=sum(each.opened.units for each in away),
            resolution=next(iter(resolutions)) if len(resolutions) == 1 else MIXED,
            lines=[
                {
                    "sku": each.part.sku,
                    "quantity": each.opened.units,
                    "bucket": each.bucket.value,
                    "resolution": each.resolution.value,
                }
                for each in away
            ],
        )
    )


async def _resolve(uow: UnitOfWork, order_id: UUID, away: Sequence[PutAway]) -> None:
    """Cancel what is to be cancelled, and reserve stock for the rest."""
    order = await locked_order(order_id)
    cancelled = [each for each in away if each.resolution is Resolution.CANCEL]
    if cancelled:
        # A bundle with another component at the buyer cannot be cancelled, and is shipped again.
        came = [(each.part.order_line_id, each.part.variant_id, each.opened.units) for each in cancelled]
        note = "The package could not be delivered and was returned."
        await cancelling.cancel_parts(uow, order, came, CancelReason.OTHER, note)
        order = await locked_order(order_id)
    if order.status.is_open:
        await _source_again(uow, order, {each.part.variant_id for each in away if each.part.tracks_stock})


async def _source_again(uow: UnitOfWork, order: Order, came: set[UUID]) -> None:
    await releasing.lock_variants(uow, order.channel_id, came, order.id)
    wanted = await sourcing.demand_of(order)
    kept = await stock.reserved_by_variant(order.id)
    short = {id: wanted.get(id, 0) - kept.get(id, 0) for id in came}
    for variant_id, units in sorted(short.items()):
        if units > 0:
            await backlog.reserve_or_queue(
                uow,
                channel_id=order.channel_id,
                variant_id=variant_id,
                quantity=units,
                claimant=order.id,
                priority=ReservationPriority.ORDER,
                to=destination_of(order),
            )
    if any(units > 0 for units in short.values()):
        await promising.update_promise(uow, order)
