"""Cancels fulfillment orders, or some of their units, when an order is cancelled or edited."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from uuid import UUID

from app.core.database import update_each
from app.core.next_steps import refusal_of
from app.core.refusals import Refusal
from app.core.uow import UnitOfWork
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.contents import as_stored, deal, lots_of
from app.fulfillment.events import FulfillmentCancelled, FulfillmentChanged
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields, units_of
from app.fulfillment.service.saving import save
from app.fulfillment.service.suppliers.requests import cancel_request
from app.fulfillment.service.warehouse.packing import open_packages
from app.fulfillment.service.warehouse.pick_lists import drop_lines, remove_from_lists
from app.inventory.stock.service import releasing
from app.orders import queries as orders
from app.orders.components import left_of, needs_of
from app.orders.models import OrderLine
from app.orders.refusals import WithSupplier

S = FulfillmentOrderStatus
# The least advanced work is reduced first, so that less has to be put back.
_FIRST = (S.OPEN, S.RELEASED, S.PICKING, S.PICKED, S.PACKED, S.READY, S.SUBMITTED, S.ACCEPTED)


async def cancel_all(uow: UnitOfWork, order_id: UUID, reason: str) -> None:
    """Cancel all work of an order that is still to leave. The order's row is locked."""
    for known in await queries.ahead_of_order(order_id):
        row = await queries.locked(known.id)
        life.lifecycle.move(row, life.cancel)
        row.cancel_reason = reason[:500]
        await open_packages(uow, row)
        await remove_from_lists(uow, await queries.lines_of([row.id]))
        await save(uow, row, "cancel_reason")
        await cancel_request(uow, row)
        uow.announce(FulfillmentCancelled(**event_fields(row), reason=reason))


async def cancel_units(uow: UnitOfWork, order_id: UUID, why: str) -> None:
    """Have locations send no more of an order's lines than is left of them, and free the rest's stock there.

    Picked units are to be put back; packages are unpacked.

    Raises:
        WithSupplier: a supplier was sent a request for them, which must be cancelled first.
    """
    rows = [await queries.locked(row.id) for row in await queries.ahead_of_order(order_id)]
    parts = await queries.lines_of(row.id for row in rows)
    changed = _taken_from(rows, parts, await orders.lines(order_id))
    _refuse_with_supplier(rows, changed)
    by_id = {row.id: row for row in rows}
    for id, taken_of in changed.items():
        row = by_id[id]
        demand: dict[UUID, int] = {}
        for part, units in taken_of:
            if part.tracks_stock:
                demand[part.variant_id] = demand.get(part.variant_id, 0) + units
        if demand:
            await releasing.release(uow, claimant=row.order_id, demand=demand, location_id=row.location_id)
        own = [part for part in parts if part.fulfillment_order_id == id]
        await remove_units(uow, row, own, taken_of, why)


async def supplier_refusals(wanted: Sequence[orders.ToCancel]) -> list[Refusal | None]:
    """What `cancel_units` would raise for each because a supplier was asked for it; None if nothing."""
    works = await queries.by_order([each.order_id for each in wanted])
    ahead = [[row for row in rows if row.status.is_ahead] for rows in works]
    parts = await queries.lines_of({row.id for rows in ahead for row in rows})
    found = []
    for each, rows in zip(wanted, ahead, strict=True):
        ids = {row.id for row in rows}
        own = [part for part in parts if part.fulfillment_order_id in ids]
        changed = _taken_from(rows, own, each.lines, each.chosen)
        found.append(refusal_of(partial(_refuse_with_supplier, rows, changed)))
    return found


Taken = dict[UUID, list[tuple[FulfillmentLine, int]]]


def _taken_from(
    rows: Sequence[FulfillmentOrder],
    parts: Sequence[FulfillmentLine],
    lines: Sequence[OrderLine],
    chosen: Mapping[UUID, int] = MappingProxyType({}),
) -> Taken:
    """The units to remove by fulfillment order when `chosen` units of lines are cancelled."""
    least_far = sorted(rows, key=lambda row: row.id, reverse=True)
    least_far.sort(key=lambda row: _FIRST.index(row.status))
    turn = {row.id: number for number, row in enumerate(least_far)}
    changed: Taken = {}
    for line in lines:
        needs = needs_of(line)
        for variant_id, units in left_of(line).items():
            wanted = units - chosen.get(line.id, 0) * needs[variant_id]
            own = [part for part in parts if part.order_line_id == line.id and part.variant_id == variant_id]
            left = max(0, sum(part.quantity for part in own) - wanted)
            own.sort(key=lambda part: turn[part.fulfillment_order_id])
            for part in own:
                taken = min(left, part.quantity)
                if taken:
                    left -= taken
                    changed.setdefault(part.fulfillment_order_id, []).append((part, taken))
    return changed


def _refuse_with_supplier(rows: Sequence[FulfillmentOrder], changed: Taken) -> None:
    """Raise WithSupplier if a supplier was sent a request for what is removed."""
    for row in rows:
        if row.id in changed and row.status in (S.SUBMITTED, S.ACCEPTED):
            raise WithSupplier.of(row.number)


async def remove_units(
    uow: UnitOfWork,
    row: FulfillmentOrder,
    parts: Sequence[FulfillmentLine],
    taken: Sequence[tuple[FulfillmentLine, int]],
    why: str,
) -> None:
    """Remove units that are no longer reserved from the locked work of a location.

    Packages are unpacked; work without remaining units ends.
    """
    for part, units in taken:
        part.quantity -= units
        row.units -= units
        if part.picked > part.quantity:
            part.picked = part.quantity
            part.lots = _fewer(part)
    gone = [part for part, _ in taken if part.quantity == 0]
    await drop_lines(uow, gone)
    await update_each([part for part, _ in taken if part.quantity], "quantity", "picked", "lots")
    left = [part for part in parts if part.quantity]
    if row.status is S.PACKED:
        life.lifecycle.move(row, life.unpack)
        row.packed_at = None
        await open_packages(uow, row)
    elif row.status is S.READY:
        await open_packages(uow, row)  # the rest stays ready for pick-up
    if not left:
        life.lifecycle.move(row, life.cancel)
        row.cancel_reason = why
    elif row.status is S.PICKING and all(part.picked == part.quantity for part in left):
        life.lifecycle.move(row, life.pick)
        row.picked_at = uow.at
    await save(uow, row, "units", "packed_at", "picked_at", "cancel_reason")
    if left:
        uow.announce(FulfillmentChanged(**event_fields(row), why=why, lines=units_of(left)))
    else:
        uow.announce(FulfillmentCancelled(**event_fields(row), reason=why))


def _fewer(part: FulfillmentLine) -> list[dict[str, object]] | None:
    """The lots of the remaining picked units: the last scanned ones are put back first."""
    return as_stored(deal(lots_of(part.lots), part.picked)) or None
