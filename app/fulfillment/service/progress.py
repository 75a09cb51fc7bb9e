"""Reports the progress of fulfillment to the order."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from app.core.uow import UnitOfWork
from app.fulfillment import queries
from app.fulfillment.lifecycle import IN_HAND, FulfillmentOrderStatus, ShipmentStage
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder, Package
from app.fulfillment.service.locking import OrderWork
from app.orders import queries as orders
from app.orders.components import complete_units, needs_of
from app.orders.lifecycle import WarehouseStage
from app.orders.models import Order
from app.orders.service import progressing
from app.orders.service.progressing import Progress

S = FulfillmentOrderStatus


def stage_of(rows: Iterable[FulfillmentOrder]) -> WarehouseStage:
    """The furthest stage among the fulfillment orders that were not shipped."""
    found = {row.status for row in rows}
    if S.READY in found and not any(status.is_ahead for status in found - {S.READY}):
        return WarehouseStage.READY
    if found & {*IN_HAND, S.SUBMITTED, S.ACCEPTED}:
        return WarehouseStage.IN_PROGRESS
    if S.RELEASED in found:
        return WarehouseStage.RELEASED
    return WarehouseStage.ALLOCATED if S.OPEN in found else WarehouseStage.NONE


def _units(parts: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    units: dict[UUID, int] = defaultdict(int)
    for variant_id, count in parts:
        units[variant_id] += count
    return units


async def report_progress(uow: UnitOfWork, order: Order, known: OrderWork | None = None) -> None:
    """Update a locked order with the progress of its work.

    `known` is what was read of that work, if nothing else has changed it: the order's changes are written
    with it. Without it the work is read again, and the order is written.
    """
    lines = await orders.lines(order.id)
    rows = known.rows if known else await queries.of_order(order.id)
    gone = {row.id for row in rows if row.status.has_left}
    there = {row.id for row in rows if row.status is S.DELIVERED}
    parts = [part for part in await _lines_of(gone, known) if part.fulfillment_order_id in gone]
    shipped, delivered, uneven = {}, {}, {}
    for line in lines:
        if line.is_gift_card:  # issued, not shipped
            shipped[line.id], delivered[line.id] = line.quantity_shipped, line.quantity_delivered
            continue
        own = [part for part in parts if part.order_line_id == line.id]
        sent = _units((part.variant_id, part.away) for part in own)
        shipped[line.id] = complete_units(line, sent)
        delivered[line.id] = complete_units(line, _units((part.variant_id, part.delivered) for part in own))
        if any(sent.get(id, 0) != shipped[line.id] * each for id, each in needs_of(line).items()):
            uneven[line.id] = sent
    is_out = any(
        package.stage is ShipmentStage.OUT_FOR_DELIVERY for package in await _packages_of(gone - there, known)
    )
    progress = Progress(stage_of(rows), is_out, shipped, delivered, uneven)
    if known:
        known.changes += progressing.note_progress(uow, order, progress, lines)
    else:
        await progressing.record_progress(uow, order, progress, lines)


async def _lines_of(ids: Collection[UUID], known: OrderWork | None) -> list[FulfillmentLine]:
    if not ids:
        return []
    return await known.lines() if known else await queries.lines_of(ids)


async def _packages_of(ids: Collection[UUID], known: OrderWork | None) -> list[Package]:
    return await known.packages_of(ids) if known else await queries.packages_of(ids)
