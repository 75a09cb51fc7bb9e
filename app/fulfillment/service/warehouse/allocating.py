"""Keep the fulfillment orders of an order in step with its reservations.

A location sends what is reserved there for the order and is in stock. Every change of reservations (a count,
a receipt, another source) is followed by `allocate`, which changes work that was not begun.
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from app.catalog import queries as catalog
from app.core.database import insert, update_each
from app.core.uow import UnitOfWork
from app.core.versions import touch
from app.fulfillment.events import FulfillmentAllocated, FulfillmentCancelled, FulfillmentChanged
from app.fulfillment.lifecycle import FulfillmentOrderStatus, lifecycle
from app.fulfillment.lifecycle import cancel as cancel_step
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields, units_of
from app.fulfillment.service.progress import stage_of
from app.fulfillment.service.warehouse.allocation import Allocation, Key, read_allocation, want_untracked
from app.fulfillment.service.warehouse.assigning import assign
from app.fulfillment.service.warehouse.lost_stock import remove_lost_units
from app.fulfillment.service.warehouse.pick_lists import drop_lines
from app.orders import derived_statuses
from app.orders.fresh import FreshOrder
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order

S = FulfillmentOrderStatus
_CHANGEABLE = (S.OPEN, S.RELEASED)


async def allocate(uow: UnitOfWork, order: Order) -> None:
    """Update the work of a locked order's locations from its reservations.

    Only confirmed orders have work. Work in hand stays as far as its units are there; other work grows,
    shrinks or ends.
    """
    if order.status not in (OrderStatus.CONFIRMED, OrderStatus.COMPLETED):
        return
    state = await read_allocation(order)
    if gone := _gone(state):
        await remove_lost_units(uow, order, gone)
        state = await read_allocation(order)
    for key, have in state.have().items():
        if have > state.wanted.get(key, 0):
            _shrink(uow, state, key, have - state.wanted.get(key, 0))
    have_now = state.have()
    missing = {key: n - have_now.get(key, 0) for key, n in state.wanted.items() if n > have_now.get(key, 0)}
    if missing:
        await assign(uow, state, missing)
    await _write(uow, state)


async def allocate_fresh(uow: UnitOfWork, fresh: FreshOrder) -> None:
    """`allocate` for an order that is being placed: everything is in memory and written with the order."""
    order = fresh.order
    wanted: dict[Key, int] = defaultdict(int)
    for held in fresh.held:
        if held.ready > 0:
            wanted[held.location_id, held.variant_id] += held.ready
    state = Allocation(order, list(fresh.lines), [], [], wanted, fresh.tracked, fresh.kinds)
    await want_untracked(state)
    if not state.wanted:
        return
    await assign(uow, state, state.wanted)
    await _name_components(state)
    uow.add(state.made)
    uow.add(state.added)
    for row in state.made:
        uow.announce(FulfillmentAllocated(**event_fields(row), units=row.units))
    order.warehouse_stage = stage_of(state.made)
    derived_statuses.derive(order, fresh.lines)


def _gone(state: Allocation) -> dict[Key, int]:
    """The units that somebody has in hand, or was asked to send, and that are kept for the order no more."""
    gone = {}
    for key, have in state.have().items():
        own = [part for part in state.ahead() if part.variant_id == key[1]]
        rows = [(part, state.row(part.fulfillment_order_id)) for part in own]
        free = sum(_not_begun(part, row) for part, row in rows if row.location_id == key[0])
        if have - free > state.wanted.get(key, 0):
            gone[key] = have - free - state.wanted.get(key, 0)
    return gone


def _not_begun(part: FulfillmentLine, row: FulfillmentOrder) -> int:
    """The units of a line that are neither in hand nor requested."""
    if row.status in (*_CHANGEABLE, S.PICKING):
        return part.quantity - part.picked
    return 0


def _shrink(uow: UnitOfWork, state: Allocation, key: Key, units: int) -> None:
    """Take units from what a location has not begun, the youngest work first."""
    parts = [part for part in state.ahead() if part.variant_id == key[1]]
    parts = [part for part in parts if state.row(part.fulfillment_order_id).location_id == key[0]]
    for part in sorted(parts, key=lambda part: part.id, reverse=True):
        row = state.row(part.fulfillment_order_id)
        taken = min(units, _not_begun(part, row))
        if not taken:
            continue
        units -= taken
        part.quantity -= taken
        row.units -= taken
        state.touched.setdefault(row.id, "changed")
        if part.quantity:
            state.grown.append(part)
        else:
            state.dropped.append(part)
            for kept in (state.parts, state.added):
                if part in kept:
                    kept.remove(part)


async def _write(uow: UnitOfWork, state: Allocation) -> None:
    if not state.touched:
        return
    await _name_components(state)
    ended = _end_empty(uow, state)
    changed = [row for row in state.rows if row.id in state.touched]
    for row in changed:
        touch(row, uow.at)
    await insert(state.made)
    await update_each(changed, "status", "units", "cancel_reason", "updated_at", "version")
    await drop_lines(uow, state.dropped)
    await update_each([part for part in state.grown if part not in state.dropped], "quantity")
    await insert(state.added)
    for row in (*changed, *state.made):
        if row.id in ended:
            uow.announce(FulfillmentCancelled(**event_fields(row), reason=row.cancel_reason))
        elif state.touched[row.id] == "allocated":
            uow.announce(FulfillmentAllocated(**event_fields(row), units=row.units))
        else:
            own = [part for part in (*state.parts, *state.added) if part.fulfillment_order_id == row.id]
            uow.announce(
                FulfillmentChanged(**event_fields(row), why="its stock changed", lines=units_of(own))
            )


async def _name_components(state: Allocation) -> None:
    """A bundle's components are picked by their own SKUs and names."""
    lines = {line.id: line for line in state.lines}
    foreign = [part for part in state.added if lines[part.order_line_id].variant_id != part.variant_id]
    if not foreign:
        return
    found = await catalog.variants_by_id([part.variant_id for part in foreign])
    for part, variant in zip(foreign, found, strict=True):
        if variant is not None:
            part.sku = variant.sku
            part.tracks_stock = variant.tracks_stock
            part.name = f"{variant.name or variant.sku} (in {lines[part.order_line_id].sku})"[:500]


def _end_empty(uow: UnitOfWork, state: Allocation) -> Sequence[UUID]:
    """Cancel what has nothing left to send."""
    ended = []
    for row in state.rows:
        if row.id in state.touched and row.status in (*_CHANGEABLE, S.PICKING) and row.units <= 0:
            lifecycle.move(row, cancel_step)
            row.cancel_reason = "No stock at this location is reserved for it any more."
            ended.append(row.id)
    return ended
