"""How much of one caller's work is done at the same time.

One event loop does the work of a process, in the order in which it is asked for. Whoever sends a thousand
operations at once would have everybody else wait for all of them. So the operations of a caller that are
worked on at a time cost a number of points together, and the others wait for their turn, in their order;
those of other callers pass by.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from app.core.refusals import ServiceBusy

OF_A_VISITOR = 1_000  # points at the same time: eight orders of three lines; one that costs more runs alone
OF_A_PRINCIPAL = 5_000  # a token may be that of a shop's server, with all its visitors
OF_A_MUTATION = 125  # points at the least: it holds a transaction, whose rows others wait for
MOST_WAITING = 500  # operations of one caller
STREAMS_OF_A_VISITOR, STREAMS_OF_A_PRINCIPAL = 2, 5  # that begin in each BEGIN_EVERY
BEGIN_EVERY = 0.005  # seconds
_RESTS = 3  # times as long as the loop is late, until the next begin
REFUSE_AFTER = 0.25  # seconds before who asks for too much is told so: whoever asks on and on, asks slower


class Turn(NamedTuple):
    """What an operation needs to begin: so many of the points that its caller has at a time."""

    who: str
    cost: int
    most: int


class _Waiting(NamedTuple):
    turn: Turn
    given: "asyncio.Future[None]"


class Turns:
    """The points that are being worked on in this process, and the operations that wait, by caller."""

    def __init__(self, most_waiting: float = MOST_WAITING) -> None:
        """`most_waiting` operations of one caller may wait."""
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
            raise ServiceBusy(
                "Too many operations of yours wait to be executed. Nothing was done; try again."
            )
        given = asyncio.get_running_loop().create_future()
        waiting.append(_Waiting(turn, given))
        try:
            await given
        except asyncio.CancelledError:
            if given.cancelled():
                self._next(turn.who)  # those behind it may fit where it did not
            else:
                self.end(turn)
            raise

    def end(self, turn: Turn) -> None:
        """Give the points to the caller's next operations, if any wait."""
        left = self._running[turn.who] - turn.cost
        if left:
            self._running[turn.who] = left
        else:
            del self._running[turn.who]
        if self._waiting:
            self._next(turn.who)

    @contextlib.contextmanager
    def followed_by_rest(self, turn: Turn) -> Iterator[None]:
        """Do the work of a turn, which ends only after as much time again.

        For work that nothing interrupts: what other callers wait for is done in that time.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            yield
        finally:
            loop.call_later(time.monotonic() - begun, self.end, turn)

    async def take_for_a_while(self, turn: Turn, seconds: float) -> None:
        """Wait for a turn that ends by itself: so many begin in that time, and fewer while the loop is late.

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
            if not given.done():  # else whoever asked has gone
                if not self._begin(turn):
                    return
                given.set_result(None)
            waiting.popleft()
        self._waiting.pop(who, None)
