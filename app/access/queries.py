"""Reads of the access domain."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from app.access.models import ApiToken, KnownNetwork, Role, Session, Staff
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.contact import kept_email
from app.core.database import among, fetch
from app.core.ids import fingerprint
from app.core.refusals import NotFound
from app.core.scope import Area, Ids


async def good_tokens(hashes: Collection[str]) -> list[Any]:
    """The rows of the API tokens with these fingerprints that are good now."""
    return await fetch(
        "SELECT id, token_hash, name, permissions, channel_ids, location_ids FROM api_token "  # noqa: S608
        f"WHERE {among('token_hash', 1)} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        list(hashes),
        clock.now(),
    )


async def tokens_visible_to(actor: Actor) -> QuerySet[ApiToken]:
    """The API tokens that lie within what an actor may manage.

    Those are the tokens whose channels and locations are within the scope of ACCESS_MANAGE. A program must
    also have every permission of the token itself, in all these channels and locations.
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
    """The channels or locations of a row; None for all of them."""
    return None if stored is None else frozenset(UUID(id) for id in stored)


async def locked_token(id: UUID, actor: Actor) -> ApiToken:
    """An API token, its row locked until the transaction ends.

    Raises:
        NotFound: there is none that this actor may see.
    """
    rows = await tokens_visible_to(actor)
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("API token", "id")
    return found


async def locked_if_good(id: UUID, at: datetime) -> ApiToken | None:
    """An API token, its row locked, unless it is revoked or has expired."""
    found = await ApiToken.select_for_update().get_or_none(id=id, revoked_at=None)
    return found if found is not None and (found.expires_at is None or found.expires_at > at) else None


async def locked_tokens_of_staff(staff_id: UUID) -> list[ApiToken]:
    """The API tokens that a member of staff made, revoked or not, their rows locked in one order."""
    return await ApiToken.select_for_update().filter(made_by_id=staff_id).order_by("id")


async def locked_tokens_made_with(ids: Collection[UUID]) -> list[ApiToken]:
    """The API tokens that were made with some others, revoked or not, their rows locked in one order."""
    return await ApiToken.select_for_update().filter(made_with_id__in=list(ids)).order_by("id")


async def locked_if_active(id: UUID) -> bool:
    """Whether a member of staff is active; the row is locked until the transaction ends."""
    return await Staff.select_for_update().get_or_none(id=id, is_active=True) is not None


async def staff_by_email(email: str) -> Staff | None:
    """The member of staff with an e-mail address, however it is spelled."""
    return await Staff.get_or_none(email=kept_email(email), is_active=True)


async def staff_by_id(id: UUID) -> Staff | None:
    return await Staff.get_or_none(id=id)


async def locked_staff_by_email(id: UUID, email: str) -> Staff | None:
    """A member of staff who still has an e-mail address and is active, its row locked."""
    return await Staff.select_for_update().get_or_none(id=id, email=email, is_active=True)


async def staff_of_address(email: str) -> Staff | None:
    """The member of staff with a kept e-mail address, active or not."""
    return await Staff.get_or_none(email=email)


def staff_visible_to(actor: Actor) -> QuerySet[Staff]:
    """The staff that an actor may see: all with the permission everywhere, else itself alone."""
    if actor.scope_of(Permission.ACCESS_MANAGE).is_everywhere:
        return Staff.all()
    return Staff.filter(id=actor.id) if actor.kind is ActorKind.STAFF else Staff.filter(id__in=[])


def roles_visible_to(actor: Actor) -> QuerySet[Role]:
    """The roles that an actor may see: all of them with the permission everywhere, else none."""
    if actor.scope_of(Permission.ACCESS_MANAGE).is_everywhere:
        return Role.all()
    return Role.filter(id__in=[])


async def lock_staff() -> list[Staff]:
    """All staff, their rows locked in one order: who is left to manage access is decided one at a time."""
    return await Staff.select_for_update().order_by("id")


async def roles_by_id(ids: list[UUID]) -> list[Role | None]:
    """Batch: the role of each id."""
    found = {row.id: row for row in await Role.filter(id__in=ids)}
    return [found.get(id) for id in ids]


async def locked_role(id: UUID) -> Role:
    """A role, its row locked until the transaction ends.

    Raises:
        NotFound: there is none.
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


async def open_sessions(ids: Collection[UUID]) -> list[Any]:
    """The rows of the sessions of these ids that are open, each with what its member of staff is and may.

    All else is null for whoever is not of the staff, or no longer.
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


async def session_that_had(secret: str) -> Session | None:
    """The session whose refresh token this was before its last use."""
    return await Session.select_for_update().get_or_none(previous_hash=fingerprint(secret))


async def open_sessions_of(principal_id: UUID) -> list[Session]:
    return await Session.select_for_update().filter(
        principal_id=principal_id, ended_at=None, expires_at__gt=clock.now()
    )


async def is_known_network(id: str) -> bool:
    """Whether somebody has signed in from a network of late."""
    return await KnownNetwork.filter(id=id, forget_at__gt=clock.now()).exists()


async def names_of_actors(ids: list[UUID]) -> list[str | None]:
    """Batch: what staff and API tokens are called; None for an id that is neither's."""
    found = {row.id: row.name or row.email for row in await Staff.filter(id__in=ids)}
    found |= {row.id: row.name for row in await ApiToken.filter(id__in=ids)}
    return [found.get(id) for id in ids]
