"""Fields that locations add to channels."""

from typing import Any

import strawberry

from app.access.permissions import Permission
from app.core.graphql.policy import OWN_SCOPE, field
from app.inventory.locations import queries
from app.inventory.locations.schema.places import with_permission
from app.inventory.locations.schema.types import Location, SourcingPolicy
from app.inventory.policies import VIEW
from app.inventory.sourcing import Policy


@strawberry.type
class ChannelStock:
    @field(VIEW, reach=OWN_SCOPE)
    async def locations(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[Location] | None:
        """Locations that the channel sells from, in order of priority, limited to those where the caller can
        see stock. Null without the permission STOCK_VIEW."""
        found = await info.context.load(queries.locations_by_channel, root.id)
        return await with_permission(info, Permission.STOCK_VIEW, found)

    @field(VIEW)
    async def sourcing_policy(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> SourcingPolicy | None:
        """Sourcing policy of the channel; null without the permission STOCK_VIEW for the whole channel."""
        if not info.context.actor.scope_of(Permission.STOCK_VIEW).covers(root.id):
            return None
        found = await info.context.load(queries.sourcing_policies, root.id)
        return found or Policy()  # type: ignore[return-value]  # a row or the defaults, read by attribute
