"""A customer's address book: each address once, in whatever spelling it was saved.

Every command locks the customer first, so that two concurrent ones cannot save the same address twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.database import delete_each
from app.core.folding import one_line
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, NotFound, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import write_changes
from app.customers import queries
from app.customers.contact import AddressData, checked_address, place_key
from app.customers.events import CustomerUpdated
from app.customers.indexing import index
from app.customers.models import Customer, CustomerAddress

MOST = 100  # entries in one book
LONGEST_LABEL = 60
DEFAULTS = {"is_default_shipping": "default_shipping_id", "is_default_billing": "default_billing_id"}


async def store(customer_id: UUID, address: dict[str, Any], at: datetime) -> CustomerAddress:
    """Save a validated address in the book of a locked customer, and return its entry.

    An entry with the same address is kept, in the new spelling.

    Raises:
        Invalid: the book is full.
    """
    (book,) = await queries.complete_address_books([customer_id])
    same = _same(book, address)
    if same:
        await _write(same, {"address": address})
        return same[0]
    if len(book) >= MOST:
        raise Invalid(
            f"An address book can have at most {MOST} entries. Delete one first.",
            "address",
            code=ProblemCode.TOO_MANY,
            maximum=MOST,
        )
    return await CustomerAddress.create(id=new_id(), customer_id=customer_id, address=address, created_at=at)


def _same(book: Sequence[CustomerAddress], address: Mapping[str, Any]) -> list[CustomerAddress]:
    """The entries with an address, in whatever spelling, the newest first. There is at most one, except in
    books that were written before addresses were compared.
    """
    key = place_key(address)
    return [entry for entry in book if place_key(entry.address) == key]


async def _write(same: list[CustomerAddress], changes: Mapping[str, Any]) -> None:
    """Write the newest of the entries with one address, and delete the others."""
    entry, *copies = same
    await delete_each(copies)
    for name, value in changes.items():
        setattr(entry, name, value)
    if changes:
        await entry.save(update_fields=list(changes))


@command
async def create(
    uow: UnitOfWork, customer_id: UUID | None, address: AddressData, sent: Mapping[str, Any]
) -> tuple[Customer, CustomerAddress]:
    """Save an address; one that is in the book already keeps its entry. `sent` has the label and defaults.

    Without `customer_id` it is the acting customer's own book.

    Raises:
        NotFound: there is no such customer, or the actor may not change it.
        Invalid: a caller other than a customer names none, or the book is full.
        ValidationFailed: every invalid part of the address, and the label.
    """
    own = uow.actor.id if uow.actor.is_customer else None
    id = customer_id or own
    if id is None:
        raise Invalid("A customer is required.", "customer_id", code=ProblemCode.REQUIRED)
    checked, label = _checked(address, sent.get("label"))
    assert checked is not None
    customer = await queries.locked(id, uow.actor, "customer_id")
    entry = await store(customer.id, checked, uow.at)
    if label is not None:
        await _write([entry], {"label": label})
    await record_change(uow, customer, _defaults(customer, entry, sent))
    return customer, entry


@command
async def update(uow: UnitOfWork, id: UUID, changes: Mapping[str, Any]) -> tuple[Customer, CustomerAddress]:
    """Change the address, the label or the defaults of an entry; what is left out stays.

    Raises:
        NotFound: there is no such entry in a book that the actor may change.
        AlreadyExists: the address is that of another entry.
        ValidationFailed: every invalid part of the address, and the label.
    """
    customer, book, entry = await _locked_entry(uow, id)
    written: dict[str, Any] = {}
    address, label = _checked(changes.get("address"), changes.get("label"))
    if address is not None:
        if any(place_key(other.address) != place_key(entry.address) for other in _same(book, address)):
            raise AlreadyExists("This address is in the book already.", "address")
        written["address"] = address
    if "label" in changes:
        written["label"] = label or ""
    await _write(_newest_first(entry, _same(book, entry.address)), written)
    await record_change(uow, customer, _defaults(customer, entry, changes))
    return customer, entry


@command
async def delete(uow: UnitOfWork, id: UUID) -> Customer:
    """Delete an entry from the book; it is no default address any more.

    Raises:
        NotFound: there is no such entry in a book that the actor may change.
    """
    customer, book, entry = await _locked_entry(uow, id)
    gone = _same(book, entry.address)
    await delete_each(gone)
    ids = {each.id for each in gone}
    await record_change(
        uow, customer, {column: None for column in DEFAULTS.values() if getattr(customer, column) in ids}
    )
    return customer


async def _locked_entry(uow: UnitOfWork, id: UUID) -> tuple[Customer, list[CustomerAddress], CustomerAddress]:
    """An entry, its customer, locked, and the whole book."""
    found = await queries.book_entry(id)
    if found is None or not queries.may_write(uow.actor, found.customer_id):
        raise NotFound.of("address", "id")
    customer = await queries.locked(found.customer_id, uow.actor)
    (book,) = await queries.complete_address_books([customer.id])
    for entry in book:
        if entry.id == id:
            return customer, book, entry
    raise NotFound.of("address", "id")  # deleted since


def _newest_first(entry: CustomerAddress, same: list[CustomerAddress]) -> list[CustomerAddress]:
    return [entry, *(each for each in same if each.id != entry.id)]


def _checked(address: AddressData | None, label: str | None) -> tuple[dict[str, Any] | None, str | None]:
    problems, checked = Problems(), None
    with problems.caught():
        checked = checked_address(address, "address").to_json() if address else None
    written = None if label is None else one_line(label)
    if written is not None and len(written) > LONGEST_LABEL:
        problems.add(
            f"The label must have at most {LONGEST_LABEL} characters.",
            "label",
            code=ProblemCode.TOO_LONG,
            maximum=LONGEST_LABEL,
        )
    problems.refuse_if_any()
    return checked, written


def _defaults(customer: Customer, entry: CustomerAddress, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The changed columns of the customer's default addresses. False affects only an entry that is one."""
    changes: dict[str, Any] = {}
    for name, column in DEFAULTS.items():
        if sent.get(name):
            changes[column] = entry.id
        elif name in sent and getattr(customer, column) == entry.id:
            changes[column] = None
    return changes


async def record_change(
    uow: UnitOfWork, customer: Customer, changes: Mapping[str, Any] | None = None
) -> None:
    """Record that the book of a locked customer has changed, and write the changed default addresses."""
    await write_changes(customer, changes or {}, uow.at)
    await index(customer)
    uow.announce(CustomerUpdated(subject_id=customer.id, changed=["addresses"]))
