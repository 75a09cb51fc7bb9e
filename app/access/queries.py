"""Queries of the access domain."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from tortoise.queryset import QuerySet

from app.access.models import ApiToken, AttemptCount, KnownNetwork, Role, Session, Staff
from app.access.permissions import Permission
from app.access.refund_limits import UNLIMITED, RefundLimits
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.contact import normalized_email
from app.core.database import among, fetch, uuid_of
from app.core.ids import fingerprint
from app.core.refusals import NotFound
from app.core.scope import NEVER, Area, Ids


async def good_tokens(hashes: Collection[str]) -> list[Any]:
    """The rows of the valid API tokens with these hashes."""
    return await fetch(
        "SELECT id, token_hash, name, permissions, channel_ids, location_ids FROM api_token "  # noqa: S608
        f"WHERE {among('token_hash', 1)} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        list(hashes),
        clock.now(),
    )


async def tokens_visible_to(actor: Actor) -> QuerySet[ApiToken]:
    """The API tokens that an actor may manage.

    These are the tokens whose channels and locations are within the actor's scope for ACCESS_MANAGE. An API
    token must also have every permission of the managed token in all of these channels and locations.
    """
    scope = actor.scope_of(Permission.ACCESS_MANAGE)
    is_program = actor.kind is ActorKind.APP
    if scope.is_everywhere and not (
        is_program and any(not actor.scope_of(each).is_everywhere for each in Permission)
    ):
        return ApiToken.all()
    columns = ("id", "permissions", "channel_ids", "location_ids")
    return ApiToken.filter(
        id__in=[
            id
            for id, permissions, channels, locations in await ApiToken.all().values_list(*columns)
            if _is_within(actor, permissions if is_program else (), Area(ids_of(channels), ids_of(locations)))
        ]
    )


def _is_within(actor: Actor, permissions: Iterable[str], area: Area) -> bool:
    needed = (Permission.ACCESS_MANAGE, *permissions)
    return all(actor.scope_of(each).includes(area) for each in needed)


def ids_of(stored: list[str] | None) -> Ids:
    """The stored channel or location ids; None for all."""
    return None if stored is None else frozenset(UUID(id) for id in stored)


async def locked_token(id: UUID, actor: Actor) -> ApiToken:
    """An API token; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist, or the actor may not manage it.
    """
    rows = await tokens_visible_to(actor)
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("API token", "id")
    return found


async def locked_if_good(id: UUID, at: datetime) -> ApiToken | None:
    """An API token with a locked row; None if it is revoked or expired."""
    found = await ApiToken.select_for_update().get_or_none(id=id, revoked_at=None)
    return found if found is not None and (found.expires_at is None or found.expires_at > at) else None


async def locked_tokens_of_staff(staff_id: UUID) -> list[ApiToken]:
    """The API tokens that a staff member created, including revoked ones; the rows are locked in a fixed
    order.
    """
    return await ApiToken.select_for_update().filter(made_by_id=staff_id).order_by("id")


async def locked_tokens_made_with(ids: Collection[UUID]) -> list[ApiToken]:
    """The API tokens that were created with some others, including revoked ones; the rows are locked in a
    fixed order.
    """
    return await ApiToken.select_for_update().filter(made_with_id__in=list(ids)).order_by("id")


async def locked_if_active(id: UUID) -> bool:
    """Whether a staff member is active; the row is locked until the transaction ends."""
    return await Staff.select_for_update().get_or_none(id=id, is_active=True) is not None


async def staff_by_email(email: str) -> Staff | None:
    """The staff member with an e-mail address in any spelling."""
    return await Staff.get_or_none(email=normalized_email(email), is_active=True)


async def staff_by_id(id: UUID) -> Staff | None:
    return await Staff.get_or_none(id=id)


async def locked_staff_by_email(id: UUID, email: str) -> Staff | None:
    """An active staff member whose e-mail address is unchanged; the row is locked."""
    return await Staff.select_for_update().get_or_none(id=id, email=email, is_active=True)


async def staff_of_address(email: str) -> Staff | None:
    """The staff member with a normalized e-mail address, active or not."""
    return await Staff.get_or_none(email=email)


def staff_visible_to(actor: Actor) -> QuerySet[Staff]:
    """The staff that an actor may see: all with the permission everywhere, otherwise only itself."""
    if actor.scope_of(Permission.ACCESS_MANAGE).is_everywhere:
        return Staff.all()
    return Staff.filter(id=actor.id) if actor.kind is ActorKind.STAFF else Staff.filter(id__in=[])


def roles_visible_to(actor: Actor) -> QuerySet[Role]:
    """The roles that an actor may see: all with the permission everywhere, otherwise none."""
    if actor.scope_of(Permission.ACCESS_MANAGE).is_everywhere:
        return Role.all()
    return Role.filter(id__in=[])


async def lock_staff() -> list[Staff]:
    """All staff; the rows are locked in a fixed order, so that changes of
    who manages access are serialized.
    """
    return await Staff.select_for_update().order_by("id")


async def roles_by_id(ids: list[UUID]) -> list[Role | None]:
    """Batch: the role of each id."""
    found = {row.id: row for row in await Role.filter(id__in=ids)}
    return [found.get(id) for id in ids]


async def refund_limits_of(actor: Actor) -> RefundLimits:
    """How much an actor may refund of one order: see `refund_limits`."""
    if actor.id is None or actor.kind not in _LIMITED:
        return UNLIMITED
    rows = await fetch(
        f"SELECT staff.id, role.refund_limits FROM staff JOIN role ON role.id = staff.role_id "  # noqa: S608
        f"WHERE staff.id {_LIMITED[actor.kind]}",
        actor.id,
    )
    if not rows:
        return UNLIMITED
    stored = rows[0]["refund_limits"]
    return RefundLimits(uuid_of(rows[0]["id"]), orjson.loads(stored) if stored else None)


# Whose limits apply to a staff member and to an API token, as a condition on the id of the staff member.
_LIMITED = {
    ActorKind.STAFF: "= $1",
    ActorKind.APP: """IN (
        WITH RECURSIVE maker (id, made_with_id, made_by_id) AS (
            SELECT id, made_with_id, made_by_id FROM api_token WHERE id = $1
            UNION ALL
            SELECT t.id, t.made_with_id, t.made_by_id FROM api_token t JOIN maker ON t.id = maker.made_with_id
        ) SELECT made_by_id FROM maker
    )""",
}


async def locked_role(id: UUID) -> Role:
    """A role; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist.
    """
    found = await Role.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("role", "id")
    return found


async def all_roles() -> dict[UUID, Role]:
    return {row.id: row for row in await Role.all()}


async def role(code: str) -> Role | None:
    return await Role.get_or_none(code=code)


async def open_session(id: UUID) -> Session | None:
    return await Session.get_or_none(id=id, ended_at=None, expires_at__gt=clock.now())


def sessions_visible_to(actor: Actor) -> QuerySet[Session]:
    """The open sessions of the acting person; an API token has none."""
    if actor.session_id is None:
        return Session.filter(NEVER)
    return Session.filter(
        principal_id=actor.id, principal_kind=actor.kind.value, ended_at=None, expires_at__gt=clock.now()
    )


async def locked_session(id: UUID, actor: Actor) -> Session:
    """An open session of the acting person; the row is locked until the transaction ends.

    Raises:
        NotFound: there is no such session.
    """
    found = await sessions_visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("session", "id")
    return found


async def is_new_session(id: UUID | None, within: timedelta) -> bool:
    """Whether a session was opened within a time before now."""
    session = await open_session(id) if id is not None else None
    return session is not None and clock.now() - session.created_at <= within


async def open_sessions(ids: Collection[UUID]) -> list[Any]:
    """The rows of the open sessions with these ids, each with the access of its staff member.

    The columns of the staff member are null for customers and for deactivated staff.
    """
    return await fetch(
        "SELECT session.id, session.principal_id, staff.name, staff.channel_ids, staff.location_ids, "  # noqa: S608
        "role.permissions "
        "FROM session LEFT JOIN staff ON staff.id = session.principal_id AND staff.is_active "
        "AND session.principal_kind = 'staff' LEFT JOIN role ON role.id = staff.role_id "
        f"WHERE {among('session.id', 1)} AND session.ended_at IS NULL AND session.expires_at > $2",
        list(ids),
        clock.now(),
    )


async def session_by_refresh(secret: str) -> Session | None:
    return await Session.select_for_update().get_or_none(refresh_hash=fingerprint(secret))


async def session_of_previous_token(secret: str) -> Session | None:
    """The session whose previous refresh token this is."""
    return await Session.select_for_update().get_or_none(previous_hash=fingerprint(secret))


async def open_sessions_of(principal_id: UUID) -> list[Session]:
    return await Session.select_for_update().filter(
        principal_id=principal_id, ended_at=None, expires_at__gt=clock.now()
    )


async def is_known_network(id: str) -> bool:
    """Whether a person has recently signed in from a network."""
    return await KnownNetwork.filter(id=id, forget_at__gt=clock.now()).exists()


async def longest_wait(ids: Collection[str], at: datetime) -> timedelta:
    """How long the next attempt must wait that is counted by these ids; zero if it need not wait."""
    rows: Any = AttemptCount.filter(id__in=list(ids), next_at__gt=at).values_list("next_at", flat=True)
    return max((next_at - at for next_at in await rows), default=timedelta(0))


async def names_of_actors(ids: list[UUID]) -> list[str | None]:
    """Batch: the names of staff and API tokens; None for other ids."""
    found = {row.id: row.name or row.email for row in await Staff.filter(id__in=ids)}
    found |= {row.id: row.name for row in await ApiToken.filter(id__in=ids)}
    return [found.get(id) for id in ids]
