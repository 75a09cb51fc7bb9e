"""Parcels that could not be delivered and came back."""

from uuid import UUID

from app.catalog import queries as catalog
from app.core.database import update_each
from app.core.described import Described
from app.core.refusals import IllegalTransition
from app.core.steps import LifecycleStep
from app.core.work import Work, verb
from app.fulfillment import lifecycle as life
from app.fulfillment.events import FulfillmentReturned
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.models import FulfillmentLine, Shipment
from app.fulfillment.service.locking import lines_of, locked_by_shipment
from app.fulfillment.service.releasing import save
from app.fulfillment.service.telling import tell_order, told
from app.inventory import queries as stock
from app.inventory import service as inventory
from app.inventory.lifecycle import ReservationPriority, StockBucket
from app.inventory.service import LotData
from app.orders import service as order_service
from app.orders.lifecycle import CancelReason
from app.orders.models import Order


class Resolution(Described):
    """What becomes of an order whose parcel came back."""

    SEND_AGAIN = "send_again", "The units are sourced and sent again."
    CANCEL = (
        "cancel",
        "The units are cancelled, and what was paid for them is due back. What belongs to a bundle of which "
        "another part is with the buyer is sent again.",
    )


@verb
async def receive_back(
    work: Work,
    shipment_id: UUID,
    *,
    resolution: Resolution,
    bucket: StockBucket = StockBucket.AVAILABLE,
) -> Shipment:
    """Put a parcel that the carrier brought back on the shelf, or aside, and say what becomes of its units.

    Raises:
        NotFound.
        IllegalTransition: the carrier has not said that it brings it back.
    """
    known, shipment = await locked_by_shipment(work, shipment_id)
    order, row = known.order, known.row
    if shipment.stage is not ShipmentStage.RETURNED_TO_SENDER:
        raise IllegalTransition(LifecycleStep.RECEIVE_BACK, shipment.stage.value, [])
    life.lifecycle.move(row, life.bring_back)
    parts = await lines_of(row)
    await _restock(work, row.location_id, order.id, parts, bucket)
    await save(work, row)
    work.announce(
        FulfillmentReturned(
            **told(row),
            shipment_id=shipment.id,
            units=sum(part.quantity for part in parts),
            resolution=resolution.value,
        )
    )
    await tell_order(work, order)
    if resolution is Resolution.CANCEL:
        await _cancel(work, order, parts)
    await _source_again(work, order, parts)
    shipment.version += 1
    await update_each([shipment], "version")
    return shipment


async def _restock(
    work: Work, location_id: UUID, claimant: UUID, parts: list[FulfillmentLine], bucket: StockBucket
) -> None:
    (location,) = await stock.locations_by_id([location_id])
    assert location is not None
    variants = {row.id: row for row in await catalog.variants_by_id([p.variant_id for p in parts]) if row}
    for part in sorted(parts, key=lambda part: part.variant_id):
        if part.tracks_stock:
            await inventory.take_back(
                work,
                variant=variants[part.variant_id],
                location=location,
                quantity=part.quantity,
                claimant=claimant,
                bucket=bucket,
                left_with=part.fulfillment_order_id,
                lots=[LotData(lot["number"], lot["quantity"]) for lot in part.lots or ()],
            )


async def _source_again(work: Work, order: Order, parts: list[FulfillmentLine]) -> None:
    """Keep stock again for what is still wanted of it."""
    came = {part.variant_id for part in parts if part.tracks_stock}
    await inventory.lock_variants(work, order.channel_id, came, order.id)
    wanted = await order_service.demand_of(order)
    kept = await stock.kept_by_variant(order.id)
    short = {id: wanted.get(id, 0) - kept.get(id, 0) for id in came}
    for variant_id, units in sorted(short.items()):
        if units > 0:
            await inventory.reserve_or_queue(
                work,
                channel_id=order.channel_id,
                variant_id=variant_id,
                quantity=units,
                claimant=order.id,
                priority=ReservationPriority.ORDER,
                to=order.shipping_address,
            )
    if any(units > 0 for units in short.values()):
        await order_service.promise_anew(work, order)


async def _cancel(work: Work, order: Order, parts: list[FulfillmentLine]) -> None:
    """Cancel what came back; a bundle of which another part has arrived cannot be, and is sent again."""
    came = [(part.order_line_id, part.variant_id, part.quantity) for part in parts]
    note = "The parcel could not be delivered and came back."
    await order_service.cancel_parts(work, order, came, CancelReason.OTHER, note)
