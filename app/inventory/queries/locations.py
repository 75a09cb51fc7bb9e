"""Reads of locations, and of which channel sells from which."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import rows_by_id
from app.core.loading import in_order
from app.core.refusals import NotFound
from app.inventory.clocks import day_at
from app.inventory.models import ChannelLocation, Location, LocationLoad, SourcingPolicy


def locations_visible_to(actor: Actor) -> QuerySet[Location]:
    """The locations that an actor may know of: who sees stock, or the work that is done in them."""
    if not actor.may(Permission.STOCK_VIEW) and not actor.may(Permission.FULFILLMENT_VIEW):
        return Location.filter(id__in=[])
    return (
        Location.all()
        if actor.channels is None
        else Location.filter(id__in=Subquery(of_channels(actor.channels)))
    )


def of_channels(channels: Iterable[UUID]) -> QuerySet[ChannelLocation]:
    return ChannelLocation.filter(channel_id__in=list(channels)).values("location_id")  # type: ignore[return-value]


async def location(actor: Actor, *path: str, id: UUID | None = None, code: str | None = None) -> Location:
    """A location by id or code.

    Raises:
        NotFound: there is none that this actor may see.
    """
    rows = locations_visible_to(actor)
    found = await (rows.get_or_none(id=id) if id is not None else rows.get_or_none(code=code or ""))
    if found is None:
        raise NotFound.of("location", *(path or ("location",)))
    return found


async def locked_location(id: UUID, actor: Actor) -> Location:
    found = await locations_visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("location", "id")
    return found


async def location_code_is_taken(code: str) -> bool:
    return await Location.filter(code=code).exists()


async def location_reference_is_taken(reference: str) -> bool:
    return await Location.filter(external_reference=reference).exists()


async def sourcing_policies(channel_ids: list[UUID]) -> list[SourcingPolicy | None]:
    """Batch: the sourcing policy of each channel; None for one that has the defaults."""
    return list(in_order(channel_ids, await rows_by_id(SourcingPolicy, channel_ids, "channel_id")))


async def forget_sourcing_policy(channel_id: UUID) -> None:
    await SourcingPolicy.filter(channel_id=channel_id).delete()


async def days_of(location_ids: Iterable[UUID], at: datetime) -> dict[UUID, date]:
    """Which day it is in some locations."""
    rows = await Location.filter(id__in=list(location_ids)).values_list("id", "hours")
    return {id: day_at(hours, at) for id, hours in rows}


async def locations_by_day(at: datetime) -> dict[date, list[UUID]]:
    """All locations, by the day that it is in them."""
    found: dict[date, list[UUID]] = {}
    for id, hours in await Location.all().values_list("id", "hours"):
        found.setdefault(day_at(hours, at), []).append(id)
    return found


async def loads_from(ids: Iterable[UUID], day: date) -> dict[tuple[UUID, date], int]:
    """How many orders locations have been given for a day and those after it."""
    rows = await LocationLoad.filter(location_id__in=list(ids), day__gte=day)
    return {(row.location_id, row.day): row.orders for row in rows}


async def loads(keys: Iterable[tuple[UUID, date]]) -> dict[tuple[UUID, date], int]:
    """How many orders locations have been given for a day."""
    wanted = set(keys)
    rows = await LocationLoad.filter(
        location_id__in=[location for location, _ in wanted], day__in=[day for _, day in wanted]
    )
    return {(row.location_id, row.day): row.orders for row in rows}


async def ranking(channel_id: UUID) -> list[UUID]:
    """The active locations that a channel sells from, the first choice first."""
    active = Location.filter(is_active=True).values("id")
    return [
        id
        for (id,) in await ChannelLocation.filter(channel_id=channel_id, location_id__in=Subquery(active))
        .order_by("rank", "location_id")
        .values_list("location_id")
    ]


async def channel_locations(channel_id: UUID) -> list[ChannelLocation]:
    return await ChannelLocation.filter(channel_id=channel_id).order_by("rank", "location_id")


async def forget_channel_locations(channel_id: UUID) -> None:
    await ChannelLocation.filter(channel_id=channel_id).delete()


async def locations_by_channel(ids: list[UUID]) -> list[list[Location]]:
    """Batch: the locations that each channel sells from, in its order."""
    links = await ChannelLocation.filter(channel_id__in=ids).order_by("rank", "location_id")
    found = {row.id: row for row in await Location.filter(id__in=[link.location_id for link in links])}
    return [
        [found[link.location_id] for link in links if link.channel_id == id and link.location_id in found]
        for id in ids
    ]


async def locations_by_id(ids: list[UUID]) -> Sequence[Location | None]:
    """Batch: the location of each id."""
    return in_order(ids, await rows_by_id(Location, ids))


def location_ids(condition: Q) -> Subquery:
    """The ids of the locations that a condition holds for, for use in a query whose own rows are scoped."""
    return Subquery(Location.filter(condition).values("id"))
