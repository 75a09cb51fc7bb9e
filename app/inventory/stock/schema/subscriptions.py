"""Subscription to stock levels."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.graphql.filters import combined
from app.core.graphql.following import CursorAfter, follow_kind
from app.core.graphql.policy import subscription
from app.core.graphql.scalars import arg
from app.core.journal import feed
from app.core.journal.entry import Entry
from app.inventory.policies import VIEW
from app.inventory.stock import queries
from app.inventory.stock.events import StockChanged
from app.inventory.stock.models import StockLevel as StockLevelRow
from app.inventory.stock.schema.queries.levels import StockLevelFilter, level_conditions
from app.inventory.stock.schema.types import StockLevel


@strawberry.type
class InventorySubscription:
    @subscription(VIEW)
    async def stock_level_updated(
        self,
        info: strawberry.Info,
        filter: Annotated[
            StockLevelFilter | None,
            arg("Filter conditions for stock levels; if omitted, all that the caller can see."),
        ] = None,
        after: CursorAfter = None,
    ) -> AsyncGenerator[StockLevel, None]:
        """Stock levels after each change, including reservations. With `after`, the levels changed since then
        are sent first, in their current state."""
        combined(filter, level_conditions)  # refused before the subscription starts if it is invalid
        context = info.context

        async def wanted(entry: Entry) -> list[StockLevelRow]:
            return await _levels(entry, filter, context.actor)

        async with aclosing(follow_kind(context, StockChanged.subject_kind, after, wanted)) as found:
            async for cursor, level in found:
                level.cursor = cursor
                yield level  # type: ignore[misc]


async def _levels(entry: Entry, filter: StockLevelFilter | None, actor: Actor) -> list[StockLevelRow]:
    """The levels of an event that match, read once for all subscribers with the same view and filter."""

    async def read() -> list[StockLevelRow]:
        ids = [UUID(id) for id in entry.payload["level_ids"]]
        rows = queries.visible_to(actor).filter(combined(filter, level_conditions), id__in=ids)
        return await queries.with_expired(await rows.order_by("id"))  # a fixed order, because cursors count

    key = ("levels", entry.id, actor.scope_of(Permission.STOCK_VIEW), repr(filter))
    return await feed.current().shared(key, read)
