"""Assign reserved units to fulfillment orders of their locations."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.queueing import urgency
from app.fulfillment.service.warehouse.allocation import Allocation, Key
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import queries as locations
from app.inventory.sourcing import SourcingDecision
from app.orders.components import needs_of
from app.orders.models import OrderLine

S = FulfillmentOrderStatus


async def assign(uow: UnitOfWork, state: Allocation, missing: Mapping[Key, int]) -> None:
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


def _share(state: Allocation, wanted: Mapping[UUID, int]) -> list[tuple[OrderLine, UUID, int]]:
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


def _assigned(state: Allocation, line: OrderLine, variant_id: UUID) -> int:
    """Units of a line that some location sends, or has sent."""
    counted = {row.id for row in (*state.rows, *state.made) if row.status.is_ahead or row.status.has_left}
    return sum(
        part.away
        for part in (*state.parts, *state.added)
        if part.order_line_id == line.id
        and part.variant_id == variant_id
        and part.fulfillment_order_id in counted
    )


def _open_row(state: Allocation, place: UUID) -> FulfillmentOrder | None:
    """Work of the location that can still grow: it is not released."""
    for row in (*state.rows, *state.made):
        if row.location_id == place and row.status is S.OPEN:
            return row
    return None


async def _new_row(
    uow: UnitOfWork, state: Allocation, place: UUID, decision: SourcingDecision | None
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
        is_pickup=order.pickup is not None,
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


async def _kind_of(state: Allocation, place: UUID) -> LocationKind:
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


def _add(state: Allocation, row: FulfillmentOrder, line: OrderLine, variant_id: UUID, units: int) -> None:
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
