"""Scheduled jobs of stored value."""

from app.core import clock
from app.stored_value import ending

AT_ONCE = 100


async def expire() -> int:
    """Take the balances off gift cards and store credit that have expired; return their number."""
    total = 0
    while ended := await ending.expire(clock.now(), AT_ONCE):
        total += ended
    return total
