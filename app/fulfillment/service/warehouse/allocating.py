"""Giving locations the work that the reservations of an order ask for, and keeping the two alike.

What is reserved decides: a location works on what is kept there for the order and is on its shelf. So
whatever moves reservations (a count, a receipt, another source) is followed by `allocate`, which compares
and changes what nobody has in hand yet.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.catalog import queries as catalog
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.fulfillment import queries
from app.fulfillment.events import FulfillmentAllocated, FulfillmentCancelled, FulfillmentChanged
from app.fulfillment.lifecycle import FulfillmentOrderStatus, lifecycle
from app.fulfillment.lifecycle import cancel as cancel_step
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.queueing import urgency
from app.fulfillment.service.event_fields import event_fields, units_of
from app.fulfillment.service.progress import stage_of
from app.fulfillment.service.warehouse.lost_stock import take_out_of_hand
from app.fulfillment.service.warehouse.pick_lists import drop_lines
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import queries as locations
from app.inventory.sourcing import SourcingDecision
from app.inventory.stock import queries as stock
from app.orders import derived_statuses
from app.orders import queries as orders
from app.orders.components import needs_of
from app.orders.fresh import FreshOrder
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order, OrderLine

S = FulfillmentOrderStatus
_CHANGEABLE = (S.OPEN, S.RELEASED)
Key = tuple[UUID, UUID]  # location and variant


@dataclass(slots=True)
class _Work:
    """What an order's locations have to do, and what they should have."""

    order: Order
    lines: list[OrderLine]
    rows: list[FulfillmentOrder]
    parts: list[FulfillmentLine]
    wanted: dict[Key, int]
    tracked: Mapping[UUID, bool]
    kinds: Mapping[UUID, LocationKind] = field(default_factory=dict[UUID, LocationKind])
    made: list[FulfillmentOrder] = field(default_factory=list)
    added: list[FulfillmentLine] = field(default_factory=list)
    grown: list[FulfillmentLine] = field(default_factory=list)
    dropped: list[FulfillmentLine] = field(default_factory=list)
    touched: dict[UUID, str] = field(default_factory=dict)  # fulfillment orders that changed, and how

    def row(self, id: UUID) -> FulfillmentOrder:
        return next(row for row in (*self.rows, *self.made) if row.id == id)

    def ahead(self) -> list[FulfillmentLine]:
        """The lines of what is still to leave."""
        open_ids = {row.id for row in (*self.rows, *self.made) if row.status.is_ahead}
        return [part for part in (*self.parts, *self.added) if part.fulfillment_order_id in open_ids]

    def have(self) -> dict[Key, int]:
        units: dict[Key, int] = defaultdict(int)
        for part in self.ahead():
            units[self.row(part.fulfillment_order_id).location_id, part.variant_id] += part.quantity
        return units


async def allocate(uow: UnitOfWork, order: Order) -> None:
    """Make the work of an order's locations what its reservations ask for. The order's row is locked.

    Only a confirmed order is worked on. Work that somebody has in hand stays, as far as its goods are there;
    what the locations have not begun grows, shrinks or ends.
    """
    if order.status not in (OrderStatus.CONFIRMED, OrderStatus.COMPLETED):
        return
    state = await _read(order)
    if gone := _gone(state):
        await take_out_of_hand(uow, order, gone)
        state = await _read(order)
    for key, have in state.have().items():
        if have > state.wanted.get(key, 0):
            _shrink(uow, state, key, have - state.wanted.get(key, 0))
    have_now = state.have()
    missing = {key: n - have_now.get(key, 0) for key, n in state.wanted.items() if n > have_now.get(key, 0)}
    if missing:
        await _grow(uow, state, missing)
    await _write(uow, state)


