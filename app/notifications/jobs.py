"""Scheduled jobs of notifications."""

from app.notifications import service
from app.notifications.back_in_stock import ending, telling

MOST_ROUNDS = 20  # of one run, so that it ends


async def send_messages() -> int:
    """Send the messages that are due; return the number of attempts."""
    tried = 0
    for _ in range(MOST_ROUNDS):
        found = await service.send_due()
        tried += found
        if found < service.AT_ONCE:
            break
    return tried


async def tell_available() -> int:
    """Queue the messages about variants that are available again; return the number of requests."""
    return await telling.tell_available()


async def forget_back_in_stock() -> int:
    """Delete old back-in-stock requests; return how many."""
    return await ending.delete_old()
