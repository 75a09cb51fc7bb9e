"""What a manager of access may grant, and who must be able to manage access afterwards."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from app.access import queries
from app.access.models import Staff
from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.folding import one_line
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Invalid, Problems
from app.core.scope import Area


def checked_name(problems: Problems, name: str, longest: int) -> str:
    written = one_line(name)
    if not 1 <= len(written) <= longest:
        problems.add(
            f"The name must have 1 to {longest} characters.",
            "name",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=longest,
        )
    return written


def refuse_more_than_own(
    actor: Actor,
    permissions: Iterable[str],
    channels: Iterable[UUID] | None,
    locations: Iterable[UUID] | None,
) -> None:
    beyond = permissions_beyond_own(actor, permissions, channels, locations)
    if beyond:
        raise Forbidden(f"You cannot grant permissions that you do not have: {', '.join(beyond)}.")


def permissions_beyond_own(
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
async def ensure_access_manager(everybody: Sequence[Staff]) -> AsyncIterator[None]:
    """Run a change after which somebody can still manage access, if somebody could before.

    Raises:
        Invalid: no one who manages access would be left.
    """
    before = await _has_access_manager(everybody)
    yield
    if before and not await _has_access_manager(everybody):
        raise Invalid(
            (
                "At least one active staff member must have ACCESS_MANAGE in all channels and "
                "locations. Grant it to another staff member first."
            ),
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


async def _has_access_manager(everybody: Sequence[Staff]) -> bool:
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
