"""What time does to access."""

from app.access import attempts
from app.core import clock


async def forget_attempts() -> int:
    """Delete the counts of attempts and the known networks whose time is over; returns how many."""
    return await attempts.delete_expired(clock.now())
