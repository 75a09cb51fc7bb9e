"""What callers hold open: WebSockets and event streams have one life.

Each connection counts for its caller's network, is written to within a time, is told that the server is
there while nothing happens, and ends when the server stops. A transport says how it writes such a sign of
life and how it ends; when, is decided here.
"""

import asyncio
import contextlib
import gc
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextvars import Context as EmptyContext

from app.core.journal import feed
from app.core.networks import TOGETHER, networks_of

KEEP_ALIVE = 12.0  # seconds of silence after which a client is told that the server is there
SEND_WITHIN = 4.0  # seconds that a client may take to accept a message before it is let go
LOOK_EVERY = 1.0  # seconds between looks at which connections are silent
COLLECT_IN = 1.0  # seconds: whoever leaves with many others is looked for together with them
COLLECT_AFTER = 500  # connections that have gone since garbage was last looked for
RETRY_AFTER = 5  # seconds after which whoever holds too many open may try again

Beat = Callable[[], Awaitable[None]]


class TooMany(Exception):
    """The caller's network holds as many connections open as one may."""


class TooSlow(Exception):
    """The client does not read what it is sent."""


class Connection:
    """One that is held open. `end` is called once the server stops; `beat`, if given, while it is quiet."""

    # There may be many thousands.
    __slots__ = ("_beat", "_sending", "address", "beating", "end", "quiet_since")

    def __init__(self, address: str, end: Callable[[], object], beat: Beat | None = None) -> None:
        self.address = address
        self.end = end
        self.beating: asyncio.Task[None] | None = None
        self.quiet_since = asyncio.get_running_loop().time()
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


class Connections:
    """All that callers hold open in this process."""

    def __init__(self, per_address: int) -> None:
        self._per_address = per_address
        self._open: set[Connection] = set()
        self._of_network: Counter[str] = Counter()
        self._keeping: asyncio.Task[None] | None = None
        self._gone = 0
        self._collecting: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def held(self, connection: Connection) -> Iterator[None]:
        """Count a connection as open for the length of the block.

        Raises:
            TooMany: its network holds as many open as it may.
        """
        own, wide = networks_of(connection.address)
        if self._of_network[own] >= self._per_address:
            raise TooMany
        if wide is not None and self._of_network[wide] >= self._per_address * TOGETHER:
            raise TooMany
        running = feed.current()
        self._of_network.update(each for each in (own, wide) if each is not None)
        self._open.add(connection)
        self._keep_alive()
        running.call_when_stopping(connection.end)
        try:
            yield
        finally:
            running.when_stopping.discard(connection.end)
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        if connection.beating is not None:
            connection.beating.cancel()
        self._open.discard(connection)
        for network in networks_of(connection.address):
            if network is not None:
                self._of_network[network] -= 1
                if not self._of_network[network]:
                    del self._of_network[network]
        if not self._open and self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        self._gone += 1
        if self._collecting is None and self._gone >= max(COLLECT_AFTER, len(self._open)):
            self._collecting = asyncio.get_running_loop().call_later(COLLECT_IN, self._collect)

    def _collect(self) -> None:
        """Look for what those have left behind that have gone.

        An operation's executor knows itself in a circle. What was open for long is of the oldest generation,
        in which the collector looks after millions of new objects. As many have gone as are open, or more:
        so looking takes about as long as opening them did, at most.
        """
        self._collecting, self._gone = None, 0
        gc.collect()

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
