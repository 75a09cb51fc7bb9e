"""What time does to customers."""

from datetime import timedelta

from app.core import clock
from app.core.database import delete_where
from app.customers.models import AccountRequest

KEPT_FOR = timedelta(days=1)  # an account request, after its token has expired


async def forget_account_requests() -> int:
    """Delete the requests for accounts and passwords whose time is over; returns how many."""
    return await delete_where(AccountRequest, "expires_at < $1", clock.now() - KEPT_FOR)
