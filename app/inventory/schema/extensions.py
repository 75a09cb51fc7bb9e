"""What the inventory adds to the types below it."""

from typing import Any

import strawberry

from app.catalog.schema import Variant
from app.catalog.schema.types import ChannelCode
from app.channels import queries as channels
from app.channels.schema import Channel
from app.core.graphql.extending import extends
from app.core.graphql.policy import field
from app.inventory import queries
from app.inventory.schema.types import VIEW, Location, StockLevel


@extends(Variant)
class VariantStock:
    @field()
    async def available(
        self, root: strawberry.Parent[Any], info: strawberry.Info, channel: ChannelCode = None
    ) -> int | None:
        """How many can be bought now in a channel, over all its locations; null for what never runs out."""
        if not root.tracks_stock:
            return None
        terms = root.in_channel
        if channel is not None and (terms is None or terms.code != channel):
            terms = await channels.by_code(channel, info.context.actor, "channel")
        if terms is None:
            return None
        return await info.context.load(queries.availability, (root.id, terms.id))

    @field(VIEW)
    async def stock_levels(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[StockLevel] | None:
        """Its stock in each location that the caller may see; null without the permission STOCK_VIEW."""
        levels = await info.context.load(queries.levels_by_variant, root.id)
        actor = info.context.actor
        if actor.channels is None:
            return levels
        allowed = {id for c in actor.channels for id in await queries.ranking(c)}
        return [level for level in levels if level.location_id in allowed]


@extends(Channel)
class ChannelStock:
    @field(VIEW)
    async def locations(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[Location] | None:
        """The locations that it sells from, the first choice first; null without STOCK_VIEW."""
        return await info.context.load(queries.locations_by_channel, root.id)
