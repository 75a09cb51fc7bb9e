"""What time does to notifications."""

from app.notifications import service


async def send_messages() -> int:
    """Send what is due; returns how many were tried."""
    return await service.send_due()