async def allocate_fresh(uow: UnitOfWork, fresh: FreshOrder) -> None:
    """`allocate` for an order that is being placed: everything is at hand, and is written with the order."""
    order = fresh.order
    wanted: dict[Key, int] = defaultdict(int)
    for held in fresh.held:
        if held.ready > 0:
            wanted[held.location_id, held.variant_id] += held.ready
    state = _Work(order, list(fresh.lines), [], [], wanted, fresh.tracked, fresh.kinds)
    await _want_untracked(state)
    if not state.wanted:
        return
    await _grow(uow, state, state.wanted)
    await _name_components(state)
    uow.add(state.made)
    uow.add(state.added)
    for row in state.made:
        uow.announce(FulfillmentAllocated(**event_fields(row), units=row.units))
    order.warehouse_stage = stage_of(state.made)
    derived_statuses.derive(order, fresh.lines)


async def _read(order: Order) -> _Work:
    lines = await orders.lines(order.id)
    rows = await queries.of_order(order.id)
    parts = await queries.lines_of(row.id for row in rows) if rows else []
    held = await stock.held_units(order.id)
    wanted = {(each.location_id, each.variant_id): each.ready for each in held if each.ready > 0}
    variants = await catalog.variants_by_id(list({line.variant_id for line in lines}))
    tracked = {variant.id: variant.tracks_stock for variant in variants if variant}
    state = _Work(order, lines, rows, parts, wanted, tracked)
    await _want_untracked(state)
    return state


async def _want_untracked(state: _Work) -> None:
    """Services and fees are kept nowhere: they go with whatever location sends the first of the order."""
    loose = [line for line in state.lines if not state.tracked[line.variant_id]]
    if not loose:
        return
    ahead = [row for row in state.rows if row.status.is_ahead]
    place = ahead[0].location_id if ahead else next(iter(state.wanted), (None, None))[0]
    if place is None:
        if any(
            each.quantity - each.quantity_cancelled > each.quantity_shipped
            for each in state.lines
            if state.tracked[each.variant_id]
        ):
            return  # what it goes with is still awaited
        (sites,) = await locations.locations_by_channel([state.order.channel_id])
        if not sites:
            return
        place = sites[0].id
    for line in loose:
        left = line.quantity - line.quantity_cancelled - _left_already(state, line)
        if left > 0:
            key = (place, line.variant_id)
            state.wanted[key] = state.wanted.get(key, 0) + left


def _left_already(state: _Work, line: OrderLine) -> int:
    gone = {row.id for row in state.rows if row.status.has_left}
    own = [part for part in state.parts if part.order_line_id == line.id]
    return sum(part.away for part in own if part.fulfillment_order_id in gone)


def _gone(state: _Work) -> dict[Key, int]:
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
    """How many units of a line nobody has in hand, or was asked to send."""
    if row.status in (*_CHANGEABLE, S.PICKING):
        return part.quantity - part.picked
    return 0


def _shrink(uow: UnitOfWork, state: _Work, key: Key, units: int) -> None:
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


async def _grow(uow: UnitOfWork, state: _Work, missing: Mapping[Key, int]) -> None:
    decision = SourcingDecision.from_json(state.order.sourcing)
    for place in _as_sourced(decision, {place for place, _ in missing}):
        wanted = {variant: units for (at, variant), units in missing.items() if at == place}
        given = _share(state, wanted)
        if not given:
            continue
        row = _open_row(state, place) or await _new_row(uow, state, place, decision)
        for line, variant_id, units in given:
            _add(state, row, line, variant_id, units)
            row.units += units
        state.touched.setdefault(row.id, "allocated")


def _as_sourced(decision: SourcingDecision | None, places: set[UUID]) -> list[UUID]:
    """Locations in the order in which sourcing chose them, others after these."""
    chosen = decision.places if decision else []
    return [place for place in chosen if place in places] + sorted(places.difference(chosen))


def _share(state: _Work, wanted: Mapping[UUID, int]) -> list[tuple[OrderLine, UUID, int]]:
    """Which lines of the order a location's units are for: those that still lack some, in their order."""
    given: list[tuple[OrderLine, UUID, int]] = []
    left = dict(wanted)
    for line in state.lines:
        for variant_id, each in needs_of(line).items():
            wants = (line.quantity - line.quantity_cancelled) * each
            open_units = wants - _assigned(state, line, variant_id)
            already = sum(n for own, id, n in given if own is line and id == variant_id)
            units = min(left.get(variant_id, 0), open_units - already)
            if units > 0:
                left[variant_id] -= units
                given.append((line, variant_id, units))
    return given


