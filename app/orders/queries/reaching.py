"""Which orders a scope covers: those of its channels; for locations, those with work there."""

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from tortoise.expressions import Q, Subquery

from app.core.database import values_of
from app.core.scope import NEVER, Scope
from app.orders.models import Order

# Returns the condition for orders with work at some locations. Set by `wiring`, because fulfillment is a
# higher layer.
WorkedOnAt = Callable[[Collection[UUID]], Q]
_worked_on_at: list[WorkedOnAt] = []


def set_work_condition(condition: WorkedOnAt) -> None:
    """Set the function for orders with work at some locations."""
    _worked_on_at[:] = [condition]


def within(scope: Scope) -> Q | None:
    """The condition on orders that a scope covers; None if it covers all."""
    if scope.is_everywhere:
        return None
    parts = []
    for area in scope.areas:
        part = Q() if area.channels is None else Q(channel_id__in=list(area.channels))
        if area.locations is not None:
            part &= _worked_on_at[0](area.locations) if _worked_on_at else NEVER
        parts.append(part)
    return Q(*parts, join_type=Q.OR) if parts else NEVER


def bought_in(scope: Scope) -> Q:
    """The condition on customers with an order that a scope covers."""
    rows = Order.filter(within(scope) or Q(), customer_id__isnull=False)
    return Q(id__in=Subquery(rows.values("customer_id")))


async def is_within(scope: Scope, order: Order) -> bool:
    """`within` for a row that was read already. Reads the database only for a scope limited to locations."""
    if scope.covers(order.channel_id):
        return True
    if not scope.reaches(order.channel_id):
        return False
    condition = within(scope)
    return condition is None or await Order.filter(condition, id=order.id).exists()


async def are_within(scope: Scope, orders: Sequence[Order]) -> list[bool]:
    """`is_within` for many orders, with at most one query."""
    whole, reached = scope.channels(), scope.channels_reached()
    if whole is None:
        return [True] * len(orders)
    channels = values_of(orders, "channel_id")
    asked = [
        order.id
        for order, channel in zip(orders, channels, strict=True)
        if channel not in whole and (reached is None or channel in reached)
    ]
    found: set[UUID] = set()
    if asked:
        rows: Any = Order.filter(within(scope) or Q(), id__in=asked).values_list("id", flat=True)
        found = set(await rows)
    return [channel in whole or order.id in found for order, channel in zip(orders, channels, strict=True)]
