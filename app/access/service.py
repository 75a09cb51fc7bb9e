"""Identification of callers, and sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.access import attempts, identifying, queries, secrets, using
from app.access.events import SignedIn, SignedOut
from app.access.models import Role, Session, Staff
from app.access.permissions import ROLES
from app.access.refusals import SignInFailed
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.contact import checked_email
from app.core.ids import derived_secret, fingerprint, new_id, new_secret
from app.core.networks import Networks
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Invalid, Unauthenticated
from app.core.uow import UnitOfWork, command
from app.settings import settings

REFRESH_PREFIX = "og_refresh_"
TWO_TABS = timedelta(seconds=30)  # during which a used refresh token returns its successor again
PUBLIC = Actor(ActorKind.PUBLIC, label="visitor")
REMEMBER_FOR = 1.5  # seconds for which an identified caller is cached


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a signed-in person."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    device_token: str | None = None


_remembered: dict[str, tuple[float, Actor]] = {}


async def identify(credential: str | None) -> Actor:
    """The actor of a bearer token; a visitor if there is none. Cached for `REMEMBER_FOR`.

    Raises:
        Unauthenticated: the token is unknown, expired or revoked, which are not distinguished.
    """
    if not credential:
        return PUBLIC
    known = remembered(credential)
    if known is not None:
        return known
    key, now = fingerprint(credential), clock.now().timestamp()
    actor = (await identifying.owners_of([credential])).get(credential)
    if actor is None:
        _remembered.pop(key, None)
        raise Unauthenticated("The token is not valid. Sign in again, or use another token.")
    if len(_remembered) > 10_000:
        _remembered.clear()
    _remembered[key] = (now, actor)
    using.note(actor)
    return actor


def remembered(credential: str) -> Actor | None:
    """The actor of a bearer token that was identified within the last `REMEMBER_FOR` seconds."""
    known = _remembered.get(fingerprint(credential))
    if known is None or not 0 <= clock.now().timestamp() - known[0] < REMEMBER_FOR:
        return None
    using.note(known[1])
    return known[1]


@command
async def open_session(uow: UnitOfWork, *, device: str = "", network: str = "") -> Tokens:
    """Open a session for the acting person; `device` and `network` are shown in the list of sessions."""
    actor = uow.actor
    assert actor.id is not None
    secret = new_secret(REFRESH_PREFIX)
    session = await Session.create(
        id=new_id(),
        principal_kind=actor.kind.value,
        principal_id=actor.id,
        refresh_hash=fingerprint(secret),
        device=device,
        network=network,
        expires_at=uow.at + timedelta(days=settings().refresh_token_days),
        created_at=uow.at,
    )
    uow.is_new(session.id)
    uow.announce(SignedIn(subject_id=session.id, principal=actor.kind.value))
    return _tokens(session, secret, uow.at)


def _tokens(session: Session, refresh: str, at: datetime) -> Tokens:
    minutes = settings().access_token_minutes
    claims = secrets.Claims(session.id, session.principal_kind, session.principal_id)
    return Tokens(secrets.access_token(claims, minutes), refresh, at + timedelta(minutes=minutes))


async def refresh(refresh_token: str, networks: Networks) -> Tokens:
    """New tokens for a session; a refresh token can be used once.

    For some seconds after its use it returns the same successor, for two tabs that send it at once. A token
    that is reused later must have been copied, so the session is ended.

    Raises:
        SignInFailed: the token is unknown, used or expired.
        TooManyAttempts: too many such tokens came from this network.
    """
    system = Actor(ActorKind.SYSTEM, label="sessions")
    tokens = await _refreshed(system, refresh_token, networks)
    if tokens is None:
        raise SignInFailed.of_refresh()
    return tokens


@command
async def _refreshed(uow: UnitOfWork, refresh_token: str, networks: Networks) -> Tokens | None:
    attempt = attempts.by_network(attempts.OF_REFRESH, networks)
    await attempts.count(uow, *attempt)
    session = await queries.session_by_refresh(refresh_token)
    tokens = (
        await _refreshed_again(uow, refresh_token)
        if session is None
        else await _refreshed_first(uow, session, refresh_token)
    )
    if tokens is not None:
        await attempts.give_back(uow, *attempt)
    return tokens


async def _refreshed_first(uow: UnitOfWork, session: Session, refresh_token: str) -> Tokens | None:
    if session.ended_at is not None or session.expires_at <= uow.at:
        return None
    successor = _successor(session, refresh_token)
    session.previous_hash, session.refresh_hash = session.refresh_hash, fingerprint(successor)
    session.refreshed_at = uow.at
    await session.save(update_fields=["previous_hash", "refresh_hash", "refreshed_at"])
    return _tokens(session, successor, uow.at)


async def _refreshed_again(uow: UnitOfWork, refresh_token: str) -> Tokens | None:
    """The result for a used token: its successor, while that is the current token and for a short time."""
    session = await queries.session_of_previous_token(refresh_token)
    if session is None or session.ended_at is not None or session.expires_at <= uow.at:
        return None
    successor = _successor(session, refresh_token)
    is_early = session.refreshed_at is not None and uow.at - session.refreshed_at <= TWO_TABS
    if is_early and session.refresh_hash == fingerprint(successor):
        return _tokens(session, successor, uow.at)
    await _end(uow, session)
    return None


def _successor(session: Session, refresh_token: str) -> str:
    """The successor of a refresh token: deterministic, and derived with the deployment's key."""
    made = derived_secret(secrets.deployment_key(), "refresh", str(session.id), refresh_token)
    return f"{REFRESH_PREFIX}{made}"


