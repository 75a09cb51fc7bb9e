"""Opening and changing locations, and which channel sells from which."""

import zoneinfo
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from datetime import date, time
from functools import cache
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel
from app.channels.service import checked_code
from app.core.database import delete_where, insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.texts import checked_countries, checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.customers.contact import AddressData, checked_address
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import queries
from app.inventory.locations.events import LocationCreated, LocationUpdated, SourcingPolicySet
from app.inventory.locations.models import ChannelLocation, Location, SourcingPolicy
from app.inventory.sourcing import Hours, Policy

MOST_HOLIDAYS = 1_000


@dataclass(slots=True)
class HoursData:
    """When a location is open. `week` says for each day that it opens, 0 for Monday, from when to when."""

    time_zone: str
    week: dict[int, tuple[time, time]]
    cut_off: time | None = None
    holidays: list[date] = field(default_factory=list)

    def hours(self) -> Hours:
        return Hours(self.time_zone, self.week, self.cut_off, frozenset(self.holidays))


@dataclass(slots=True)
class LocationData:
    code: str
    name: str
    kind: LocationKind = LocationKind.WAREHOUSE
    address: AddressData | None = None
    external_reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    countries: list[str] | None = None
    hours: HoursData | None = None
    pick_capacity: int | None = None
    parcel_cost_minor: int = 0
    unit_cost_minor: int = 0


@command
async def create_location(uow: UnitOfWork, data: LocationData) -> Location:
    """Open a location.

    Raises:
        Invalid, ValidationFailed: a code or an address that cannot be.
        AlreadyExists: another location has the code.
    """
    problems = Problems()
    with problems.caught():
        checked_code(data.code, "code")
    if not data.name.strip():
        problems.add("Give the location a name.", "name", code=ProblemCode.REQUIRED)
    address = None
    with problems.caught():
        address = checked_address(data.address, "address").to_json() if data.address else None
    terms: dict[str, Any] = {}
    with problems.caught():
        terms = _checked_terms(
            {
                "countries": data.countries,
                "hours": data.hours,
                "pick_capacity": data.pick_capacity,
                "parcel_cost_minor": data.parcel_cost_minor,
                "unit_cost_minor": data.unit_cost_minor,
            }
        )
    with problems.caught():
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    problems.refuse()
    if await queries.location_code_is_taken(data.code):
        raise AlreadyExists(f"There is a location {data.code!r} already.", "code")
    reference = data.external_reference
    if reference is not None and await queries.location_reference_is_taken(reference):
        raise AlreadyExists("There is a location with this external reference already.", "external_reference")
    location = await Location.create(
        id=new_id(),
        code=data.code,
        name=data.name.strip(),
        kind=data.kind,
        address=address,
        external_reference=data.external_reference,
        metadata=data.metadata,
        created_at=uow.at,
        updated_at=uow.at,
        **terms,
    )
    uow.is_new(location.id)
    uow.announce(LocationCreated(subject_id=location.id, code=location.code))
    return location


