"""Whether an order can be paid with its tracking link, and what its buyer has to do."""

from uuid import UUID

from app.core import clock
from app.core.links import shown_link
from app.orders import queries as orders
from app.payments import queries
from app.payments.conditions import gateway_code_of, is_payment_due
from app.payments.gateways.protocol import ClientAction
from app.payments.models import Payment


async def can_be_paid(order_id: UUID) -> bool:
    """Whether a payment is due for an order, and its gateway takes new payments in its channel."""
    (order,) = await orders.orders_by_id([order_id])
    (payments,) = await queries.payments_by_order([order_id])
    if order is None or not is_payment_due(order, payments, clock.now()):
        return False
    gateway = await queries.gateway_offered_in(order.channel_id, gateway_code_of(order, payments))
    return gateway is not None


async def waiting(order_id: UUID) -> Payment | None:
    """The payment of an order that waits for the buyer or the gateway; None if none does."""
    (payments,) = await queries.payments_by_order([order_id])
    return next((each for each in reversed(payments) if each.authorized_pending_minor), None)


def page_of(payment: Payment) -> str | None:
    """The address of the gateway's page on which the buyer continues a payment; None if there is none."""
    action = ClientAction.from_json(payment.client_action) if payment.client_action is not None else None
    return shown_link(action.url) if action else None
