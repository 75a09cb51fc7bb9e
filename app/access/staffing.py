"""Staff and their roles.

A manager of access cannot grant access that they do not have, change staff with more access, or change their
own access. At least one person who manages access always remains.
"""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access import places, queries, service, tokens
from app.access.events import (
    RoleCreated,
    RoleUpdated,
    StaffDeactivated,
    StaffInvited,
    StaffReactivated,
    StaffUpdated,
)
from app.access.models import Role, Staff
from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.contact import checked_email
from app.core.folding import one_line
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Forbidden, Invalid, NotFound, Problems
from app.core.scope import Area
from app.core.uow import UnitOfWork, command
from app.core.versions import differing, refuse_stale, write_changes

LONGEST_STAFF_NAME = 200
LONGEST_ROLE_NAME = 80
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
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
    name = _checked_name(problems, data.name, LONGEST_STAFF_NAME)
    limits = {"channel_ids": data.channel_ids, "location_ids": data.location_ids}
    role = await _checked_places_and_role(problems, limits, data.role)
    problems.refuse()
    assert role is not None
    if await queries.staff_of_address(email):
        raise AlreadyExists("Somebody of the staff has this e-mail address already.", "email")
    _refuse_more_than_own(uow.actor, role.permissions, data.channel_ids, data.location_ids)
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
        Invalid, ValidationFailed: invalid values, or nobody would manage access any more.
        Forbidden: the access would exceed that of the acting person, is their own, or already exceeds theirs.
    """
    everybody = await queries.lock_staff()
    staff = await _to_change(uow.actor, everybody, id)
    refuse_stale(staff, expected_version)
    written, problems = dict(changes), Problems()
    if "name" in written:
        written["name"] = _checked_name(problems, written["name"], LONGEST_STAFF_NAME)
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
        async with _somebody_left(everybody):
            await write_changes(staff, written, uow.at)
        changed = sorted(_CALLED.get(name, name) for name in written)
        uow.announce(StaffUpdated(subject_id=staff.id, changed=changed))
    return staff


async def _refuse_grants(actor: Actor, staff: Staff, written: Mapping[str, Any]) -> None:
    if staff.id == actor.id:
        raise Forbidden("You cannot change what you may do yourself; ask somebody else who manages access.")
    (role,) = await queries.roles_by_id([written.get("role_id", staff.role_id)])
    assert role is not None
    channels = written.get("channel_ids", staff.channel_ids)
    locations = written.get("location_ids", staff.location_ids)
    _refuse_more_than_own(actor, role.permissions, queries.ids_of(channels), queries.ids_of(locations))


@command
async def deactivate(
    uow: UnitOfWork, id: UUID, *, keep_tokens: bool = False, expected_version: int | None = None
) -> tuple[Staff, int]:
    """Deactivate a staff member: their sessions end within two seconds.

    The API tokens that they created, and the tokens created with those, end too unless they are to be kept;
    the second value returned is their number. Calling it again ends tokens that were kept.

    Raises:
        NotFound, StaleVersion.
        Invalid: nobody would manage access any more.
        Forbidden: they have more access than the acting person.
    """
    everybody = await queries.lock_staff()
    staff = await _to_change(uow.actor, everybody, id)
    refuse_stale(staff, expected_version)
    ended = 0 if keep_tokens else await tokens.end_tokens_of_staff(uow, staff.id)
    if staff.is_active:
        async with _somebody_left(everybody):
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
async def create_role(uow: UnitOfWork, *, code: str, name: str, permissions: Iterable[Permission]) -> Role:
    """Create a role.

    Raises:
        Invalid, ValidationFailed: every invalid field.
        AlreadyExists: another role has this code.
        Forbidden: it would permit more than the acting person may do.
    """
    problems = Problems()
    if not _CODE.fullmatch(code):
        problems.add(
            "A code has 1 to 40 characters: small letters, digits, _ and -, beginning with a letter.",
            "code",
            code=ProblemCode.MALFORMED,
        )
    name = _checked_name(problems, name, LONGEST_ROLE_NAME)
    wanted = _checked_permissions(problems, permissions)
    problems.refuse()
    if await queries.role(code):
        raise AlreadyExists(f"There is a role {code!r} already.", "code")
    _refuse_more_than_own(uow.actor, wanted, None, None)
    role = await Role.create(id=new_id(), code=code, name=name, permissions=wanted, created_at=uow.at)
    uow.is_new(role.id)
    uow.announce(RoleCreated(subject_id=role.id, code=code))
    return role


@command
async def update_role(
    uow: UnitOfWork, id: UUID, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> Role:
    """Change the name or permissions of a role, for all who hold it, within two seconds.

    Raises:
        NotFound, StaleVersion.
        Invalid, ValidationFailed: invalid values, or nobody would manage access any more.
        Forbidden: it permits or would permit more than the acting person may do, or it is their own role.
    """
    everybody = await queries.lock_staff()
    role = await queries.locked_role(id)
    refuse_stale(role, expected_version)
    written, problems = dict(changes), Problems()
    if "name" in written:
        written["name"] = _checked_name(problems, written["name"], LONGEST_ROLE_NAME)
    if "permissions" in written:
        written["permissions"] = _checked_permissions(problems, written["permissions"])
    problems.refuse()
    written = differing(role, written)
    if _beyond(uow.actor, role.permissions, None, None):
        raise Forbidden("You cannot change a role that allows more than you may do.")
    if "permissions" in written:
        if any(staff.id == uow.actor.id and staff.role_id == role.id for staff in everybody):
            raise Forbidden("You cannot change what your own role allows; ask somebody who has another role.")
        _refuse_more_than_own(uow.actor, written["permissions"], None, None)
    if written:
        async with _somebody_left(everybody):
            await write_changes(role, written, uow.at)
        uow.announce(RoleUpdated(subject_id=role.id, changed=sorted(written)))
    return role


@command
async def set_password_hash(uow: UnitOfWork, email: str, hashed: str) -> Staff:
    """Set the password of a staff member and end their sessions, for the operator's command line.

    Raises:
        NotFound: no active staff member has this address.
    """
    staff = await queries.staff_by_email(email)
    if staff is None:
        raise NotFound("There is nobody active on the staff with this e-mail address.", "email")
    await write_changes(staff, {"password_hash": hashed}, uow.at)
    await service.end_sessions(uow, staff.id)
    uow.announce(StaffUpdated(subject_id=staff.id, changed=["password"]))
    return staff


def _checked_name(problems: Problems, name: str, longest: int) -> str:
    written = one_line(name)
    if not 1 <= len(written) <= longest:
        problems.add(
            f"A name has 1 to {longest} characters.",
            "name",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=longest,
        )
    return written


def _checked_permissions(problems: Problems, permissions: Iterable[Permission]) -> list[str]:
    wanted = sorted({Permission(permission).value for permission in permissions})
    if not wanted:
        problems.add("A role allows something.", "permissions", code=ProblemCode.TOO_FEW, minimum=1)
    return wanted


async def _checked_places_and_role(
    problems: Problems, limits: Mapping[str, Any], code: str | None
) -> Role | None:
    """The role of a code; also validates that the channels and locations exist (None for all)."""
    for field in ("channel_ids", "location_ids"):
        if limits.get(field) is not None and not limits[field]:
            problems.add(
                "Name at least one, or null for all of them.", field, code=ProblemCode.TOO_FEW, minimum=1
            )
        await places.note_unknown(problems, field, limits.get(field))
    role = None if code is None else await queries.role(code)
    if code is not None and role is None:
        problems.add(
            "There is no role of this code.",
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
        raise NotFound.of("member of staff", "id")
    (role,) = await queries.roles_by_id([staff.role_id])
    assert role is not None
    channels, locations = queries.ids_of(staff.channel_ids), queries.ids_of(staff.location_ids)
    if staff.id != actor.id and _beyond(actor, role.permissions, channels, locations):
        raise Forbidden("You cannot change somebody who may do more than you.")
    return staff


def _refuse_more_than_own(
    actor: Actor,
    permissions: Iterable[str],
    channels: Iterable[UUID] | None,
    locations: Iterable[UUID] | None,
) -> None:
    beyond = _beyond(actor, permissions, channels, locations)
    if beyond:
        raise Forbidden(f"You cannot give what you do not have: {', '.join(beyond)}.")


def _beyond(
    actor: Actor,
    permissions: Iterable[str],
    channels: Iterable[UUID] | None,
    locations: Iterable[UUID] | None,
) -> list[str]:
    """The permissions that an actor does not have in all of these channels and locations."""
    area = Area(
        None if channels is None else frozenset(channels), None if locations is None else frozenset(locations)
    )
    return sorted({each for each in permissions if not actor.scope_of(each).includes(area)})


@asynccontextmanager
async def _somebody_left(everybody: Sequence[Staff]) -> AsyncIterator[None]:
    """Run a change after which somebody can still manage access, if somebody could before.

    Raises:
        Invalid: nobody would be left.
    """
    before = await _somebody_manages(everybody)
    yield
    if before and not await _somebody_manages(everybody):
        raise Invalid(
            "Nobody would be left who manages access in all channels and locations. Let somebody else do so "
            "first.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


async def _somebody_manages(everybody: Sequence[Staff]) -> bool:
    """Whether a staff member can sign in and manage access everywhere."""
    roles = await queries.all_roles()
    return any(
        staff.is_active
        and staff.password_hash is not None
        and staff.channel_ids is None
        and staff.location_ids is None
        and Permission.ACCESS_MANAGE in roles[staff.role_id].permissions
        for staff in everybody
    )


def _texts(ids: Iterable[UUID] | None) -> list[str] | None:
    return None if ids is None else sorted(str(id) for id in set(ids))
