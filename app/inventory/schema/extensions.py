"""What the inventory adds to the types below it."""

from collections.abc import Sequence
from typing import Any

import strawberry

from app.catalog.schema import Variant
from app.catalog.schema.types import ChannelCode, terms_of
from app.channels.schema import Channel
from app.core.database import values_of
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.policy import field
from app.inventory import queries
from app.inventory.schema.types import VIEW, Location, StockLevel


@extends(Variant)
class VariantStock:
    @level_field(int | None)
    async def available(
        roots: Sequence[Any], info: strawberry.Info, channel: ChannelCode = None
    ) -> list[int | None]:
        """How many can be bought now in a channel, over all its locations; null for what never runs out."""
        terms = await terms_of(roots, info, channel)
        tracked = values_of(roots, "tracks_stock")
        keys = [
            (id, each.id) if is_tracked and each is not None else None
            for id, is_tracked, each in zip(values_of(roots, "id"), tracked, terms, strict=True)
        ]
        asked = [key for key in keys if key is not None]
        found = dict(zip(asked, await queries.availability(asked), strict=True)) if asked else {}
        return [found[key] if key is not None else None for key in keys]

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
