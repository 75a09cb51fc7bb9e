"""Saving the addresses of an order in its customer's address book, as the buyer requests when placing it."""

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork
from app.customers import book
from app.customers import queries as customers
from app.orders.models import Order

FIELD = "save_addresses"


async def save_addresses(uow: UnitOfWork, order: Order) -> None:
    """Save an order's shipping and billing address; those that are in the book already keep their entry.

    Raises:
        Invalid: the order has no customer, the caller may not change the customer, or the book is full.
    """
    if order.customer_id is None or not customers.may_write(uow.actor, order.customer_id):
        raise Invalid(
            "Addresses can be saved only in one's own address book, or in a customer's by staff who manage "
            "customers: leave this out.",
            FIELD,
            code=ProblemCode.NOT_APPLICABLE,
        )
    customer = await customers.locked(order.customer_id, uow.actor, "customer_id")
    own = None if order.pickup else order.shipping_address  # that of a pick-up is the location's
    for address in (own, order.billing_address):
        if address:
            try:
                await book.store(customer.id, address, uow.at)
            except Invalid as full:
                full.path = (FIELD,)
                raise
    await book.record_change(uow, customer)
