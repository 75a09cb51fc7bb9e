"""Live events: each process reads every new event once and passes it to its subscribers.

The table is authoritative; the bus only wakes the reader. When the bus fails, polling every second finds the
events. A subscriber that cannot keep up loses nothing: its queue is dropped, and it reads the table.
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

LOOK_EVERY = 1.0  # seconds between polls without a wake-up
REST = 0.005  # minimum seconds after a poll, so that many wake-ups lead to one poll
REST_UNWATCHED = 0.03  # the same while nobody in this process subscribes to events
REST_UNDER_LOAD = 0.05  # maximum seconds after a slow poll while somebody subscribes to events
QUEUE = 256  # events queued for a slow subscriber; beyond that it reads the table
KEEP_READS = 1_000  # results of reads that are shared by subscribers to the same event
SHARED_FOR = 1.0  # seconds; a later reader of an old event gets the state of that time

_AHEAD = "This cursor is later than the latest event. Use the cursor of an event of this stream."
_log = structlog.get_logger("feed")


def pause_after(took: float, is_watched: bool) -> float:
    """Seconds between a poll that took `took` seconds and the next one.

    Under load a poll is slow, and the pause is twice as long, so that commands make progress. While somebody
    subscribes to events it is bounded, so that events reach the subscribers soon.
    """
    if is_watched:
        return max(REST, min(2 * took, REST_UNDER_LOAD))
    return max(REST_UNWATCHED, 2 * took)


class Watch:
    """A subscription to one topic of the feed, from the moment it was created."""

    # There may be many thousands of idle objects, so they use no asyncio queues and events, which are large.
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
        """Stop waiting: there are no more events for this subscriber."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def batch(self) -> list[Entry]:
        """Wait for the next events. An empty list means that the queue overflowed or that the watch ended."""
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
    """Reads the journal for all subscribers of the process."""

    def __init__(self) -> None:
        self.watches: dict[str, set[Watch]] = {}
        self.stopping = asyncio.Event()
        self.when_stopping: set[Callable[[], object]] = set()  # called when the server begins to stop
        self._wake = asyncio.Event()
        self._bus: Bus | None = None
        self._last = 0
        self._task: asyncio.Task[None] | None = None
        self._reads: OrderedDict[Hashable, tuple[float, asyncio.Task[Any]]] = OrderedDict()

    async def shared(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of `read`, called once for all subscribers with the same key, such as an event's id."""
        loop = asyncio.get_running_loop()
        begun, task = self._reads.get(key, (0.0, None))
        failed = task is not None and task.done() and (task.cancelled() or task.exception() is not None)
        if task is None or failed or loop.time() - begun > SHARED_FOR:
            # An empty context: the result belongs to no single caller.
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
        # An empty context: the task must not inherit a request's transaction or log fields.
        self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    def begin_to_stop(self) -> None:
        """End all watches, so that clients reconnect to a running server."""
        if not self.stopping.is_set():
            self.stopping.set()
            for call in list(self.when_stopping):
                call()

    def call_when_stopping(self, call: Callable[[], object]) -> None:
        """Register a function to be called when the server begins to stop;
        called at once if it already does.
        """
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
        """Signal that there may be new events."""
        self._wake.set()

    @property
    def gets_wake_ups(self) -> bool:
        """Whether the bus reports events of other processes; without it, polling finds them."""
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
                took = asyncio.get_running_loop().time() - begun
                await asyncio.sleep(pause_after(took, bool(self.watches)))
            except Exception as error:
                # The database may be unavailable for a moment; the unread events stay in the table.
                _log.warning("feed.read_failed", error=type(error).__name__)
                await asyncio.sleep(0.2)

    async def place(self) -> None:
        """Assign positions to the committed events without one, and wake the feeds of other processes."""
        if await sequence() and self._bus is not None:
            await self._bus.publish()

    async def _look(self) -> None:
        await self.place()
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
        raise RuntimeError("the feed runs only in a server process")
    return _feed


def poke() -> None:
    """Wake the feed if one runs in this process; otherwise the polling of
    other processes finds the events.
    """
    if _feed is not None:
        _feed.poke()


@contextlib.asynccontextmanager
async def running(bus: Bus) -> AsyncIterator[Feed]:
    """Run the process's feed for the duration of the block."""
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

    The watch starts before the table is read, so no event is missed. A caller that passes the `watch` can end
    it.

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
    """The events of a subject in the table, each with its position: its cursor is valid in all streams."""
    while found := await entries.of_subject(subject_id, after):
        if any(entry.position is None for entry in found):  # just committed
            await current().place()
            found = await entries.of_subject(subject_id, after)
        for entry in found:
            yield entry
        after = found[-1].number


async def follow_kind(
    subject_kind: str, after: int | None, begins_at: Callable[[int], Awaitable[None]]
) -> AsyncGenerator[Entry, None]:
    """Every event of one kind of subject after a position (None: from now on), each once, in order.

    `begins_at` is called with the start position first. The watch starts before the table is read, and the
    feed delivers all events in order, so only slow subscribers read the table again.

    Raises:
        Invalid: the journal has no such position yet.
    """
    with watch_topic(subject_kind) as watch:
        if after is None:
            await current().place()  # events committed before the subscription precede its start
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
