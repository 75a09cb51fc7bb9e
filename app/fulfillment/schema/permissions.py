"""Whether the caller has a permission for fulfillment orders, shipments and packages."""

from collections.abc import Sequence
from typing import Any

import strawberry

from app.core.database import values_of
from app.fulfillment import queries
from app.orders import queries as orders


async def held_here(info: strawberry.Info, permission: str, rows: Sequence[Any]) -> list[bool]:
    """Whether the caller has a permission for each of some rows with channel and location."""
    scope = info.context.actor.scope_of(permission)
    places = zip(values_of(rows, "channel_id"), values_of(rows, "location_id"), strict=True)
    return [scope.covers(channel_id, location_id) for channel_id, location_id in places]


async def held_for_order(info: strawberry.Info, permission: str, rows: Sequence[Any]) -> list[bool]:
    """Whether the caller could fetch the order of each of some rows, which have its channel.

    Reassigned work stays visible at its former location, but its order may not be.
    """
    actor, ids = info.context.actor, values_of(rows, "order_id")
    scope = actor.scope_of(permission)
    if all(scope.covers(channel_id) for channel_id in values_of(rows, "channel_id")):
        return [True] * len(rows)
    seen = await orders.ids_visible_to(actor, ids)
    return [id in seen for id in ids]


async def held_at_work(info: strawberry.Info, permission: str, packages: Sequence[Any]) -> list[bool]:
    """Whether the caller has a permission for the fulfillment order of each package."""
    ids = values_of(packages, "fulfillment_order_id")
    return await held_here(info, permission, await info.context.load_many(queries.by_id, ids))
