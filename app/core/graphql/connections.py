"""Open connections: WebSockets and event streams share one life cycle.

Each connection counts against the limits of its network and of its token's owner, must accept messages in
time, receives keep-alive messages, and ends when the server stops or its caller may no longer use it. A
transport defines how a keep-alive is written and how the connection is closed; this module decides when.
"""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import Context as EmptyContext

from app.core.graphql.callers import CHANGED, Caller, Callers, Ended
from app.core.graphql.turns import Turn, Turns
from app.core.journal import feed
from app.core.networks import TOGETHER, networks_of

KEEP_ALIVE = 12.0  # seconds of silence before a keep-alive message
SEND_WITHIN = 4.0  # seconds that a client may take to accept a message before it is disconnected
LOOK_EVERY = 1.0  # seconds between checks for silent connections
END_AT_ONCE = 5  # connections closed at a time; other work runs between the batches
RETRY_AFTER = 5  # seconds after which a caller with too many connections may retry
TOO_MANY = "TOO_MANY_CONNECTIONS"

Beat = Callable[[], Awaitable[None]]
_ENDING = Turn("gone", 1, END_AT_ONCE)  # no caller waits for it


class TooMany(Exception):
    """The caller holds as many connections as it may. The message says what is counted."""


class OtherAccount(Exception):
    """The new token of a connection belongs to another account than the one that it was opened with."""


class TooSlow(Exception):
    """The client does not read its messages."""


class Connection:
    """One open connection.

    `end` is called when the server stops, `lose` when the caller may no longer use it, `beat`, if given,
    while it is silent. `is_at_work`, if given, returns whether an operation runs; after a long time without
    one, `rest` is called.
    """

    # There may be many thousands of these objects.
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
        self.counted: list[str] = []  # the keys that it is counted under
        self.beating: asyncio.Task[None] | None = None
        self.quiet_since = self.worked_at = asyncio.get_running_loop().time()
        self._beat = beat
        self._sending = 0

    async def send(self, message: Awaitable[object]) -> None:
        """Send a message to the client.

        Raises:
            TooSlow: the client did not accept it in time.
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
        """Send a keep-alive. The next message shows whether the client reads it."""
        assert self._beat is not None
        with contextlib.suppress(TooSlow):
            await self.send(self._beat())

    def is_idle(self, now: float, after: float) -> bool:
        """Whether no operation has run on it for the given number of seconds."""
        if self.is_at_work is None or self.is_at_work():
            self.worked_at = now
        return now - self.worked_at >= after


class Connections:
    """All open connections of this process."""

    def __init__(self, callers: Callers, per_network: int, per_principal: int, idle_seconds: float) -> None:
        self._callers = callers
        self._per_network = per_network
        self._per_principal = per_principal
        self._idle_seconds = idle_seconds
        self._open: set[Connection] = set()
        self._open_of: Counter[str] = Counter()  # by network and principal
        self._keeping: asyncio.Task[None] | None = None
        self._ending = Turns(math.inf)

    @contextlib.contextmanager
    def held(self, connection: Connection) -> Iterator[None]:
        """Count a connection as open for the duration of the block.

        Raises:
            TooMany: its network has too many open connections.
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
        """Release the resources of closed connections, a few at a time."""
        await self._ending.take(_ENDING)
        try:
            yield
        finally:
            self._ending.end(_ENDING)

    async def identify(self, connection: Connection, credential: str | None) -> Caller | None:
        """Identify the caller of a connection and keep checking it. None for a visitor.

        Raises:
            Unauthenticated: the token is not accepted.
            TooMany: the token's owner has too many open connections.
        """
        if credential is None:
            return None
        caller = await self._callers.find(credential)
        self._count(connection, {caller.actor.key: self._per_principal}, "this token or person")
        connection.caller = caller
        self._callers.hold(caller, connection.lose)
        return caller

    async def renew(self, connection: Connection, credential: str) -> Caller:
        """Replace the token of a connection by a new one of the same account. If the permissions differ, the
        connection is ended, as when they change.

        Raises:
            Unauthenticated: the token is not accepted.
            OtherAccount: it belongs to another account, or the connection is a visitor's.
        """
        before = connection.caller
        caller = await self._callers.find(credential)
        if before is None or caller.actor.key != before.actor.key:
            raise OtherAccount
        if caller is not before:
            connection.caller = caller
            self._callers.hold(caller, connection.lose)
            self._callers.release(before, connection.lose)
            if caller.actor.grants != before.actor.grants:
                connection.lose(CHANGED)
        return caller

    def _count(self, connection: Connection, most: dict[str, int], who: str) -> None:
        if any(self._open_of[each] >= limit for each, limit in most.items()):
            raise TooMany(f"Too many event streams and WebSockets are open for {who}. Close some of them.")
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
            # An empty context, because the task outlives the request that starts it.
            loop = asyncio.get_running_loop()
            self._keeping = loop.create_task(self._look_again_and_again(), context=EmptyContext())

    async def _look_again_and_again(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = loop.time()
            for connection in [each for each in self._open if each.is_silent(now)]:
                # Concurrently: a client that does not read must not delay the others.
                connection.beating = loop.create_task(connection.beat(), context=EmptyContext())
            for connection in [each for each in self._open if each.is_idle(now, self._idle_seconds)]:
                if connection.rest is not None:
                    connection.rest()
