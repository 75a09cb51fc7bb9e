"""Reads of the access domain."""

from datetime import timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from app.access.models import ApiToken, Role, Session, SignInFailure, Staff
from app.core import clock
from app.core.contact import kept_email
from app.core.ids import fingerprint
from app.core.refusals import NotFound

LOCKOUT_AFTER = 10
LOCKOUT_FOR = timedelta(minutes=10)


async def token_by_secret(secret: str) -> ApiToken | None:
    """The API token of a secret, if it is good now."""
    token = await ApiToken.get_or_none(token_hash=fingerprint(secret))
    if token is None or token.revoked_at or (token.expires_at and token.expires_at <= clock.now()):
        return None
    return token


def tokens() -> QuerySet[ApiToken]:
    return ApiToken.all()


async def token(id: UUID) -> ApiToken:
    """One API token.

    Raises:
        NotFound: there is none.
    """
    found = await ApiToken.get_or_none(id=id)
    if found is None:
        raise NotFound.of("API token", "id")
    return found


async def staff_by_email(email: str) -> Staff | None:
    """The member of staff with an e-mail address, however it is spelled."""
    return await Staff.get_or_none(email=kept_email(email), is_active=True)


async def staff_with_role(id: UUID) -> tuple[Staff, Role] | None:
    found = await Staff.get_or_none(id=id, is_active=True)
    if found is None:
        return None
    role = await Role.get(id=found.role_id)
    return found, role


async def role(code: str) -> Role | None:
    return await Role.get_or_none(code=code)


async def open_session(id: UUID) -> Session | None:
    return await Session.get_or_none(id=id, ended_at=None, expires_at__gt=clock.now())


async def session_by_refresh(secret: str) -> Session | None:
    return await Session.select_for_update().get_or_none(refresh_hash=fingerprint(secret))


async def session_that_had(secret: str) -> Session | None:
    """The session whose refresh token this was before its last use."""
    return await Session.select_for_update().get_or_none(previous_hash=fingerprint(secret))


async def open_sessions_of(principal_id: UUID) -> list[Session]:
    return await Session.select_for_update().filter(
        principal_id=principal_id, ended_at=None, expires_at__gt=clock.now()
    )


async def is_locked_out(email: str) -> bool:
    since = clock.now() - LOCKOUT_FOR
    failures = await SignInFailure.filter(email_hash=fingerprint(email), at__gt=since).count()
    return failures >= LOCKOUT_AFTER


async def names_of_actors(ids: list[UUID]) -> list[str | None]:
    """Batch: what staff and API tokens are called; None for an id that is neither's."""
    found = {row.id: row.name or row.email for row in await Staff.filter(id__in=ids)}
    found |= {row.id: row.name for row in await ApiToken.filter(id__in=ids)}
    return [found.get(id) for id in ids]
