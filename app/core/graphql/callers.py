"""Callers of open connections, checked again while the connections are open.

A connection outlives the caller's permissions: tokens are revoked or expire, people sign out, permissions
change. Each token is checked once a second, independent of the number of its connections, and all tokens with
a few statements. Changes by other processes are noticed too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import Context as EmptyContext
from dataclasses import dataclass

import structlog

from app.core.actor import Actor
from app.core.refusals import Unauthenticated

LOOK_EVERY = 1.0  # seconds: a revoked caller is disconnected within two

Look = Callable[[Collection[str]], Awaitable[Mapping[str, Actor]]]
_log = structlog.get_logger("callers")


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a caller can no longer use its connections."""

    code: str
    message: str  # at most 120 bytes, because it is also the WebSocket close reason
    is_final: bool  # whether the same token cannot be used again


NOT_ACCEPTED = Ended(
    "UNAUTHENTICATED",
    "The token is no longer valid. Get a new one, then continue from your last cursor.",
    is_final=True,
)
CHANGED = Ended(
    "ACCESS_CHANGED", "Your permissions have changed. Subscribe again from your last cursor.", is_final=False
)


class Caller:
    """A token, its owner, and the callbacks for when the owner changes."""

    __slots__ = ("actor", "credential", "ended", "when_ended")

    def __init__(self, credential: str, actor: Actor) -> None:
        self.credential = credential
        self.actor = actor
        self.ended: Ended | None = None
        self.when_ended: set[Callable[[Ended], object]] = set()

    def check(self) -> None:
        """Raise Unauthenticated if the token is no longer accepted."""
        if self.ended is not None and self.ended.is_final:
            raise Unauthenticated(self.ended.message)

    def end(self, ended: Ended) -> None:
        self.ended = ended
        for call in list(self.when_ended):
            call(ended)


class Callers:
    """The tokens of all open connections of this process."""

    def __init__(self, look: Look) -> None:
        """`look` returns the owners of tokens, without tokens that are not accepted."""
        self._look = look
        self._held: dict[str, Caller] = {}
        self._looking: asyncio.Task[None] | None = None

    async def find(self, credential: str) -> Caller:
        """The owner of a token, at most a second old.

        Raises:
            Unauthenticated: the token is not accepted.
        """
        if (known := self._held.get(credential)) is not None:
            return known
        actor = (await self._look([credential])).get(credential)
        if actor is None:
            raise Unauthenticated("The token is not valid. Sign in again, or use another token.")
        return self._held.get(credential) or Caller(credential, actor)

    def hold(self, caller: Caller, when_ended: Callable[[Ended], object]) -> None:
        """Check a caller repeatedly; call `when_ended` once it has changed."""
        self._held[caller.credential] = caller
        caller.when_ended.add(when_ended)
        if self._looking is None:
            # An empty context, because the task outlives the request that starts it.
            loop = asyncio.get_running_loop()
            self._looking = loop.create_task(self._look_again_and_again(), context=EmptyContext())

    def release(self, caller: Caller, when_ended: Callable[[Ended], object]) -> None:
        caller.when_ended.discard(when_ended)
        if not caller.when_ended and self._held.get(caller.credential) is caller:
            del self._held[caller.credential]
        if not self._held and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look_again()
            except Exception as error:
                # The database may be unavailable for a moment; keep the last known state.
                _log.warning("callers.look_failed", error=type(error).__name__)

    async def _look_again(self) -> None:
        asked = list(self._held.values())
        found = await self._look([caller.credential for caller in asked])
        for caller in asked:
            actor = found.get(caller.credential)
            if self._held.get(caller.credential) is not caller:
                continue  # its connections were closed meanwhile
            if actor is None or actor.grants != caller.actor.grants:
                del self._held[caller.credential]
                caller.end(NOT_ACCEPTED if actor is None else CHANGED)
