"""The live end of the journal: each process reads every new event once and hands it to those who watch.

The table is the truth; the bus is only a wake-up. When the bus is dead, a look each second finds what it
did not say. A watcher that cannot keep up loses nothing: its queue is dropped and it reads the table.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Hashable
from contextvars import Context
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID

import structlog

from app.core.bus import Bus
from app.core.journal import entry as entries
from app.core.journal import stamps
from app.core.journal.entry import Entry
from app.core.journal.sequencing import sequence
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

T = TypeVar("T")

LOOK_EVERY = 1.0  # seconds between looks when no wake-up comes
REST = 0.005  # seconds after a look at the least, so that many wake-ups are one look
QUEUE = 256  # events kept for a watcher that is busy; beyond, it reads the table instead
KEEP_READS = 1_000  # of what watchers of the same event share
SHARED_FOR = 1.0  # seconds: whoever reads an old event later is told how things stand then

_AHEAD = "This cursor is ahead of all that has happened; take one from an event of this stream."
_log = structlog.get_logger("feed")


class Watch:
    """One watcher's share of the feed: the events of one topic since it began to watch."""

    # There may be many thousands, each of them idle: so no queues and events of asyncio, which are large.
    __slots__ = ("_feed", "_queue", "_topic", "_waiter", "ended", "fell_behind")

    def __init__(self, feed: "Feed", topic: str) -> None:
        self._feed = feed
        self._topic = topic
        self._queue: list[Entry] = []
        self._waiter: asyncio.Future[None] | None = None
        self.fell_behind = False
        self.ended = False

    def __enter__(self) -> "Watch":
        self._feed.watches.setdefault(self._topic, set()).add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        watches = self._feed.watches.get(self._topic, set())
        watches.discard(self)
        if not watches:
            self._feed.watches.pop(self._topic, None)

    def give(self, entry: Entry) -> None:
        if len(self._queue) >= QUEUE:
            self._queue = []
            self.fell_behind = True
        if not self.fell_behind:
            self._queue.append(entry)
        self._wake()

    def end(self) -> None:
        """Have the watcher wait no longer: there is nothing more for it."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def batch(self) -> list[Entry]:
        """Wait for the next events. An empty list means: too many came, read the table; or it was ended."""
        if not self._queue and not self.fell_behind and not self.ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
            self._waiter = None
        found, self._queue = self._queue, []
        if self.fell_behind:
            self.fell_behind = False
            return []
        return found


class Feed:
    """The process's reader of the journal."""

    def __init__(self) -> None:
        self.watches: dict[str, set[Watch]] = {}
        self.stopping = asyncio.Event()
        self.when_stopping: set[Callable[[], object]] = set()  # called once the server begins to stop
        self._wake = asyncio.Event()
        self._bus: Bus | None = None
        self._last = 0
        self._task: asyncio.Task[None] | None = None
        self._reads: OrderedDict[Hashable, tuple[float, asyncio.Task[Any]]] = OrderedDict()

    async def shared(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `read` returns, read once for all who ask under the same key, such as an event's id."""
        loop = asyncio.get_running_loop()
        begun, task = self._reads.get(key, (0.0, None))
        failed = task is not None and task.done() and (task.cancelled() or task.exception() is not None)
        if task is None or failed or loop.time() - begun > SHARED_FOR:
            # An empty context: what is read is nobody's own.
            task = loop.create_task(read(), context=Context())
            self._reads[key] = (loop.time(), task)
            if len(self._reads) > KEEP_READS:
                self._reads.popitem(last=False)
        result: T = await asyncio.shield(task)
        return result

    async def start(self, bus: Bus) -> None:
        self._bus = bus
        self._last = await entries.last_position()
        await bus.listen(self.poke)
        # An empty context: the reader must not inherit a request's transaction or log fields.
        self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    def begin_to_stop(self) -> None:
        """Let those who watch go, so that they come back to a server that stays."""
        if not self.stopping.is_set():
            self.stopping.set()
            for call in list(self.when_stopping):
                call()

    def call_when_stopping(self, call: Callable[[], object]) -> None:
        """Have something called once the server begins to stop: at once, if it does so already."""
        self.when_stopping.add(call)
        if self.stopping.is_set():
            call()

    async def stop(self) -> None:
        self.begin_to_stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._bus is not None:
            await self._bus.close()

    def poke(self) -> None:
        """Say that there may be something new."""
        self._wake.set()

    @property
    def hears_others(self) -> bool:
        """Whether the bus tells at once what other processes did; without it a look each second finds it."""
        return self._bus is not None and self._bus.is_connected

    async def _run(self) -> None:
        while not self.stopping.is_set():
            # Not `wait_for`: before Python 3.12 it loses a cancellation that arrives with the wake-up.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._wake.wait()
            self._wake.clear()
            try:
                begun = asyncio.get_running_loop().time()
                await self._look()
                # Under load a look takes long: it is rested twice as long, so that commands go on meanwhile.
                took = asyncio.get_running_loop().time() - begun
                await asyncio.sleep(max(REST, 2 * took))
            except Exception as error:
                # The database may be away for a moment; the table keeps what we have not read.
                _log.warning("feed.read_failed", error=type(error).__name__)
                await asyncio.sleep(0.2)

    async def _look(self) -> None:
        if await sequence() and self._bus is not None:
            await self._bus.publish()
        while found := await entries.after_position(self._last):
            stamps.changed({entry.subject_kind for entry in found})
            for entry in found:
                self._hand_out(entry)
            self._last = found[-1].position or self._last

    def _hand_out(self, entry: Entry) -> None:
        for topic in (f"{entry.subject_kind}:{entry.subject_id}", entry.subject_kind):
            for watch in self.watches.get(topic, ()):
                watch.give(entry)


_feed: Feed | None = None


def current() -> Feed:
    """The running feed.

    Raises:
        RuntimeError: no server is running in this process.
    """
    if _feed is None:
        raise RuntimeError("the feed runs only inside a server")
    return _feed


def poke() -> None:
    """Wake the feed, if one runs in this process; else another process's look finds the events."""
    if _feed is not None:
        _feed.poke()


@contextlib.asynccontextmanager
async def running(bus: Bus) -> AsyncIterator[Feed]:
    """Run the process's feed for the length of the block."""
    global _feed
    _feed = Feed()
    await _feed.start(bus)
    try:
        yield _feed
    finally:
        await _feed.stop()
        _feed = None


def watch_topic(topic: str) -> Watch:
    return Watch(current(), topic)


async def follow_subject(
    subject_kind: str, subject_id: UUID, after: int, watch: Watch | None = None
) -> AsyncGenerator[Entry, None]:
    """A subject's events after a number: first from the table, then live, each once, in order.

    Watching starts before the table is read, so nothing falls between the two. Who gives the `watch` of the
    subject can end it.

    Raises:
        Invalid: the subject has no such number yet.
    """
    with watch or watch_topic(f"{subject_kind}:{subject_id}") as watch:
        if after and after > await entries.last_number(subject_id):
            raise Invalid(_AHEAD, "after", code=ProblemCode.MALFORMED)
        last = after
        async for entry in _replay(subject_id, last):
            last = entry.number
            yield entry
        while True:
            batch = await watch.batch()
            if watch.ended:
                return
            if not batch or batch[0].number > last + 1:
                async for entry in _replay(subject_id, last):
                    last = entry.number
                    yield entry
            for entry in batch:
                if entry.number > last:
                    last = entry.number
                    yield entry


async def _replay(subject_id: UUID, after: int) -> AsyncIterator[Entry]:
    while found := await entries.of_subject(subject_id, after):
        for entry in found:
            yield entry
        after = found[-1].number


async def follow_kind(
    subject_kind: str, after: int | None, begins_at: Callable[[int], Awaitable[None]]
) -> AsyncGenerator[Entry, None]:
    """Every event about one kind of subject after a position (None: from now on), each once, in order.

    `begins_at` is told the position before anything else. Watching starts before the table is read, and
    the feed hands out every event in order: so the table is read again only by who cannot keep up.

    Raises:
        Invalid: the journal has no such position yet.
    """
    with watch_topic(subject_kind) as watch:
        newest = await entries.last_position()
        if after is not None and after > newest:
            raise Invalid(_AHEAD, "after", code=ProblemCode.MALFORMED)
        last = newest if after is None else after
        await begins_at(last)
        batch: list[Entry] = []
        while True:
            if not batch:
                while found := await entries.after_position(last, subject_kind):
                    for entry in found:
                        yield entry
                    last = found[-1].position or last
            batch = await watch.batch()
            for entry in batch:
                if (entry.position or 0) > last:
                    last = entry.position or last
                    yield entry
