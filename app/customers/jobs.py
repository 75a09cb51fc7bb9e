"""What time does to customers."""

from datetime import timedelta

from app.core import clock
from app.customers import queries

KEPT_FOR = timedelta(days=1)  # an account request, after its token has expired


async def forget_account_requests() -> int:
    """Delete the requests for accounts and passwords whose time is over; returns how many."""
    return await queries.forget_requests(clock.now() - KEPT_FOR)
