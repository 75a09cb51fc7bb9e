"""Scheduled jobs of notifications."""

from app.notifications import service


async def send_messages() -> int:
    """Send the messages that are due; return the number of attempts."""
    return await service.send_due()
