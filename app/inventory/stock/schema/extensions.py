"""Fields that stock adds to types of lower layers."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog.lifecycle import Composition
from app.catalog.schema.types import ChannelCode, terms_of
from app.channels.calendar import today_of
from app.core import clock
from app.core.database import values_of
from app.core.graphql.levels import level_field
from app.core.graphql.policy import OWN_SCOPE, field
from app.core.graphql.scalars import arg
from app.inventory.locations.schema.places import with_permission
from app.inventory.policies import VIEW
from app.inventory.stock import queries
from app.inventory.stock.pegging import Promisable
from app.inventory.stock.schema.types import AvailableToPromise, PromisableFrom, StockLevel


@strawberry.type
class VariantStock:
    @level_field(int | None)
    async def available(
        roots: Sequence[Any], info: strawberry.Info, channel: ChannelCode = None
    ) -> list[int | None]:
        """Number of units that can be bought now in a channel, over all its locations; null for variants
        without stock tracking."""
        terms = await terms_of(roots, info, channel)
        tracked = values_of(roots, "tracks_stock")
        keys = [
            (id, each.id) if is_tracked and each is not None else None
            for id, is_tracked, each in zip(values_of(roots, "id"), tracked, terms, strict=True)
        ]
        asked = [key for key in keys if key is not None]
        made = values_of(roots, "composition")
        bundles = {
            id for id, of in zip(values_of(roots, "id"), made, strict=True) if of is Composition.BUNDLE
        }
        if not asked:
            counts = []
        elif bundles:
            counts = await queries.availability_with_bundles(asked, bundles)
        else:
            counts = await queries.availability(asked)
        found = dict(zip(asked, counts, strict=True))
        return [found[key] if key is not None else None for key in keys]

    @level_field(AvailableToPromise | None)
    async def available_to_promise(
        roots: Sequence[Any],
        info: strawberry.Info,
        channel: ChannelCode = None,
        on: Annotated[
            date | None,
            arg(
                "Date by which the units are needed; defaults to the current date in the channel's time zone."
            ),
        ] = None,
    ) -> list[AvailableToPromise | None]:
        """Quantity that is available to promise in a channel, by date, from stock, reservations and incoming
        stock. Null for variants without stock tracking."""
        terms = await terms_of(roots, info, channel)
        tracked = values_of(roots, "tracks_stock")
        ids = values_of(roots, "id")
        found: list[AvailableToPromise | None] = [None] * len(ids)
        for wanted, today in {
            each.id: today_of(each, clock.now()) for each in terms if each is not None
        }.items():
            chosen = [
                i for i, each in enumerate(terms) if each is not None and each.id == wanted and tracked[i]
            ]
            promises = await queries.promisable_by_day([ids[i] for i in chosen], wanted, today)
            for i in chosen:
                found[i] = _promise(*promises[ids[i]], on or today)
        return found

    @field(VIEW, reach=OWN_SCOPE)
    async def stock_levels(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[StockLevel] | None:
        """Stock of the variant at each location that the caller can see; null without the permission
        STOCK_VIEW."""
        levels = await info.context.load(queries.levels_by_variant, root.id)
        return await with_permission(info, Permission.STOCK_VIEW, levels)


def _promise(steps: Sequence[Promisable], beyond: int, on: date) -> AvailableToPromise:
    return AvailableToPromise(
        quantity=max((step.quantity for step in steps if step.on <= on), default=0),
        schedule=[PromisableFrom(on=step.on, quantity=step.quantity) for step in steps],
        beyond=beyond,
    )
