"""Closed periods."""

from datetime import date

from app.accounting.models import AccountingPeriod
from app.core.database import read


async def closed_through() -> date | None:
    """The last closed day; None if no period was closed."""
    rows = await read(AccountingPeriod, "1 = 1 ORDER BY through DESC LIMIT 1")
    return rows[0].through if rows else None


async def closed_periods() -> list[AccountingPeriod]:
    """Closed periods, the latest first."""
    return await read(AccountingPeriod, "1 = 1 ORDER BY through DESC")
