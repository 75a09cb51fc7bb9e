"""Guest orders become those of the customer who proves the e-mail address that they were placed with."""

from uuid import UUID

from app.core.uow import UnitOfWork
from app.customers import queries as customers
from app.orders import queries
from app.orders.service.updating import update


async def claim_guest_orders(uow: UnitOfWork, customer_id: UUID) -> int:
    """Assign the placed guest orders of a customer's proven address, in all channels; return how many.

    Orders of another customer, and carts, stay as they are.
    """
    (customer,) = await customers.customers_by_id([customer_id])
    if customer is None or not customer.is_active or not customer.email:
        return 0
    claimed = 0
    for order in await queries.locked_guest_orders(customer.email):
        await update(uow, order.id, {"customer_id": customer.id})
        claimed += 1
    return claimed
