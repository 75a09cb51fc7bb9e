"""Staff members, and their roles, channels and locations.

A manager of access cannot grant access that they do not have, change staff with more access, or change their
own access. At least one person who manages access always remains.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access import places, queries, service, tokens
from app.access.events import (
    StaffDeactivated,
    StaffInvited,
    StaffReactivated,
    StaffUpdated,
)
from app.access.granting import (
    checked_name,
    ensure_access_manager,
    permissions_beyond_own,
    refuse_more_than_own,
)
from app.access.models import Role, Staff
from app.access.refund_limits import refuse_higher_limits
from app.access.roles import LONGEST_ROLE_NAME
from app.core.actor import Actor
from app.core.contact import checked_email
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Forbidden, NotFound, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import differing, refuse_stale, write_changes

LONGEST_STAFF_NAME = 200
GRANTS = {"role_id", "channel_ids", "location_ids"}
_CALLED = {"role_id": "role", "channel_ids": "channels", "location_ids": "locations"}


@dataclass(frozen=True, slots=True)
class StaffData:
    """A staff member to invite; None for channels or locations means all."""

    email: str
    name: str
    role: str
    channel_ids: list[UUID] | None = None
    location_ids: list[UUID] | None = None


@command
async def invite(uow: UnitOfWork, data: StaffData) -> Staff:
    """Add a staff member, who is sent an e-mail with a link to choose a password.

    Raises:
        Invalid, ValidationFailed: every invalid field.
        AlreadyExists: a staff member, active or not, has this address.
        Forbidden: the access would exceed that of the acting person.
    """
    problems = Problems()
    email = ""
    with problems.caught():
        email = checked_email(data.email, "email")
    name = checked_name(problems, data.name, LONGEST_STAFF_NAME)
    limits = {"channel_ids": data.channel_ids, "location_ids": data.location_ids}
    role = await _checked_places_and_role(problems, limits, data.role)
    problems.refuse()
    assert role is not None
    if await queries.staff_of_address(email):
        raise AlreadyExists("Another staff member already has this email address.", "email")
    refuse_more_than_own(uow.actor, role.permissions, data.channel_ids, data.location_ids)
    await _refuse_higher_limits(uow.actor, role)
    staff = await Staff.create(
        id=new_id(),
        email=email,
        name=name,
        role_id=role.id,
        channel_ids=_texts(data.channel_ids),
        location_ids=_texts(data.location_ids),
        created_at=uow.at,
    )
    uow.is_new(staff.id)
    uow.announce(StaffInvited(subject_id=staff.id, role=role.code))
    return staff


@command
async def update(
    uow: UnitOfWork, id: UUID, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> Staff:
    """Update a staff member: `name`, `role` (a code), `channel_ids`, `location_ids`.

    Raises:
        NotFound, StaleVersion.
        Invalid, ValidationFailed: invalid values, or no one would manage access any more.
        Forbidden: the access would exceed that of the acting person, is their own, or already exceeds theirs.
    """
    everybody = await queries.lock_staff()
    staff = await _to_change(uow.actor, everybody, id)
    refuse_stale(staff, expected_version)
    written, problems = dict(changes), Problems()
    if "name" in written:
        written["name"] = checked_name(problems, written["name"], LONGEST_STAFF_NAME)
    role = await _checked_places_and_role(problems, written, written.pop("role", None))
    problems.refuse()
    if role is not None:
        written["role_id"] = role.id
    for field in ("channel_ids", "location_ids"):
        if field in written:
            written[field] = _texts(written[field])
    written = differing(staff, written)
    if GRANTS & written.keys():
        await _refuse_grants(uow.actor, staff, written)
    if written:
        async with ensure_access_manager(everybody):
            await write_changes(staff, written, uow.at)
        changed = sorted(_CALLED.get(name, name) for name in written)
        uow.announce(StaffUpdated(subject_id=staff.id, changed=changed))
    return staff


async def _refuse_grants(actor: Actor, staff: Staff, written: Mapping[str, Any]) -> None:
    if staff.id == actor.id:
        raise Forbidden("You cannot change your own access. Another staff member with ACCESS_MANAGE can.")
    (role,) = await queries.roles_by_id([written.get("role_id", staff.role_id)])
    assert role is not None
    channels = written.get("channel_ids", staff.channel_ids)
    locations = written.get("location_ids", staff.location_ids)
    refuse_more_than_own(actor, role.permissions, queries.ids_of(channels), queries.ids_of(locations))
    await _refuse_higher_limits(actor, role)


async def _refuse_higher_limits(actor: Actor, role: Role) -> None:
    """Raise Forbidden for a role that may refund more than an actor."""
    refuse_higher_limits(await queries.refund_limits_of(actor), role.permissions, role.refund_limits)


@command
async def deactivate(
    uow: UnitOfWork, id: UUID, *, keep_tokens: bool = False, expected_version: int | None = None
) -> tuple[Staff, int]:
    """Deactivate a staff member: their sessions end within two seconds.

    The API tokens that they created, and the tokens created with those, end too unless they are to be kept;
    the second value returned is their number. Calling it again ends tokens that were kept.

    Raises:
        NotFound, StaleVersion.
        Invalid: no one would manage access any more.
        Forbidden: they have more access than the acting person.
    """
    everybody = await queries.lock_staff()
    staff = await _to_change(uow.actor, everybody, id)
    refuse_stale(staff, expected_version)
    ended = 0 if keep_tokens else await tokens.end_tokens_of_staff(uow, staff.id)
    if staff.is_active:
        async with ensure_access_manager(everybody):
            await write_changes(staff, {"is_active": False}, uow.at)
        await service.end_sessions(uow, staff.id)
        uow.announce(StaffDeactivated(subject_id=staff.id, tokens_ended=ended))
    return staff, ended


@command
async def reactivate(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> Staff:
    """Reactivate a staff member with the previous password, role, channels and locations.

    Raises:
        NotFound, StaleVersion.
        Forbidden: they would have more access than the acting person.
    """
    staff = await _to_change(uow.actor, await queries.lock_staff(), id)
    refuse_stale(staff, expected_version)
    if not staff.is_active:
        await write_changes(staff, {"is_active": True}, uow.at)
        uow.announce(StaffReactivated(subject_id=staff.id))
    return staff


@command
async def set_password_hash(uow: UnitOfWork, email: str, hashed: str) -> Staff:
    """Set the password of a staff member and end their sessions, for the operator's command line.

    Raises:
        NotFound: no active staff member has this address.
    """
    staff = await queries.staff_by_email(email)
    if staff is None:
        raise NotFound("There is no active staff member with this email address.", "email")
    await write_changes(staff, {"password_hash": hashed}, uow.at)
    await service.end_sessions(uow, staff.id)
    uow.announce(StaffUpdated(subject_id=staff.id, changed=["password"]))
    return staff


async def _checked_places_and_role(
    problems: Problems, limits: Mapping[str, Any], code: str | None
) -> Role | None:
    """The role of a code; also validates that the channels and locations exist (None for all)."""
    for field in ("channel_ids", "location_ids"):
        if limits.get(field) is not None and not limits[field]:
            problems.add(
                "List at least one ID, or send null for all.", field, code=ProblemCode.TOO_FEW, minimum=1
            )
        await places.note_unknown(problems, field, limits.get(field))
    role = None if code is None else await queries.role(code)
    if code is not None and role is None:
        problems.add(
            "There is no role with this code.",
            "role",
            code=ProblemCode.NOT_FOUND,
            given=code[:LONGEST_ROLE_NAME],
        )
    return role


async def _to_change(actor: Actor, everybody: Sequence[Staff], id: UUID) -> Staff:
    """A staff member whom the actor may change, that is, who has no access beyond the actor's.

    Raises:
        NotFound, Forbidden.
    """
    staff = next((each for each in everybody if each.id == id), None)
    if staff is None:
        raise NotFound.of("staff member", "id")
    (role,) = await queries.roles_by_id([staff.role_id])
    assert role is not None
    channels, locations = queries.ids_of(staff.channel_ids), queries.ids_of(staff.location_ids)
    if staff.id != actor.id and permissions_beyond_own(actor, role.permissions, channels, locations):
        raise Forbidden("You cannot change a staff member with permissions that you do not have.")
    if staff.id != actor.id:
        await _refuse_higher_limits(actor, role)
    return staff


def _texts(ids: Iterable[UUID] | None) -> list[str] | None:
    return None if ids is None else sorted(str(id) for id in set(ids))
