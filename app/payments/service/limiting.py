"""The limits of what staff refund; see access.refund_limits."""

from app.access import queries as access
from app.access.refund_limits import RefundLimits
from app.core.money import Money
from app.core.uow import UnitOfWork
from app.orders.models import Order
from app.payments import queries
from app.payments.conditions import left_to_refund
from app.payments.refusals import AmountTooLarge


async def refuse_above_limit(uow: UnitOfWork, order: Order, amount: Money, path: str) -> RefundLimits:
    """Check an amount to refund of a locked order against the limits of the actor; return these.

    What a staff member has refunded of the order, with any of their tokens too, counts together.

    Raises:
        AmountTooLarge: it exceeds what is left of the limit.
    """
    limits = await access.refund_limits_of(uow.actor)
    limit = limits.of(order.currency)
    if limit is None or limits.staff_id is None:
        return limits
    (refunded,) = await queries.refunded_by_staff([(order.id, limits.staff_id)])
    left = left_to_refund(limit, refunded)
    if amount.minor > left:
        raise AmountTooLarge.above_limit(Money(limit, order.currency), Money(left, order.currency), path)
    return limits
