"""Orders and carts of a customer who is merged into another one."""

from uuid import UUID

from app.core.database import update_where
from app.core.uow import UnitOfWork
from app.orders import queries
from app.orders.events import OrderUpdated
from app.orders.models import Order


async def reassign(uow: UnitOfWork, from_id: UUID, into_id: UUID) -> None:
    """Assign all orders and carts of a customer to another one; both customers are locked.

    The rules are not checked again: the person who ordered is the same.
    """
    orders = await queries.locked_orders_of(from_id)
    await update_where(
        Order, "customer_id = $2, version = version + 1, updated_at = $3", "customer_id = $1",
        from_id, into_id, uow.at,
    )  # fmt: skip
    for order in orders:
        event = OrderUpdated(subject_id=order.id, channel_id=order.channel_id, changed=["customer_id"])
        uow.announce(event)
