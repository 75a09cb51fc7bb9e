"""Opening and changing locations, and which channel sells from which."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.channels.models import Channel
from app.channels.service import checked_code
from app.core.ids import new_id
from app.core.refusals import AlreadyExists, Invalid
from app.core.versions import refuse_stale, write_changes
from app.core.work import Work, verb
from app.customers.contact import AddressData, checked_address
from app.inventory import queries
from app.inventory.events import LocationCreated, LocationUpdated
from app.inventory.lifecycle import LocationKind
from app.inventory.models import ChannelLocation, Location


@dataclass(slots=True)
class LocationData:
    code: str
    name: str
    kind: LocationKind = LocationKind.WAREHOUSE
    address: AddressData | None = None
    external_reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@verb
async def create_location(work: Work, data: LocationData) -> Location:
    """Open a location.

    Raises:
        Invalid, ValidationFailed: a code or an address that cannot be.
        AlreadyExists: another location has the code.
    """
    checked_code(data.code, "code")
    if not data.name.strip():
        raise Invalid("Give the location a name.", "name")
    address = checked_address(data.address, "address").plain() if data.address else None
    if await queries.location_code_is_taken(data.code):
        raise AlreadyExists(f"There is a location {data.code!r} already.", "code")
    location = await Location.create(
        id=new_id(),
        code=data.code,
        name=data.name.strip(),
        kind=data.kind,
        address=address,
        external_reference=data.external_reference,
        metadata=data.metadata,
        created_at=work.at,
        updated_at=work.at,
    )
    work.born(location.id)
    work.announce(LocationCreated(subject_id=location.id, code=location.code))
    return location


@verb
async def update_location(
    work: Work, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Location:
    """Change a location; its code stays for ever.

    Raises:
        NotFound, StaleVersion, ValidationFailed.
    """
    location = await queries.locked_location(id, work.actor)
    refuse_stale(location, expected_version)
    written = dict(changes)
    if written.get("address") is not None:
        written["address"] = checked_address(written["address"], "address").plain()
    await write_changes(location, written, work.at)
    work.announce(LocationUpdated(subject_id=location.id, changed=sorted(changes)))
    return location


@verb
async def set_channel_locations(work: Work, channel: Channel, locations: list[Location]) -> None:
    """Say from which locations a channel sells, the first choice first. Replaces what was said before.

    Raises:
        Invalid: a location stands in the list twice.
    """
    if len({location.id for location in locations}) != len(locations):
        raise Invalid("A location stands in the list twice.", "locations")
    await queries.forget_channel_locations(channel.id)
    await ChannelLocation.bulk_create(
        [
            ChannelLocation(id=new_id(), channel_id=channel.id, location_id=location.id, rank=rank)
            for rank, location in enumerate(locations)
        ]
    )
