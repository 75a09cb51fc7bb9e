"""Roles: the permissions that staff have by them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.access import queries
from app.access.events import RoleCreated, RoleUpdated
from app.access.granting import (
    checked_name,
    ensure_access_manager,
    permissions_beyond_own,
    refuse_more_than_own,
)
from app.access.models import Role
from app.access.permissions import Permission
from app.access.refund_limits import refuse_higher_limits, stored_limits
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Forbidden, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import differing, refuse_stale, write_changes

LONGEST_ROLE_NAME = 80
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@command
async def create_role(
    uow: UnitOfWork,
    *,
    code: str,
    name: str,
    permissions: Iterable[Permission],
    refund_limits: Sequence[Money] | None = None,
) -> Role:
    """Create a role; without `refund_limits` it may refund any amount.

    Raises:
        Invalid, ValidationFailed: every invalid field.
        AlreadyExists: another role has this code.
        Forbidden: it would permit more than the acting person may do.
    """
    problems = Problems()
    if not _CODE.fullmatch(code):
        problems.add(
            (
                "The code must have 1 to 40 characters: lowercase letters, digits, _ and -, "
                "starting with a letter."
            ),
            "code",
            code=ProblemCode.MALFORMED,
        )
    name = checked_name(problems, name, LONGEST_ROLE_NAME)
    wanted = _checked_permissions(problems, permissions)
    limits = stored_limits(problems, refund_limits)
    problems.refuse()
    if await queries.role(code):
        raise AlreadyExists(f"The role {code!r} already exists.", "code")
    refuse_more_than_own(uow.actor, wanted, None, None)
    refuse_higher_limits(await queries.refund_limits_of(uow.actor), wanted, limits)
    role = await Role.create(
        id=new_id(), code=code, name=name, permissions=wanted, refund_limits=limits, created_at=uow.at
    )
    uow.is_new(role.id)
    uow.announce(RoleCreated(subject_id=role.id, code=code))
    return role


@command
async def update_role(
    uow: UnitOfWork, id: UUID, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> Role:
    """Change the name, permissions or refund limits of a role, for all who hold it, within two seconds.

    Raises:
        NotFound, StaleVersion.
        Invalid, ValidationFailed: invalid values, or no one would manage access any more.
        Forbidden: it permits or would permit more than the acting person may do, or it is their own role.
    """
    everybody = await queries.lock_staff()
    role = await queries.locked_role(id)
    refuse_stale(role, expected_version)
    written, problems = dict(changes), Problems()
    if "name" in written:
        written["name"] = checked_name(problems, written["name"], LONGEST_ROLE_NAME)
    if "permissions" in written:
        written["permissions"] = _checked_permissions(problems, written["permissions"])
    if "refund_limits" in written:
        written["refund_limits"] = stored_limits(problems, written["refund_limits"])
    problems.refuse()
    written = differing(role, written)
    if permissions_beyond_own(uow.actor, role.permissions, None, None):
        raise Forbidden("You cannot change a role with permissions that you do not have.")
    own = await queries.refund_limits_of(uow.actor)
    refuse_higher_limits(own, role.permissions, role.refund_limits)
    if {"permissions", "refund_limits"} & written.keys():
        if any(staff.id == uow.actor.id and staff.role_id == role.id for staff in everybody):
            raise Forbidden(
                "You cannot change the permissions or refund limits of your own role. A staff member with "
                "another role can."
            )
        wanted = written.get("permissions", role.permissions)
        refuse_more_than_own(uow.actor, wanted, None, None)
        refuse_higher_limits(own, wanted, written.get("refund_limits", role.refund_limits))
    if written:
        async with ensure_access_manager(everybody):
            await write_changes(role, written, uow.at)
        uow.announce(RoleUpdated(subject_id=role.id, changed=sorted(written)))
    return role


def _checked_permissions(problems: Problems, permissions: Iterable[Permission]) -> list[str]:
    wanted = sorted({Permission(permission).value for permission in permissions})
    if not wanted:
        problems.add(
            "A role must have at least one permission.", "permissions", code=ProblemCode.TOO_FEW, minimum=1
        )
    return wanted
