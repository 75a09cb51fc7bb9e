"""Scheduled jobs of customers."""

from datetime import timedelta

from app.core import clock
from app.core.database import delete_where
from app.customers.models import AccountRequest

KEPT_FOR = timedelta(days=1)  # how long an account request is kept after its token has expired


async def forget_account_requests() -> int:
    """Delete expired requests for accounts and passwords; return how many."""
    return await delete_where(AccountRequest, "expires_at < $1", clock.now() - KEPT_FOR)
