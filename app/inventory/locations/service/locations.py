"""Creation and changes of locations."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.channels.service import checked_code
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.texts import checked_countries, checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.customers.contact import AddressData, checked_address
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import queries
from app.inventory.locations.events import LocationCreated, LocationUpdated
from app.inventory.locations.models import Location
from app.inventory.locations.service.hours import HoursData, check_hours


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
    """Create a location.

    Raises:
        Invalid, ValidationFailed: an invalid code or address.
        AlreadyExists: another location has the code.
    """
    address, terms = _checked(data)
    if await queries.location_code_is_taken(data.code):
        raise AlreadyExists(f"The location {data.code!r} already exists.", "code")
    reference = data.external_reference
    if reference is not None and await queries.location_reference_is_taken(reference):
        raise AlreadyExists("Another location already has this external reference.", "external_reference")
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


def _checked(data: LocationData) -> tuple[Any, dict[str, Any]]:
    """The address and the terms of a new location, as they are stored.

    Raises:
        Invalid, ValidationFailed: every part that is invalid.
    """
    problems = Problems()
    with problems.caught():
        checked_code(data.code, "code")
    if not data.name.strip():
        problems.add("Enter a name.", "name", code=ProblemCode.REQUIRED)
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
    return address, terms


@command
async def update_location(
    uow: UnitOfWork, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Location:
    """Update a location; its code never changes.

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
    """Changes as stored.

    Raises:
        ValidationFailed: every invalid value.
    """
    problems, written = Problems(), dict(changes)
    if not str(changes.get("name", "x")).strip():
        problems.add("Enter a name.", "name", code=ProblemCode.REQUIRED)
    with problems.caught():
        if changes.get("countries") is not None:
            written["countries"] = checked_countries(changes["countries"], "countries")
            if not written["countries"]:
                raise Invalid(
                    "List at least one country, or send null for all countries.",
                    "countries",
                    code=ProblemCode.TOO_FEW,
                    minimum=1,
                )
    if changes.get("hours") is not None:
        check_hours(changes["hours"], problems)
        written["hours"] = changes["hours"].hours().to_json()
    capacity = changes.get("pick_capacity")
    if capacity is not None and not 0 <= capacity <= 1_000_000:
        problems.add(
            "The capacity must be between 0 and 1,000,000 orders per day.",
            "pick_capacity",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=1_000_000,
        )
    for name in ("parcel_cost", "unit_cost"):
        if changes.get(f"{name}_minor", 0) < 0:
            problems.add(
                "The cost must not be negative.", name, "amount", code=ProblemCode.TOO_SMALL, minimum=0
            )
    problems.refuse_if_any()
    return written
