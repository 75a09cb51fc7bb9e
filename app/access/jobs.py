"""Scheduled jobs of access."""

from app.access import attempts
from app.core import clock


async def forget_attempts() -> int:
    """Delete expired attempt counts and known networks; return how many."""
    return await attempts.delete_expired(clock.now())
