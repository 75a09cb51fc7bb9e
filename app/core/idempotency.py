"""Idempotency: one effect and one response for a request that is sent more than once.

The key is written in the same transaction as the effect. A second request with the same key waits for the
first one: if that was committed, it gets the same response; if it failed, the second one is executed.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

import orjson
from tortoise import fields

from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.contact import normalized_email
from app.core.database.writing import update_where
from app.core.ids import fingerprint, new_id
from app.core.problems import ProblemCode
from app.core.refusals import IdempotencyConflict, Invalid, NotFound
from app.core.scope import Grant
from app.core.uow import UnitOfWork
from app.engine.database.inserting import insert_if_new
from app.engine.database.rows import Row

Sees = Callable[[Actor, UUID], Awaitable[Any]]  # the row with an id; None if the actor may not see it
SECRET_LENGTH = 22  # characters of a random 128-bit key in base64; a UUID is longer
_turns: "WeakValueDictionary[KeyName, asyncio.Lock]" = WeakValueDictionary()  # of keys in use


class IdempotencyKey(Row):
    """A used key: its principal, operation, input fingerprint and result."""

    id = fields.UUIDField(primary_key=True)
    principal = fields.CharField(max_length=80)
    operation = fields.CharField(max_length=80)
    key = fields.CharField(max_length=200)
    request_hash = fields.CharField(max_length=64)
    answer: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        app = "app"
        table = "idempotency_key"
        unique_together = (("principal", "operation", "key"),)


class KeyName(NamedTuple):
    """The columns that identify a key: it was used if a row has them."""

    principal: str
    operation: str
    key: str


@dataclass(frozen=True, slots=True)
class Once:
    """A request with an idempotency key: operation name, key and complete input.

    `guest` distinguishes visitors, who share one principal: the e-mail address that they gave, or their
    network (`network`). `proves` returns whether a secret in the request proves that a row belongs to the
    caller.
    `whose` returns the owner of a row: a visitor gets the response again as long as the owner does not
    change.
    """

    operation: str
    key: str
    request: Any
    guest: str = ""
    network: str = ""
    proves: Callable[[Any], bool] | None = None
    whose: Callable[[Any], str] | None = None

    def principal(self, actor: Actor) -> str:
        """The principal that the key belongs to: two callers never share one."""
        if actor.kind is not ActorKind.PUBLIC:
            return actor.key
        return f"{actor.key}:{fingerprint(normalized_email(self.guest))[:32]}"

    def origin(self, actor: Actor) -> str | None:
        """The network that a visitor's response is bound to; None if the key is a secret.

        Others may know everything else that a visitor sends, except what proves the row. A key that is too
        short to be a secret is accepted only from the network where it was first used.
        """
        if actor.kind is not ActorKind.PUBLIC or len(self.key) >= SECRET_LENGTH:
            return None
        return fingerprint(self.network)[:32]

    def origin_of(self, actor: Actor, row: Any) -> str | None:
        """The same once the row exists: also None if the request proves that the row is the caller's.

        Repeated requests contain the same proof, so they are answered in any network.
        """
        return None if self.proves is not None and self.proves(row) else self.origin(actor)

    def owner(self, row: Any) -> str | None:
        """The owner of a row; None if `whose` is not given."""
        return None if self.whose is None else fingerprint(self.whose(row))[:32]

    @property
    def hash(self) -> str:
        body = orjson.dumps(self.request, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        return hashlib.sha256(body).hexdigest()


async def once(
    uow: UnitOfWork, request: Once, effect: Callable[[UnitOfWork], Awaitable[Any]]
) -> tuple[Any | None, Any | None]:
    """Run the effect the first time; afterwards return its stored result.

    Returns the fresh result and None, or None and the stored result.

    Raises:
        Invalid: the key is empty or longer than 200 characters.
        IdempotencyConflict: the key was used with another input.
    """
    _refuse_unfit(request.key)
    row = IdempotencyKey(
        id=new_id(),
        principal=request.principal(uow.actor),
        operation=request.operation,
        key=request.key,
        request_hash=request.hash,
        created_at=uow.at,
    )
    # If another transaction is using the same key, this insert waits until that transaction ends.
    if not await insert_if_new(row):
        return None, await _recalled(uow, request)
    result = await effect(uow)
    kept = _reference(result) | {
        "origin": request.origin_of(uow.actor, result),
        "grants": _fingerprint(uow.actor.grants),
        "owner": request.owner(result) if uow.actor.kind is ActorKind.PUBLIC else None,
    }
    answer = orjson.dumps(kept).decode()
    await update_where(IdempotencyKey, "answer = $2", "id = $1", row.id, answer)
    return result, None


def _refuse_unfit(key: str) -> None:
    if not 1 <= len(key) <= 200:
        raise Invalid(
            "An idempotency key must have 1 to 200 characters.",
            "idempotencyKey",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=200,
        )


@asynccontextmanager
async def turn_of(name: KeyName) -> AsyncIterator[None]:
    """Serialize requests with the same key within this process, so that they do not hold connections while
    waiting.
    """
    turn = _turns.get(name)
    if turn is None:
        turn = _turns[name] = asyncio.Lock()
    async with turn:
        yield


def name_of(actor: Actor, request: Once) -> KeyName:
    """The columns under which a request's key is stored.

    Raises:
        Invalid: the key is empty or longer than 200 characters.
    """
    _refuse_unfit(request.key)
    return KeyName(request.principal(actor), request.operation, request.key)


async def _recalled(uow: UnitOfWork, request: Once) -> dict[str, Any] | None:
    row = await IdempotencyKey.get(
        principal=request.principal(uow.actor), operation=request.operation, key=request.key
    )
    if row.request_hash != request.hash:
        raise IdempotencyConflict(
            (
                "This idempotency key was already used with a different input. Use a new key for "
                "a new request."
            ),
            "idempotencyKey",
        )
    origin = None if row.answer is None else row.answer.get("origin")
    if origin is not None and origin != request.origin(uow.actor):
        raise IdempotencyConflict(
            (
                "This idempotency key was already used from another network, and is too short to "
                "prove that the request was yours. That request succeeded. Use random keys, such "
                "as UUIDs."
            ),
            "idempotencyKey",
        )
    answer: dict[str, Any] | None = row.answer
    return answer


def _reference(result: Any) -> dict[str, Any]:
    """What is stored of a result: the row's id, or the plain data."""
    if isinstance(result, Row):
        return {"row": str(result.pk)}
    return {"data": result}


