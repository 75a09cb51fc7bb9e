"""What time does to orders."""

from app.orders import service


async def expire_drafts() -> int:
    """Close every draft that nobody placed in time; returns how many."""
    total = 0
    while closed := await service.expire_drafts():
        total += closed
    return total
