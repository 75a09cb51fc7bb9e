"""What callers hold open: WebSockets and event streams have one life.

Each connection counts for its caller's network and for whoever its token belongs to, is written to within a
time, is told that the server is there while nothing happens, and ends when the server stops or its caller may
no longer use it. A transport says how it writes such a sign of life and how it ends; when, is decided here.
"""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import Context as EmptyContext

from app.core.graphql.callers import Caller, Callers, Ended
from app.core.graphql.turns import Turn, Turns
from app.core.journal import feed
from app.core.networks import TOGETHER, networks_of

KEEP_ALIVE = 12.0  # seconds of silence after which a client is told that the server is there
SEND_WITHIN = 4.0  # seconds that a client may take to accept a message before it is let go
LOOK_EVERY = 1.0  # seconds between looks at which connections are silent
END_AT_ONCE = 5  # of those whose clients have gone: others are served between them
RETRY_AFTER = 5  # seconds after which whoever holds too many open may try again
TOO_MANY = "TOO_MANY_CONNECTIONS"

Beat = Callable[[], Awaitable[None]]
_ENDING = Turn("gone", 1, END_AT_ONCE)  # nobody waits for it


class TooMany(Exception):
    """The caller holds as many connections open as one may. The text says who counts as one."""


class TooSlow(Exception):
    """The client does not read what it is sent."""


class Connection:
    """One that is held open.

    `end` is called once the server stops, `lose` once the caller may no longer use it, `beat`, if given,
    while it is quiet. `is_at_work`, if given, says whether anything runs on it: where nothing has for long,
    `rest` is called.
    """

    # There may be many thousands.
    __slots__ = ("_beat", "_sending", "address", "beating", "caller", "counted", "end", "is_at_work", "lose",
                 "quiet_since", "rest", "worked_at")  # fmt: skip

    def __init__(
        self,
        address: str,
        end: Callable[[], object],
        lose: Callable[[Ended], object],
        beat: Beat | None = None,
    ) -> None:
        self.address = address
        self.end = end
        self.lose = lose
        self.is_at_work: Callable[[], bool] | None = None
        self.rest: Callable[[], object] | None = None
        self.caller: Caller | None = None
        self.counted: list[str] = []  # for whom it counts
        self.beating: asyncio.Task[None] | None = None
        self.quiet_since = self.worked_at = asyncio.get_running_loop().time()
        self._beat = beat
        self._sending = 0

    async def send(self, message: Awaitable[object]) -> None:
        """Write to the client.

        Raises:
            TooSlow: the client has not taken it in time.
        """
        self._sending += 1
        try:
            async with asyncio.timeout(SEND_WITHIN):
                await message
        except TimeoutError as error:
            raise TooSlow from error
        finally:
            self._sending -= 1
            self.quiet_since = asyncio.get_running_loop().time()

    def is_silent(self, now: float) -> bool:
        return self._beat is not None and not self._sending and now - self.quiet_since >= KEEP_ALIVE

    async def beat(self) -> None:
        """Say that the server is there. Whether the client reads it shows with the next message."""
        assert self._beat is not None
        with contextlib.suppress(TooSlow):
            await self.send(self._beat())

    def is_idle(self, now: float, after: float) -> bool:
        """Whether nothing has run on it for so many seconds."""
        if self.is_at_work is None or self.is_at_work():
            self.worked_at = now
        return now - self.worked_at >= after


class Connections:
    """All that callers hold open in this process."""

    def __init__(self, callers: Callers, per_network: int, per_principal: int, idle_seconds: float) -> None:
        self._callers = callers
        self._per_network = per_network
        self._per_principal = per_principal
        self._idle_seconds = idle_seconds
        self._open: set[Connection] = set()
        self._open_of: Counter[str] = Counter()  # networks and principals
        self._keeping: asyncio.Task[None] | None = None
        self._ending = Turns(math.inf)

    @contextlib.contextmanager
    def held(self, connection: Connection) -> Iterator[None]:
        """Count a connection as open for the length of the block.

        Raises:
            TooMany: its network holds as many open as it may.
        """
        running = feed.current()
        own, wide = networks_of(connection.address)
        most = {own: self._per_network}
        if wide is not None:
            most[wide] = self._per_network * TOGETHER
        self._count(connection, most, "this network address")
        self._open.add(connection)
        self._keep_alive()
        running.call_when_stopping(connection.end)
        try:
            yield
        finally:
            running.when_stopping.discard(connection.end)
            self._forget(connection)

    @contextlib.asynccontextmanager
    async def ending(self) -> AsyncIterator[None]:
        """Give back what was held for a client that has gone: a few at a time, however many have gone."""
        await self._ending.take(_ENDING)
        try:
            yield
        finally:
            self._ending.end(_ENDING)

    async def identify(self, connection: Connection, credential: str | None) -> Caller | None:
        """Find out whose a held connection is, and ask again for as long as it is held. None for a visitor.

        Raises:
            Unauthenticated: the token is not accepted.
            TooMany: whoever it belongs to holds as many open as one may.
        """
        if credential is None:
            return None
        caller = await self._callers.find(credential)
        self._count(connection, {caller.actor.key: self._per_principal}, "this token or person")
        connection.caller = caller
        self._callers.hold(caller, connection.lose)
        return caller

    def _count(self, connection: Connection, most: dict[str, int], who: str) -> None:
        if any(self._open_of[each] >= limit for each, limit in most.items()):
            raise TooMany(f"Too many event streams and sockets of {who} are open: close some of them.")
        self._open_of.update(most.keys())
        connection.counted += most

    def _forget(self, connection: Connection) -> None:
        if connection.beating is not None:
            connection.beating.cancel()
        if connection.caller is not None:
            self._callers.release(connection.caller, connection.lose)
        self._open.discard(connection)
        for each in connection.counted:
            self._open_of[each] -= 1
            if not self._open_of[each]:
                del self._open_of[each]
        if not self._open and self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None

    def _keep_alive(self) -> None:
        if self._keeping is None:
            # An empty context: it is no request's own, and outlives the one that began it.
            loop = asyncio.get_running_loop()
            self._keeping = loop.create_task(self._look_again_and_again(), context=EmptyContext())

    async def _look_again_and_again(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = loop.time()
            for connection in [each for each in self._open if each.is_silent(now)]:
                # Not one after the other: a client that does not read would keep the rest waiting.
                connection.beating = loop.create_task(connection.beat(), context=EmptyContext())
            for connection in [each for each in self._open if each.is_idle(now, self._idle_seconds)]:
                if connection.rest is not None:
                    connection.rest()
