"""Fair scheduling: limits how much of one caller's work runs concurrently.

One event loop does the work of a process in the order of arrival. A caller that sends a thousand operations
at once would delay everybody else. So the running operations of a caller may cost a limited number of points
together; its other operations wait in order, and those of other callers pass.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from app.core.refusals import ServiceBusy

# points running concurrently: eight orders of three lines; an operation that costs more runs alone
OF_A_VISITOR = 1_000
OF_A_PRINCIPAL = 5_000  # a token may be that of a shop's server, which serves all visitors
OF_A_MUTATION = 125  # minimum points: a mutation holds a transaction, whose locks others wait for
MOST_WAITING = 500  # operations of one caller
STREAMS_OF_A_VISITOR, STREAMS_OF_A_PRINCIPAL = 2, 5  # subscriptions that start in each BEGIN_EVERY
BEGIN_EVERY = 0.005  # seconds
_RESTS = 3  # as a multiple of the loop's delay, until the next start
REFUSE_AFTER = 0.25  # seconds before a refusal is sent, to slow down clients that retry at once


class Turn(NamedTuple):
    """What an operation needs to run: a share of the points that its caller may use concurrently."""

    who: str
    cost: int
    most: int


class _Waiting(NamedTuple):
    turn: Turn
    given: "asyncio.Future[None]"


class Turns:
    """The points in use in this process, and the waiting operations, by caller."""

    def __init__(self, most_waiting: float = MOST_WAITING) -> None:
        """At most `most_waiting` operations of one caller may wait."""
        self._most_waiting = most_waiting
        self._running: dict[str, int] = {}
        self._waiting: dict[str, deque[_Waiting]] = {}

    async def take(self, turn: Turn) -> None:
        """Wait for a turn; `end` must follow.

        Raises:
            ServiceBusy: too many operations of the caller wait already.
        """
        waiting = self._waiting.get(turn.who)
        if waiting is None and self._begin(turn):
            return
        if waiting is None:
            waiting = self._waiting[turn.who] = deque()
        if len(waiting) >= self._most_waiting:
            raise ServiceBusy("Too many of your operations are waiting. Nothing was changed; try again.")
        given = asyncio.get_running_loop().create_future()
        waiting.append(_Waiting(turn, given))
        try:
            await given
        except asyncio.CancelledError:
            if given.cancelled():
                self._next(turn.who)  # smaller operations behind it may fit
            else:
                self.end(turn)
            raise

    def end(self, turn: Turn) -> None:
        """Return the points and start the caller's next operations."""
        left = self._running[turn.who] - turn.cost
        if left:
            self._running[turn.who] = left
        else:
            del self._running[turn.who]
        if self._waiting:
            self._next(turn.who)

    @contextlib.contextmanager
    def followed_by_rest(self, turn: Turn) -> Iterator[None]:
        """Do the work of a turn; the turn ends after a pause of the same duration.

        For work that cannot be interrupted: the work of other callers runs in the pause.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            yield
        finally:
            loop.call_later(time.monotonic() - begun, self.end, turn)

    async def take_for_a_while(self, turn: Turn, seconds: float) -> None:
        """Wait for a turn that ends by itself after `seconds`; fewer turns start while the loop is late.

        Raises:
            ServiceBusy: too many operations of the caller wait already.
        """
        await self.take(turn)
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        loop.call_at(due, lambda: loop.call_later(_RESTS * (loop.time() - due), self.end, turn))

    def _begin(self, turn: Turn) -> bool:
        running = self._running.get(turn.who, 0)
        if running and running + turn.cost > turn.most:
            return False
        self._running[turn.who] = running + turn.cost
        return True

    def _next(self, who: str) -> None:
        waiting = self._waiting.get(who)
        while waiting:
            turn, given = waiting[0]
            if not given.done():  # otherwise the caller has gone
                if not self._begin(turn):
                    return
                given.set_result(None)
            waiting.popleft()
        self._waiting.pop(who, None)
