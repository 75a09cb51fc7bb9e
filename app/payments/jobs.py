"""Scheduled jobs of payments."""

from app.core import clock
from app.payments.service import calling, expiring, messages, unpaid

AT_ONCE = 100


async def end_expired_authorizations() -> int:
    """Hold orders of which an authorization expires soon, and release the amounts of those that have expired;
    return their number."""
    at = clock.now()
    return await expiring.warn_of_expiring(at, AT_ONCE) + await expiring.end_expired(at, AT_ONCE)


async def cancel_unpaid() -> int:
    """Cancel orders that were not paid within the time of their channel; return their number."""
    return await unpaid.cancel_unpaid(clock.now(), AT_ONCE)


async def call_gateways() -> int:
    """Ask gateways about transactions without a known result, and about stored messages; return how many."""
    return await messages.process_due() + await calling.process_due()
