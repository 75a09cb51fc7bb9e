"""What time does to orders."""

from app.orders import service


async def release_due_holds() -> int:
    """Let every hold fall whose time has come; returns of how many orders."""
    total = 0
    while released := await service.release_due():
        total += released
    return total


async def expire_drafts() -> int:
    """Close every draft that nobody placed in time; returns how many."""
    total = 0
    while closed := await service.expire_drafts():
        total += closed
    return total
