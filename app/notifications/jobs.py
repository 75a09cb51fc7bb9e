"""Scheduled jobs of notifications."""

from app.notifications import service

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
