"""What time does to stock."""

from app.inventory.stock import service


async def sweep_expired() -> int:
    """Give back every reservation that has run out; returns how many units."""
    total = 0
    while given := await service.expire_due():
        total += given
    return total


async def quarantine_expired() -> int:
    """Put aside every lot that has expired; returns how many units."""
    total = 0
    while moved := await service.quarantine_expired():
        total += moved
    return total


async def notice_overdue() -> int:
    """Promise anew what waits for something that should have come; returns how many levels."""
    return await service.notice_overdue()


async def release_preorders() -> int:
    """Let pre-orders be sent whose day of release has come; returns how many levels."""
    return await service.release_preorders()
