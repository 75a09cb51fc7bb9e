"""Subscription to the queue of a location."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.graphql.following import CursorAfter, follow_kind
from app.core.graphql.policy import subscription
from app.core.graphql.scalars import arg
from app.core.ids import row_id
from app.core.journal import feed
from app.core.journal.entry import Entry
from app.fulfillment import queries
from app.fulfillment.schema.types import VIEW, FulfillmentOrder
from app.inventory.locations import queries as locations

# Events that are about several fulfillment orders of an order.
_OF_SEVERAL = (
    "order_held", "order_released", "order_cancelled", "order_edited", "order_updated", "order_promised",
    "order_delayed", "fulfillment_split", "fulfillment_merged",
)  # fmt: skip


@strawberry.type
class FulfillmentSubscription:
    @subscription(VIEW)
    async def fulfillment_queue_updated(
        self,
        info: strawberry.Info,
        location_id: Annotated[strawberry.ID, arg("The location.")],
        after: CursorAfter = None,
    ) -> AsyncGenerator[FulfillmentOrder, None]:
        """Fulfillment orders of a location after each change, for example for a warehouse dashboard. With
        `after`, the fulfillment orders changed since then are sent first, in their current state."""
        context = info.context
        place = row_id(location_id, "Location", "location_id")
        await locations.location_for(Permission.FULFILLMENT_VIEW, context.actor, "location_id", id=place)

        async def wanted(entry: Entry) -> list[Any]:
            scope = context.actor.scope_of(Permission.FULFILLMENT_VIEW)
            if scope.is_nowhere:
                return []
            return [row for row in await _rows(entry, place) if scope.covers(row.channel_id, place)]

        async with aclosing(follow_kind(context, "order", after, wanted)) as found:
            async for cursor, row in found:
                row.cursor = cursor
                yield row


async def _rows(entry: Entry, place: UUID) -> list[Any]:
    """The fulfillment orders of a location in an event, read once for all subscribers: one, or all of the
    order's.
    """
    named = entry.payload.get("fulfillment_order_id")
    concerns_all = entry.name in _OF_SEVERAL
    if named is None and not concerns_all:
        return []
    if named is not None and entry.payload["location_id"] != str(place):
        return []

    async def read() -> list[Any]:
        if named is not None and not concerns_all:
            return [row for row in await queries.by_id([UUID(named)]) if row is not None]
        return [row for row in await queries.of_order(entry.subject_id) if row.location_id == place]

    return await feed.current().shared(("fulfillment", entry.id, place), read)
