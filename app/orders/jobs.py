"""Scheduled jobs of orders."""

from app.orders import service


async def release_due_holds() -> int:
    """Release the holds whose release time has come; return the number of orders."""
    total = 0
    while released := await service.release_due():
        total += released
    return total


async def expire_drafts() -> int:
    """Close the expired drafts; return their number."""
    total = 0
    while closed := await service.expire_drafts():
        total += closed
    return total
