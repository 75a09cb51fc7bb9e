"""Scheduled jobs of stock."""

from app.inventory.stock.service import expiring, inbound, releasing


async def sweep_expired() -> int:
    """Release expired reservations; return the number of units."""
    total = 0
    while given := await releasing.expire_due():
        total += given
    return total


async def quarantine_expired() -> int:
    """Quarantine expired lots; return the number of units."""
    total = 0
    while moved := await expiring.quarantine_expired():
        total += moved
    return total


async def notice_overdue() -> int:
    """Update the promises of reservations that wait for overdue stock; return the number of levels."""
    return await inbound.notice_overdue()


async def release_preorders() -> int:
    """Release pre-orders whose release day has come; return the number of levels."""
    return await inbound.release_preorders()
