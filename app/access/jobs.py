"""What time does to access."""

from app.access import queries
from app.core import clock


async def forget_attempts() -> int:
    """Delete the counts of attempts and the known networks whose time is over; returns how many."""
    return await queries.forget_attempts(clock.now())