def row_of(answer: Any) -> UUID:
    """The id of the row that a stored result refers to."""
    return UUID(answer["row"])


@lru_cache(maxsize=2_000)
def _fingerprint(grants: tuple[Grant, ...]) -> str:
    """A fingerprint for whether a principal still holds the same grants."""
    held = [
        [sorted(grant.permissions), *(None if ids is None else sorted(map(str, ids)) for ids in places)]
        for grant in grants
        for places in [(grant.area.channels, grant.area.locations)]
    ]
    return fingerprint(orjson.dumps(held).decode())[:32]


async def refuse_unseen(actor: Actor, request: Once, answer: Any, row: Any, sees: Sees | None) -> None:
    """Check that the caller who repeats a key may still see the resulting row.

    A visitor may see it while its owner is unchanged. Others may see it if they could fetch it by its id or
    hold the same grants as then, because some may change what they cannot fetch.

    Raises:
        NotFound: the caller may not see it any more.
    """
    if actor.kind is ActorKind.PUBLIC:
        owner = request.owner(row)
        is_seen = answer.get("owner", owner) == owner
    else:
        is_same = not actor.is_customer and answer.get("grants") == _fingerprint(actor.grants)
        is_seen = is_same or (sees is not None and await sees(actor, row.pk) is not None)
    if not is_seen:
        raise NotFound(
            ("The first request with this idempotency key succeeded, but you can no longer see its result."),
            "idempotencyKey",
        )


async def forget_old(hours: int) -> int:
    """Delete the keys older than the given hours; return how many."""
    return await IdempotencyKey.filter(created_at__lt=clock.now() - timedelta(hours=hours)).delete()
