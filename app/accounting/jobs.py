"""Scheduled jobs of accounting."""

from app.accounting.service import opening
from app.core.actor import SYSTEM


async def complete_history() -> int:
    """Post what earlier versions of the server did while they were replaced by one with a ledger."""
    return await opening.complete_history(SYSTEM)