@command
async def end_sessions(uow: UnitOfWork, principal_id: UUID, *, besides: UUID | None = None) -> int:
    """End all sessions of a person except `besides`; return how many."""
    ended = [each for each in await queries.open_sessions_of(principal_id) if each.id != besides]
    for session in ended:
        await _end(uow, session)
    _remembered.clear()
    return len(ended)


@command
async def end_session(uow: UnitOfWork, id: UUID) -> None:
    """End one session of the acting person.

    Raises:
        NotFound: the acting person has no such open session.
    """
    await _end(uow, await queries.locked_session(id, uow.actor))
    _remembered.clear()


@command
async def end_other_sessions(uow: UnitOfWork) -> int:
    """End all sessions of the acting person but the current one; return how many."""
    actor = uow.actor
    if actor.session_id is None or actor.id is None:
        raise Forbidden("Only a person who is signed in has sessions.")
    return await end_sessions(uow, actor.id, besides=actor.session_id)


@command
async def sign_out(uow: UnitOfWork) -> None:
    """End the session of the acting person; does nothing without one."""
    session = await queries.open_session(uow.actor.session_id) if uow.actor.session_id else None
    if session is not None:
        await _end(uow, session)
    _remembered.clear()


async def _end(uow: UnitOfWork, session: Session) -> None:
    session.ended_at = uow.at
    await session.save(update_fields=["ended_at"])
    uow.announce(SignedOut(subject_id=session.id))


@command
async def ensure_roles(uow: UnitOfWork) -> None:
    """Create the missing built-in roles."""
    for code, (name, permissions) in ROLES.items():
        if await queries.role(code) is None:
            await Role.create(
                id=new_id(),
                code=code,
                name=name,
                permissions=sorted(p.value for p in permissions),
                created_at=uow.at,
            )


@command
async def add_staff(uow: UnitOfWork, *, email: str, name: str, role_code: str, password: str) -> Staff:
    """Add a staff member.

    Raises:
        Invalid: an unknown role, or a password that is too short.
    """
    role = await queries.role(role_code)
    if role is None:
        raise Invalid(
            f"There is no role with the code {role_code!r}.",
            "role",
            code=ProblemCode.NOT_FOUND,
            given=role_code[:80],
        )
    return await Staff.create(
        id=new_id(),
        email=checked_email(email, "email"),
        name=name,
        password_hash=await secrets.password_hash(secrets.checked_password(password, "password")),
        role_id=role.id,
        created_at=uow.at,
    )