def _assigned(state: _Work, line: OrderLine, variant_id: UUID) -> int:
    """Units of a line that some location sends, or has sent."""
    counted = {row.id for row in (*state.rows, *state.made) if row.status.is_ahead or row.status.has_left}
    return sum(
        part.away
        for part in (*state.parts, *state.added)
        if part.order_line_id == line.id
        and part.variant_id == variant_id
        and part.fulfillment_order_id in counted
    )


def _open_row(state: _Work, place: UUID) -> FulfillmentOrder | None:
    """Work of the location that can still grow: nobody has been told to start."""
    for row in (*state.rows, *state.made):
        if row.location_id == place and row.status is S.OPEN:
            return row
    return None


async def _new_row(
    uow: UnitOfWork, state: _Work, place: UUID, decision: SourcingDecision | None
) -> FulfillmentOrder:
    order = state.order
    ships_on = await _ships_on(uow, decision, place, is_fresh=place in state.kinds)
    row = FulfillmentOrder(
        id=new_id(),
        number=f"{order.number}-{len(state.rows) + len(state.made) + 1}",
        order_id=order.id,
        channel_id=order.channel_id,
        location_id=place,
        status=S.OPEN,
        is_drop_ship=await _kind_of(state, place) is LocationKind.DROP_SHIP,
        is_held=bool(order.open_holds),
        priority=order.priority,
        urgency=urgency(order.priority, ships_on),
        ships_on=ships_on,
        promised_on=order.promised_on,
        shipping_method=order.shipping_method,
        created_at=uow.at,
        updated_at=uow.at,
    )
    state.made.append(row)
    return row


async def _kind_of(state: _Work, place: UUID) -> LocationKind:
    if place in state.kinds:
        return state.kinds[place]
    (location,) = await locations.locations_by_id([place])
    assert location is not None
    return location.kind


async def _ships_on(
    uow: UnitOfWork, decision: SourcingDecision | None, location_id: UUID, *, is_fresh: bool
) -> date:
    """The day that sourcing reckoned with for the location; its today for one that it did not choose."""
    reckoned = decision.days_of(location_id) if decision else []
    if is_fresh and reckoned:
        return reckoned[0]
    today = (await locations.days_of([location_id], uow.at))[location_id]
    return max([today, *reckoned])


def _add(state: _Work, row: FulfillmentOrder, line: OrderLine, variant_id: UUID, units: int) -> None:
    for part in (*state.parts, *state.added):
        same = part.order_line_id == line.id and part.variant_id == variant_id
        if same and part.fulfillment_order_id == row.id:
            part.quantity += units
            if part not in state.added:
                state.grown.append(part)
            return
    position = sum(part.fulfillment_order_id == row.id for part in (*state.parts, *state.added)) + 1
    state.added.append(
        FulfillmentLine(
            id=new_id(),
            fulfillment_order_id=row.id,
            order_line_id=line.id,
            variant_id=variant_id,
            sku=line.sku,
            name=" ".join(filter(None, (line.product_name, line.variant_name))),
            tracks_stock=state.tracked.get(variant_id, True),
            quantity=units,
            position=position,
        )
    )


async def _write(uow: UnitOfWork, state: _Work) -> None:
    if not state.touched:
        return
    await _name_components(state)
    ended = _end_empty(uow, state)
    changed = [row for row in state.rows if row.id in state.touched]
    for row in changed:
        row.updated_at = uow.at
        row.version += 1
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


async def _name_components(state: _Work) -> None:
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


def _end_empty(uow: UnitOfWork, state: _Work) -> Sequence[UUID]:
    """Cancel what has nothing left to send."""
    ended = []
    for row in state.rows:
        if row.id in state.touched and row.status in (*_CHANGEABLE, S.PICKING) and row.units <= 0:
            lifecycle.move(row, cancel_step)
            row.cancel_reason = "Nothing of it is kept here any more."
            ended.append(row.id)
    return ended
