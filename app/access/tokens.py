"""API tokens: permissions, expiry, and which tokens end together.

A token has no access beyond its creator's and does not outlast its creator: it expires no later than the
token that created it, and is revoked with it; it ends when the staff member who created it is deactivated,
unless it is kept then. Tokens created with a token that ends, end too.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.access import places, queries
from app.access.events import ApiTokenCreated, ApiTokenRevoked
from app.access.identifying import TOKEN_PREFIX
from app.access.models import ApiToken
from app.access.permissions import Permission
from app.core.actor import Actor, ActorKind
from app.core.ids import fingerprint, new_id, new_secret
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Invalid, Problems, Unauthenticated
from app.core.scope import Area, Ids
from app.core.uow import UnitOfWork, command


@command
async def create_api_token(
    uow: UnitOfWork,
    *,
    name: str,
    permissions: Iterable[Permission],
    channel_ids: list[UUID] | None = None,
    location_ids: list[UUID] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Create a token; its secret is returned only here.

    Raises:
        Forbidden: it would permit more than its creator may do.
        Unauthenticated: its creator has ended meanwhile.
        Invalid: no name, no permission, an empty list of channels or locations, an unknown one, or an expiry
            that has passed or is after that of the creating token.
    """
    wanted = sorted({permission.value for permission in permissions})
    problems = Problems()
    if not name.strip():
        problems.add(
            "Enter a name: the application or person that uses the token.", "name", code=ProblemCode.REQUIRED
        )
    if not wanted:
        problems.add("Select at least one permission.", "permissions", code=ProblemCode.REQUIRED)
    if expires_at is not None and expires_at <= uow.at:
        problems.add("The expiration time must be in the future.", "expires_at", code=ProblemCode.IN_THE_PAST)
    for field, ids in (("channel_ids", channel_ids), ("location_ids", location_ids)):
        if ids is not None and not ids:
            problems.add(
                "List at least one ID, or omit the field for all.",
                field,
                code=ProblemCode.TOO_FEW,
                minimum=1,
            )
    problems.refuse()
    _refuse_more_than_own(uow.actor, wanted, Area(_set(channel_ids), _set(location_ids)))
    # After the permission check: a limited caller learns only whether an id exists.
    await places.note_unknown(problems, "channel_ids", channel_ids)
    await places.note_unknown(problems, "location_ids", location_ids)
    problems.refuse()
    made_with, made_by = await _makers(uow)
    if made_with is not None:
        _refuse_longer_than(made_with, expires_at)
    secret = new_secret(TOKEN_PREFIX)
    token = await ApiToken.create(
        id=new_id(),
        name=name.strip()[:120],
        token_hash=fingerprint(secret),
        hint=secret[-4:],
        permissions=wanted,
        channel_ids=None if channel_ids is None else [str(id) for id in channel_ids],
        location_ids=None if location_ids is None else [str(id) for id in location_ids],
        expires_at=expires_at,
        made_with_id=None if made_with is None else made_with.id,
        made_by_id=made_by,
        created_at=uow.at,
    )
    uow.is_new(token.id)
    uow.announce(ApiTokenCreated(subject_id=token.id, token_name=token.name))
    return token, secret


def _set(ids: list[UUID] | None) -> Ids:
    return None if ids is None else frozenset(ids)


def _refuse_more_than_own(actor: Actor, wanted: list[str], area: Area) -> None:
    beyond = [permission for permission in wanted if not actor.may(permission)]
    if beyond:
        raise Forbidden(f"You cannot grant permissions that you do not have: {', '.join(beyond)}.")
    # Creating tokens requires ACCESS_MANAGE, which must also hold in the whole area.
    needed = [Permission.ACCESS_MANAGE.value, *wanted]
    elsewhere = [each for each in needed if not actor.scope_of(each).includes(area)]
    if elsewhere:
        raise Forbidden(
            "You can grant permissions only in the channels and locations in which you have "
            "them yourself. You do not have them in all of these: "
            f"{', '.join(dict.fromkeys(elsewhere))}."
        )


async def _makers(uow: UnitOfWork) -> tuple[ApiToken | None, UUID | None]:
    """The creating token, or the creating staff member. Locked, so that neither ends meanwhile.

    Raises:
        Unauthenticated: it has ended since the request was authenticated.
    """
    actor = uow.actor
    if actor.id is None or actor.kind not in (ActorKind.APP, ActorKind.STAFF):
        return None, None
    if actor.kind is ActorKind.STAFF:
        if not await queries.locked_if_active(actor.id):
            raise Unauthenticated("Your account is deactivated.")
        return None, actor.id
    token = await queries.locked_if_good(actor.id, uow.at)
    if token is None:
        raise Unauthenticated("Your token is no longer valid.")
    return token, None


def _refuse_longer_than(own: ApiToken, expires_at: datetime | None) -> None:
    """Refuse an expiry after that of the creating token."""
    end = own.expires_at
    if end is not None and (expires_at is None or expires_at > end):
        raise Invalid(
            (f"Your own token expires at {end:%Y-%m-%dT%H:%M:%SZ}. The new token must not expire later."),
            "expires_at",
            code=ProblemCode.OUT_OF_RANGE,
            latest=end,
        )


@command
async def revoke_api_token(uow: UnitOfWork, id: UUID) -> tuple[ApiToken, int]:
    """Revoke a token and the tokens created with it; return the number of other tokens that ended.

    They stop working within two seconds, on open connections too.

    Raises:
        NotFound: it does not exist, or the actor may not manage it.
    """
    token = await queries.locked_token(id, uow.actor)
    if token.revoked_at is None:
        await _revoke(uow, token)
    return token, await _end_made_with(uow, [token.id])


@command
async def end_tokens_of_staff(uow: UnitOfWork, staff_id: UUID) -> int:
    """End the tokens that a staff member created, and those created with them; return how many."""
    made = await queries.locked_tokens_of_staff(staff_id)
    good = [token for token in made if token.revoked_at is None]
    for token in good:
        await _revoke(uow, token)
    return len(good) + await _end_made_with(uow, [token.id for token in made])


async def _end_made_with(uow: UnitOfWork, ids: list[UUID]) -> int:
    """End the tokens created with some tokens, recursively; return how many."""
    ended = 0
    while ids:
        made = await queries.locked_tokens_made_with(ids)
        for token in made:
            if token.revoked_at is None:
                await _revoke(uow, token)
                ended += 1
        ids = [token.id for token in made]
    return ended


async def _revoke(uow: UnitOfWork, token: ApiToken) -> None:
    token.revoked_at = uow.at
    await token.save(update_fields=["revoked_at"])
    uow.announce(ApiTokenRevoked(subject_id=token.id))
