"""Watching stock."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import strawberry

from app.core.graphql.filters import combined
from app.core.graphql.policy import subscription
from app.core.graphql.scalars import arg
from app.core.journal import feed
from app.inventory import queries
from app.inventory.events import StockChanged
from app.inventory.schema.queries import StockLevelFilter, level_conditions
from app.inventory.schema.types import VIEW, StockLevel


@strawberry.type
class InventorySubscription:
    @subscription(VIEW)
    async def stock_level_updated(
        self,
        info: strawberry.Info,
        filter: Annotated[
            StockLevelFilter | None, arg("Which levels; all that the caller may see if left out.")
        ] = None,
    ) -> AsyncIterator[StockLevel]:
        """Each stock level as it is after each change, reservations included."""
        conditions = combined(filter, level_conditions)
        async for entry in feed.follow_kind(StockChanged.subject_kind, None):
            ids = [UUID(id) for id in entry.payload["level_ids"]]
            rows = queries.visible_to(info.context.actor).filter(conditions, id__in=ids)
            for level in await queries.with_expired(await rows):
                yield level  # type: ignore[misc]