@command
async def update_location(
    uow: UnitOfWork, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Location:
    """Change a location; its code stays for ever.

    Raises:
        NotFound, StaleVersion, ValidationFailed.
    """
    location = await queries.locked_location(Permission.STOCK_MANAGE, uow.actor, id)
    refuse_stale(location, expected_version)
    problems, written = Problems(), dict(changes)
    with problems.caught():
        written = _checked_terms(changes)
    if written.get("address") is not None:
        with problems.caught():
            written["address"] = checked_address(written["address"], "address").to_json()
    problems.refuse_if_any()
    await write_changes(location, written, uow.at)
    uow.announce(LocationUpdated(subject_id=location.id, changed=sorted(changes)))
    return location


def _checked_terms(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes as they are stored.

    Raises:
        ValidationFailed: every one that cannot be.
    """
    problems, written = Problems(), dict(changes)
    if not str(changes.get("name", "x")).strip():
        problems.add("Give the location a name.", "name", code=ProblemCode.REQUIRED)
    with problems.caught():
        if changes.get("countries") is not None:
            written["countries"] = checked_countries(changes["countries"], "countries")
            if not written["countries"]:
                raise Invalid(
                    "Name at least one country; null for everywhere.",
                    "countries",
                    code=ProblemCode.TOO_FEW,
                    minimum=1,
                )
    if changes.get("hours") is not None:
        _check_hours(changes["hours"], problems)
        written["hours"] = changes["hours"].hours().to_json()
    capacity = changes.get("pick_capacity")
    if capacity is not None and not 0 <= capacity <= 1_000_000:
        problems.add(
            "A capacity is 0 to 1000000 orders a day.",
            "pick_capacity",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=1_000_000,
        )
    for name in ("parcel_cost", "unit_cost"):
        if changes.get(f"{name}_minor", 0) < 0:
            problems.add("A cost cannot be negative.", name, "amount", code=ProblemCode.TOO_SMALL, minimum=0)
    problems.refuse_if_any()
    return written


def _check_hours(hours: HoursData, problems: Problems) -> None:
    if hours.time_zone not in _time_zones():
        problems.add(
            "This is no IANA time zone, such as Europe/Berlin.",
            "hours",
            "time_zone",
            code=ProblemCode.MALFORMED,
            given=hours.time_zone[:80],
        )
    if not hours.week:
        problems.add("Say on which days it opens.", "hours", "week", code=ProblemCode.REQUIRED)
    for index, (day, (opens, closes)) in enumerate(sorted(hours.week.items())):
        if opens.tzinfo or closes.tzinfo:
            problems.add(
                "Times are those of the location's time zone: without an offset.",
                "hours",
                "week",
                str(index),
                code=ProblemCode.MALFORMED,
            )
        elif opens >= closes:
            problems.add(
                f"It closes after it opens, on day {day + 1} too.",
                "hours",
                "week",
                str(index),
                "closes",
                code=ProblemCode.ENDS_BEFORE_START,
                field="opens",
            )
    if hours.cut_off is not None:
        if hours.cut_off.tzinfo:
            problems.add(
                "This is a time of the location's time zone: without an offset.",
                "hours",
                "cut_off",
                code=ProblemCode.MALFORMED,
            )
        elif any(not closes.tzinfo and hours.cut_off > closes for _, closes in hours.week.values()):
            problems.add(
                "The cut-off is before closing time, on every day.",
                "hours",
                "cut_off",
                code=ProblemCode.CONTRADICTION,
                field="week",
            )
    if len(hours.holidays) > MOST_HOLIDAYS:
        problems.add(
            f"There can be {MOST_HOLIDAYS} holidays at the most.",
            "hours",
            "holidays",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_HOLIDAYS,
        )


_time_zones = cache(zoneinfo.available_timezones)


@command
async def change_sourcing_policy(uow: UnitOfWork, channel: Channel, said: dict[str, Any]) -> None:
    """Change what is said of how a channel wants its orders sent; the rest stays.

    Raises:
        NotFound: the channel is gone, or not for this actor.
        Invalid: limits that cannot be.
    """
    await channels.locked(channel.id, uow.actor, Permission.CHANNELS_MANAGE, "channel")
    (row,) = await queries.sourcing_policies([channel.id])
    names = [rule.name for rule in dataclass_fields(Policy)]
    now = Policy(**{name: getattr(row, name) for name in names}) if row else Policy()
    await set_sourcing_policy(uow, channel, replace(now, **said))


@command
async def set_sourcing_policy(uow: UnitOfWork, channel: Channel, policy: Policy) -> None:
    """Say how a channel wants its orders sent. Replaces what was said before.

    Raises:
        Invalid: limits that cannot be.
    """
    if policy.max_parcels is not None and not 1 <= policy.max_parcels <= 100:
        raise Invalid(
            "An order leaves in 1 to 100 parcels.",
            "max_parcels",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=100,
        )
    if not 1 <= policy.min_parcel_units <= 1_000_000:
        raise Invalid(
            "A parcel has 1 to 1000000 units.",
            "min_parcel_units",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=1_000_000,
        )
    await delete_where(SourcingPolicy, "channel_id = $1", channel.id)
    await insert(
        [
            SourcingPolicy(
                channel_id=channel.id,
                **{rule.name: getattr(policy, rule.name) for rule in dataclass_fields(policy)},
            )
        ]
    )
    uow.announce(
        SourcingPolicySet(subject_id=channel.id, channel_id=channel.id, strategy=policy.strategy.value)
    )


@command
async def set_channel_locations(uow: UnitOfWork, channel: Channel, locations: list[Location]) -> None:
    """Say from which locations a channel sells, the first choice first. Replaces what was said before.

    Raises:
        Invalid: a location stands in the list twice.
    """
    if len({location.id for location in locations}) != len(locations):
        raise Invalid("A location stands in the list twice.", "locations", code=ProblemCode.REPEATED)
    await delete_where(ChannelLocation, "channel_id = $1", channel.id)
    await ChannelLocation.bulk_create(
        [
            ChannelLocation(id=new_id(), channel_id=channel.id, location_id=location.id, rank=rank)
            for rank, location in enumerate(locations)
        ]
    )
