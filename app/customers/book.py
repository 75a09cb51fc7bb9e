"""A customer's address book: each address once, in whatever spelling it was saved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.refusals import NotFound
from app.core.uow import UnitOfWork, command
from app.core.versions import write_changes
from app.customers import queries
from app.customers.contact import place_key
from app.customers.events import CustomerUpdated
from app.customers.indexing import index
from app.customers.models import Customer, CustomerAddress


async def keep(customer_id: UUID, address: dict[str, Any], at: datetime) -> None:
    """Save a validated address as the newest entry of the book, in its present spelling."""
    (book,) = await queries.whole_books([customer_id])
    for entry in book:
        if place_key(entry.address) == place_key(address):
            await entry.delete()
    await CustomerAddress.create(id=new_id(), customer_id=customer_id, address=address, created_at=at)


@command
async def remove(uow: UnitOfWork, id: UUID) -> Customer:
    """Remove an entry from the book; if it was the default address, the customer has none afterwards.

    Raises:
        NotFound: there is no such entry in a book that the actor may change.
    """
    entry = await queries.book_entry(id)
    if entry is None or not queries.may_write(uow.actor, entry.customer_id):
        raise NotFound.of("address", "id")
    customer = await queries.locked(entry.customer_id, uow.actor)
    (book,) = await queries.whole_books([customer.id])
    key = place_key(entry.address)
    for each in book:
        if place_key(each.address) == key:
            await each.delete()
    default = customer.default_address
    gone = bool(default) and place_key(default) == key
    await write_changes(customer, {"default_address": None if gone else default}, uow.at)
    await index(customer)
    uow.announce(CustomerUpdated(subject_id=customer.id, changed=["addresses"]))
    return customer
