"""The time, which a test can set, and the demo shop's past."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

_shift = timedelta(0)


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC) + _shift


def today() -> date:
    return now().date()


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Let the block run as if the clock were `by` ahead, added to any shift already in force."""
    global _shift
    before = _shift
    _shift = before + by
    try:
        yield
    finally:
        _shift = before
