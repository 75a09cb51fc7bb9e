"""Lost stock of work that is in hand, or requested from suppliers."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.core.database import update_each
from app.core.uow import UnitOfWork
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.contents import lots_of
from app.fulfillment.events import FulfillmentCancelled, FulfillmentChanged
from app.fulfillment.lifecycle import IN_HAND, FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields, units_of
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.saving import save
from app.fulfillment.service.suppliers.requests import cancel_request
from app.fulfillment.service.warehouse.cancelling import remove_units
from app.fulfillment.service.warehouse.packing import open_packages
from app.fulfillment.service.warehouse.pick_lists import remove_from_lists
from app.fulfillment.service.warehouse.undoing_ready import TERM, not_ready
from app.inventory.stock import queries as stock
from app.orders import queries as orders
from app.orders.models import Order

S = FulfillmentOrderStatus
# The least advanced work is reduced first, so that less has to be repeated.
_FIRST = (S.PICKING, S.PICKED, S.PACKED, S.READY, S.SUBMITTED, S.ACCEPTED)
_WHY = "The stock is no longer available."
Key = tuple[UUID, UUID]  # location and variant


async def remove_lost_units(uow: UnitOfWork, order: Order, gone: Mapping[Key, int]) -> None:
    """Have the locations of a locked order send no more of what they have in hand than is left of it.

    A supplier request is cancelled completely; what is left of it is requested again.
    """
    for (location_id, variant_id), units in gone.items():
        rows = [await queries.locked(row.id) for row in await queries.ahead_of_order(order.id)]
        rows = [row for row in rows if row.location_id == location_id and row.status in _FIRST]
        rows.sort(key=lambda row: row.id, reverse=True)
        rows.sort(key=lambda row: _FIRST.index(row.status))
        left = units
        for row in rows:
            parts = await queries.lines_of([row.id])
            own = [part for part in parts if part.variant_id == variant_id and part.tracks_stock]
            taken = _distribute(own, left)
            left -= sum(n for _, n in taken)
            if taken and row.status in IN_HAND:
                await remove_units(uow, row, parts, taken, _WHY)
            elif taken:
                await _cancel_whole(uow, row)


def _distribute(parts: Sequence[FulfillmentLine], units: int) -> list[tuple[FulfillmentLine, int]]:
    found = []
    for part in reversed(parts):
        taken = min(units, part.quantity)
        if taken:
            found.append((part, taken))
            units -= taken
    return found


async def _cancel_whole(uow: UnitOfWork, row: FulfillmentOrder) -> None:
    await cancel_request(uow, row)
    life.lifecycle.move(row, life.cancel)
    row.cancel_reason = _WHY
    await save(uow, row, "cancel_reason")
    uow.announce(FulfillmentCancelled(**event_fields(row), reason=_WHY))


async def unpick_lost_lots(uow: UnitOfWork, reservation_id: UUID) -> None:
    """Have what is in hand for a reservation picked again where its very lots are kept for it no more.

    This happens when a lot was recalled, lost or has expired, and others are allocated instead.
    """
    kept = await stock.reservation_info(reservation_id)
    order = await orders.locked_by_id(kept.claimant_id) if kept is not None else None
    if kept is None or order is None or not order.status.is_open:
        return
    touched = False
    for row in [await queries.locked(each.id) for each in await queries.ahead_of_order(order.id)]:
        if row.location_id != kept.location_id or row.status not in IN_HAND:
            continue
        parts = await queries.lines_of([row.id])
        back = [
            part
            for part in parts
            if part.picked and part.variant_id == kept.variant_id and await _is_lost(part, kept.level_id)
        ]
        if back:
            touched = True
            await _pick_again(uow, row, parts, back)
    if touched:
        await report_progress(uow, order)


async def _is_lost(part: FulfillmentLine, level_id: UUID) -> bool:
    """Whether picked lots are no longer in stock; False if the lots are unknown."""
    if not part.lots:
        return True
    there = await stock.shelves_by_number(level_id, part.variant_id)
    return any(there.get(number, 0) < units for number, units in lots_of(part.lots).items())


async def _pick_again(
    uow: UnitOfWork, row: FulfillmentOrder, parts: Sequence[FulfillmentLine], back: Sequence[FulfillmentLine]
) -> None:
    for part in back:
        part.picked, part.lots = 0, None
    await remove_from_lists(uow, back)
    await update_each(back, "picked", "lots")
    if row.status is S.PACKED:
        life.lifecycle.move(row, life.unpack)
        row.packed_at = None
        await open_packages(uow, row)
    elif row.status is S.READY:
        await not_ready(uow, row, parts)
    life.lifecycle.move(row, life.unpick)
    row.picked_at = None
    if any(part.picked for part in parts):
        life.lifecycle.move(row, life.begin)
    await save(uow, row, "packed_at", "picked_at", *TERM)
    uow.announce(
        FulfillmentChanged(
            **event_fields(row),
            why="A picked lot can no longer be shipped. Pick again.",
            lines=units_of(parts),
        )
    )
