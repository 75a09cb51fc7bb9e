"""The current time, which tests can set and the demo data can shift."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

_shift = timedelta(0)


def now() -> datetime:
    """The current time in UTC, timezone-aware."""
    return datetime.now(UTC) + _shift


def today() -> date:
    return now().date()


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Run the block with the clock moved by `by`, in addition to any shift in force."""
    global _shift
    before = _shift
    _shift = before + by
    try:
        yield
    finally:
        _shift = before
