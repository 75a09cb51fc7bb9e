"""Who holds connections open, asked anew for as long as they do.

A connection outlives what its caller may do: tokens are revoked and end, people sign out, permissions are
taken away. So each token is looked at once a second, however many connections were opened with it, and all
tokens by a few statements. What other processes have done counts as much as what this one has.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import Context as EmptyContext
from dataclasses import dataclass

import structlog

from app.core.actor import Actor
from app.core.refusals import Unauthenticated

LOOK_EVERY = 1.0  # seconds: what is taken away has ended after two

Look = Callable[[Collection[str]], Awaitable[Mapping[str, Actor]]]
_log = structlog.get_logger("callers")


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a caller can no longer use what it holds open."""

    code: str
    message: str  # at most 120 bytes: it is also the reason of a socket's close
    is_final: bool  # the same token cannot go on


NOT_ACCEPTED = Ended(
    "UNAUTHENTICATED",
    "This token is no longer accepted: get a new one, then go on from your last cursor.",
    is_final=True,
)
CHANGED = Ended(
    "ACCESS_CHANGED", "What you may see and do has changed: go on from your last cursor.", is_final=False
)


class Caller:
    """One token, who it belongs to, and what to do with the connections opened with it once that changes."""

    __slots__ = ("actor", "credential", "ended", "when_ended")

    def __init__(self, credential: str, actor: Actor) -> None:
        self.credential = credential
        self.actor = actor
        self.ended: Ended | None = None
        self.when_ended: set[Callable[[Ended], object]] = set()

    def check(self) -> None:
        """Raises Unauthenticated when the token is not accepted any more."""
        if self.ended is not None and self.ended.is_final:
            raise Unauthenticated(self.ended.message)

    def end(self, ended: Ended) -> None:
        self.ended = ended
        for call in list(self.when_ended):
            call(ended)


class Callers:
    """The tokens of all connections that are open in this process."""

    def __init__(self, look: Look) -> None:
        """`look` finds who tokens belong to, and leaves out those that are not accepted."""
        self._look = look
        self._held: dict[str, Caller] = {}
        self._looking: asyncio.Task[None] | None = None

    async def find(self, credential: str) -> Caller:
        """Who a token belongs to: as it is now, or was within the last second.

        Raises:
            Unauthenticated: it is not accepted.
        """
        if (known := self._held.get(credential)) is not None:
            return known
        actor = (await self._look([credential])).get(credential)
        if actor is None:
            raise Unauthenticated("This token is not accepted. Sign in again, or use another token.")
        return self._held.get(credential) or Caller(credential, actor)

    def hold(self, caller: Caller, when_ended: Callable[[Ended], object]) -> None:
        """Look at a caller again and again; `when_ended` is called once it is no longer what it was."""
        self._held[caller.credential] = caller
        caller.when_ended.add(when_ended)
        if self._looking is None:
            # An empty context: it is no request's own, and outlives the one that began it.
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
                # The database may be away for a moment; nothing new can be told meanwhile.
                _log.warning("callers.look_failed", error=type(error).__name__)

    async def _look_again(self) -> None:
        asked = list(self._held.values())
        found = await self._look([caller.credential for caller in asked])
        for caller in asked:
            actor = found.get(caller.credential)
            if self._held.get(caller.credential) is not caller:
                continue  # its connections have gone meanwhile
            if actor is None or actor.grants != caller.actor.grants:
                del self._held[caller.credential]
                caller.end(NOT_ACCEPTED if actor is None else CHANGED)
