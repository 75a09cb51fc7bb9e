"""Scheduled jobs of orders."""

from app.orders.service import drafting, holding


async def release_due_holds() -> int:
    """Release the holds whose release time has come; return the number of orders."""
    total = 0
    while released := await holding.release_due():
        total += released
    return total


async def expire_drafts() -> int:
    """Close the expired drafts; return their number."""
    total = 0
    while closed := await drafting.expire_drafts():
        total += closed
    return total
