"""Queries of the locations at which the buyers of a channel can pick up their orders."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.inventory.locations.models import ChannelLocation, Location, PickupSetting


async def pickup_settings_by_channel(ids: list[UUID]) -> list[list[PickupSetting]]:
    """Batch: the pick-up settings of each channel with their locations, by the code of the location."""
    rows = await _with_places(await PickupSetting.filter(channel_id__in=ids))
    return [[row for row in rows if row.channel_id == id] for id in ids]


async def offered_in(channel_ids: list[UUID]) -> list[list[PickupSetting]]:
    """Batch: the settings of each channel under which orders can be placed, by the code of the location.

    The setting and the location are active, the location has an address, and the channel sells from it.
    """
    rows = await _with_places(await PickupSetting.filter(channel_id__in=channel_ids, is_active=True))
    links = await ChannelLocation.filter(channel_id__in=channel_ids).values_list("channel_id", "location_id")
    sold_from = set(links)
    open_rows = [
        row
        for row in rows
        if row.place.is_active and row.place.address and (row.channel_id, row.location_id) in sold_from
    ]
    return [[row for row in open_rows if row.channel_id == id] for id in channel_ids]


async def offered_at(channel_id: UUID, code: str) -> PickupSetting | None:
    """The setting for pick-up at the location with a code, if it is offered in the channel."""
    (rows,) = await offered_in([channel_id])
    return next((row for row in rows if row.place.code == code), None)


async def setting_of(channel_id: UUID, location_id: UUID) -> PickupSetting | None:
    return await PickupSetting.get_or_none(channel_id=channel_id, location_id=location_id)


async def number_of_settings(channel_id: UUID) -> int:
    return await PickupSetting.filter(channel_id=channel_id).count()


async def sells_from(channel_id: UUID, location_id: UUID) -> bool:
    return await ChannelLocation.filter(channel_id=channel_id, location_id=location_id).exists()


async def _with_places(rows: Sequence[PickupSetting]) -> list[PickupSetting]:
    places = {each.id: each for each in await _locations(row.location_id for row in rows)}
    for row in rows:
        row.place = places[row.location_id]
    return sorted(rows, key=lambda row: row.place.code)


async def _locations(ids: Iterable[UUID]) -> list[Location]:
    wanted = set(ids)
    return await Location.filter(id__in=list(wanted)) if wanted else []
