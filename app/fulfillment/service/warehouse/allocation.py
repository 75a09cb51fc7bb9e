"""What an order's locations have to send, compared with what is reserved for the order there."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.catalog import queries as catalog
from app.fulfillment import queries
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import queries as locations
from app.inventory.stock import queries as stock
from app.orders import queries as orders
from app.orders.models import Order, OrderLine

Key = tuple[UUID, UUID]  # location and variant


@dataclass(slots=True)
class Allocation:
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


async def read_allocation(order: Order) -> Allocation:
    lines = await orders.lines(order.id)
    rows = await queries.of_order(order.id)
    parts = await queries.lines_of(row.id for row in rows) if rows else []
    held = await stock.held_units(order.id)
    wanted = {(each.location_id, each.variant_id): each.ready for each in held if each.ready > 0}
    variants = await catalog.variants_by_id(list({line.variant_id for line in lines}))
    tracked = {variant.id: variant.tracks_stock for variant in variants if variant}
    state = Allocation(order, lines, rows, parts, wanted, tracked)
    await want_untracked(state)
    return state


async def want_untracked(state: Allocation) -> None:
    """Services and fees are kept nowhere: they go with whatever location sends the first of the order. Gift
    cards are sent by email."""
    loose = [line for line in state.lines if not state.tracked[line.variant_id] and not line.is_gift_card]
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


def _left_already(state: Allocation, line: OrderLine) -> int:
    gone = {row.id for row in state.rows if row.status.has_left}
    own = [part for part in state.parts if part.order_line_id == line.id]
    return sum(part.away for part in own if part.fulfillment_order_id in gone)
