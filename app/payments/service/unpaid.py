"""Orders that are not paid in time are cancelled: see `payment_minutes` of a channel."""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from app.channels import queries as channels
from app.core.actor import SYSTEM
from app.core.refusals import Refusal
from app.core.uow import UnitOfWork, command
from app.orders import derived_statuses
from app.orders import queries as orders
from app.orders.lifecycle import CancelReason
from app.orders.service import cancelling
from app.payments import queries

NOTE = "It was not paid in time."


async def cancel_unpaid(at: datetime, limit: int) -> int:
    """Cancel the orders whose time to pay has passed and that are not released; return their number."""
    total = 0
    for channel in await channels.with_payment_limit():
        placed_before = at - timedelta(minutes=channel.payment_minutes or 0)
        for order_id in await queries.unpaid_since(channel.id, placed_before, limit):
            # Work that began meanwhile, and a supplier who was asked, keep the order.
            with suppress(Refusal):
                total += await _cancel(SYSTEM, order_id)
    return total


@command
async def _cancel(uow: UnitOfWork, order_id: UUID) -> bool:
    order = await orders.locked_by_id(order_id)
    assert order is not None
    if not order.status.is_open or derived_statuses.is_covered(order):
        return False  # it was paid or cancelled meanwhile
    await cancelling.cancel(uow, order_id, reason=CancelReason.DECLINED, note=NOTE)
    return True
