"""Queries of locations, and of which channels sell from them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import rows_by_id
from app.core.loading import in_order
from app.core.refusals import NotFound
from app.core.scope import NEVER, Scope
from app.inventory.locations.clocks import day_at
from app.inventory.locations.models import ChannelLocation, Location, LocationLoad, SourcingPolicy

M = TypeVar("M", bound=Model)


def at(scope: Scope, column: str = "location_id") -> Q | None:
    """The condition on rows of a location that a scope covers; None if it covers all.

    Work at a location is for all channels that sell from it: an area limited to channels covers the locations
    that these channels sell from.
    """
    if scope.is_everywhere:
        return None
    parts = []
    for area in scope.areas:
        part = Q()
        if area.locations is not None:
            part &= _among(column, list(area.locations))
        if area.channels is not None:
            part &= _among(column, Subquery(_of_channels(area.channels)))
        parts.append(part)
    return Q(*parts, join_type=Q.OR) if parts else NEVER


def _among(column: str, ids: Any) -> Q:
    return Q(**{f"{column}__in": ids})


def within(rows: QuerySet[M], scope: Scope, column: str = "location_id") -> QuerySet[M]:
    """The rows of a location among `rows` that a scope covers."""
    condition = at(scope, column)
    return rows if condition is None else rows.filter(condition)


def _of_channels(channels: Iterable[UUID]) -> QuerySet[ChannelLocation]:
    return ChannelLocation.filter(channel_id__in=list(channels)).values("location_id")  # type: ignore[return-value]


def locations_visible_to(actor: Actor) -> QuerySet[Location]:
    """The locations for which an actor may see stock or the work done there."""
    stock, uow = actor.scope_of(Permission.STOCK_VIEW), actor.scope_of(Permission.FULFILLMENT_VIEW)
    return within(Location.all(), Scope((*stock.areas, *uow.areas)) if stock != uow else stock, "id")


def locations_with(permission: Permission, actor: Actor) -> QuerySet[Location]:
    """The locations that an actor may see and for which it has a permission."""
    return within(locations_visible_to(actor), actor.scope_of(permission), "id")


async def location(actor: Actor, *path: str, id: UUID | None = None, code: str | None = None) -> Location:
    """A location by id or code, for reading.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    return await _one(locations_visible_to(actor), path, id, code)


async def location_for(
    permission: Permission, actor: Actor, *path: str, id: UUID | None = None, code: str | None = None
) -> Location:
    """A location by id or code, for an action that requires a permission there.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    return await _one(locations_with(permission, actor), path, id, code)


async def _one(rows: QuerySet[Location], path: Sequence[str], id: UUID | None, code: str | None) -> Location:
    found = await (rows.get_or_none(id=id) if id is not None else rows.get_or_none(code=code or ""))
    if found is None:
        raise NotFound.of("location", *(path or ("location",)))
    return found


async def locked_location(permission: Permission, actor: Actor, id: UUID) -> Location:
    """A locked location whose settings an actor may change; they apply to all channels that use it.

    Raises:
        NotFound: it does not exist, or the actor does not have the permission there for all channels.
    """
    condition = actor.scope_of(permission).rows(channel=None, location="id")
    rows = locations_visible_to(actor)
    rows = rows if condition is None else rows.filter(condition)
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("location", "id")
    return found


async def covers(scope: Scope, location_id: UUID) -> bool:
    """Whether a scope covers a location."""
    return scope.is_everywhere or await within(Location.all(), scope, "id").filter(id=location_id).exists()


async def locations_in(scopes: list[Scope]) -> list[frozenset[UUID]]:
    """Batch: the locations that each scope covers."""
    return [
        frozenset(await within(Location.all(), scope, "id").values_list("id", flat=True))  # type: ignore[arg-type]
        for scope in scopes
    ]


async def location_code_is_taken(code: str) -> bool:
    return await Location.filter(code=code).exists()


async def location_reference_is_taken(reference: str) -> bool:
    return await Location.filter(external_reference=reference).exists()


async def sourcing_policies(channel_ids: list[UUID]) -> list[SourcingPolicy | None]:
    """Batch: the sourcing policy of each channel; None for the defaults."""
    return list(in_order(channel_ids, await rows_by_id(SourcingPolicy, channel_ids, "channel_id")))


async def days_of(location_ids: Iterable[UUID], at: datetime) -> dict[UUID, date]:
    """The current date at some locations."""
    rows = await Location.filter(id__in=list(location_ids)).values_list("id", "hours")
    return {id: day_at(hours, at) for id, hours in rows}


async def locations_by_day(at: datetime) -> dict[date, list[UUID]]:
    """All locations by their current date."""
    found: dict[date, list[UUID]] = {}
    for id, hours in await Location.all().values_list("id", "hours"):
        found.setdefault(day_at(hours, at), []).append(id)
    return found


async def loads_from(ids: Iterable[UUID], day: date) -> dict[tuple[UUID, date], int]:
    """The number of orders assigned to locations for a day and later days."""
    rows = await LocationLoad.filter(location_id__in=list(ids), day__gte=day)
    return {(row.location_id, row.day): row.orders for row in rows}


async def loads(keys: Iterable[tuple[UUID, date]]) -> dict[tuple[UUID, date], int]:
    """The number of orders assigned to locations for a day."""
    wanted = set(keys)
    rows = await LocationLoad.filter(
        location_id__in=[location for location, _ in wanted], day__in=[day for _, day in wanted]
    )
    return {(row.location_id, row.day): row.orders for row in rows}


async def locations_by_channel(ids: list[UUID]) -> list[list[Location]]:
    """Batch: the locations that each channel sells from, by rank."""
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
    """The ids of the locations that match a condition, for a query that applies the scope."""
    return Subquery(Location.filter(condition).values("id"))
