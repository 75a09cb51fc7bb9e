"""Counting and logging the executions that a plan could not complete.

graphql-core executes such an operation from the beginning, so its result is right and its execution slow.
An error that the application expects, such as a refused permission or a column that is read for the first
time, is counted and not logged.
"""

import time
from collections import Counter
from collections.abc import Callable

import structlog

EXPECTED = "expected error"
EVERY = 60.0  # seconds between two log entries about the same cause

_log = structlog.get_logger("engine")


class Fallbacks:
    """The fallbacks of a process, by cause."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.counts: Counter[str] = Counter()
        self._clock = clock
        self._logged: dict[str, tuple[float, int]] = {}  # by cause: when, and the count at that time

    @property
    def unexpected(self) -> int:
        return self.counts.total() - self.counts[EXPECTED]

    def note(self, error: Exception, operation: str, path: str, *, is_expected: bool) -> None:
        """Count an execution that failed with an error. `operation` identifies the document in the log."""
        cause = EXPECTED if is_expected else type(error).__name__
        self.counts[cause] += 1
        if is_expected:
            return
        now = self._clock()
        when, before = self._logged.get(cause, (-EVERY, 0))
        if now - when < EVERY:
            return
        count = self.counts[cause]
        self._logged[cause] = now, count
        _log.warning(
            "engine.fallback", cause=cause, operation=operation, path=path,
            since_last=count - before, total=count,
        )  # fmt: skip


fallbacks = Fallbacks()
