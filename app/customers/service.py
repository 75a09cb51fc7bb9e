"""Creating and updating customers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.contact import checked_email, checked_phone
from app.core.days import last_day_anywhere
from app.core.folding import one_line
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.texts import checked_note, checked_reference, checked_tags
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.customers import book, queries, requests
from app.customers.contact import AddressData, checked_address
from app.customers.events import CustomerCreated, CustomerUpdated
from app.customers.indexing import index
from app.customers.models import Customer

EARLIEST_BIRTH = date(1890, 1, 1)
NAMELESS = "A customer must have an email address, a name or an external reference."


@dataclass(slots=True)
class CustomerData:
    email: str | None = None
    name: str = ""
    phone: str = ""
    address: AddressData | None = None
    note: str = ""
    born_on: date | None = None
    credit_limit: Money | None = None
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    private_metadata: dict[str, Any] = field(default_factory=dict)
    external_reference: str | None = None


@command
async def create(uow: UnitOfWork, data: CustomerData, *, password_hash: str | None = None) -> Customer:
    """Create a customer.

    Raises:
        ValidationFailed: every invalid field.
        AlreadyExists: the e-mail address or the reference is taken.
    """
    email, phone, address = _checked(data)
    if email and await queries.by_email(email):
        raise AlreadyExists("Another customer already has this email address.", "email")
    if data.external_reference and await queries.by_reference(data.external_reference):
        raise AlreadyExists("This external reference is already in use.", "external_reference")
    customer = await Customer.create(
        id=new_id(),
        email=email,
        name=data.name,
        phone=phone,
        password_hash=password_hash,
        note=data.note,
        born_on=data.born_on,
        credit_limit_minor=data.credit_limit.minor if data.credit_limit else None,
        credit_currency=data.credit_limit.currency if data.credit_limit else None,
        tags=data.tags,
        metadata=data.metadata,
        private_metadata=data.private_metadata,
        external_reference=data.external_reference,
        created_at=uow.at,
        updated_at=uow.at,
    )
    if address:
        customer.default_shipping_id = (await book.store(customer.id, address.to_json(), uow.at)).id
        await customer.save(update_fields=["default_shipping_id"])
    await index(customer)
    uow.is_new(customer.id)
    uow.announce(CustomerCreated(subject_id=customer.id))
    return customer


def _checked(data: CustomerData) -> tuple[str | None, str, AddressData | None]:
    problems = Problems()
    email, phone, address = None, "", None
    with problems.caught():
        email = checked_email(data.email, "email") if data.email is not None else None
    with problems.caught():
        address = checked_address(data.address, "address") if data.address else None
    with problems.caught():
        phone = checked_phone(data.phone, address.country if address else None, "phone")
    with problems.caught():
        checked_note(data.note, "note")
    with problems.caught():
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    data.name = one_line(data.name)
    with problems.caught():
        _checked_birth(data.born_on, "born_on")
    with problems.caught():
        _checked_credit(data.credit_limit)
    with problems.caught():
        data.tags = checked_tags(data.tags, "tags")
    if not (data.email or data.external_reference or data.name):
        problems.add(NAMELESS, "email", code=ProblemCode.REQUIRED)
    problems.refuse_if_any()
    return email, phone, address


def _checked_birth(day: date | None, *path: str) -> date | None:
    if day is not None and not EARLIEST_BIRTH <= day <= last_day_anywhere(clock.now()):
        raise Invalid(
            "This is not a plausible date of birth.",
            *path,
            code=ProblemCode.OUT_OF_RANGE,
            earliest=datetime.combine(EARLIEST_BIRTH, time.min, UTC),
            latest=clock.now(),
        )
    return day


def _checked_credit(limit: Money | None) -> None:
    if limit is not None and limit.minor < 0:
        raise Invalid(
            "The credit limit must be 0 or more, or null for no limit.",
            "credit_limit",
            "amount",
            code=ProblemCode.TOO_SMALL,
            minimum=0,
        )


@command
async def update(
    uow: UnitOfWork, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Customer:
    """Update a customer. `address` is an AddressData, which becomes the default address.

    Raises:
        NotFound, StaleVersion, AlreadyExists, Invalid, ValidationFailed.
    """
    customer = await queries.locked(id, uow.actor)
    refuse_stale(customer, expected_version)
    written = await as_stored(customer, changes)
    await write(uow, customer, written, sorted(changes))
    return customer


async def write(uow: UnitOfWork, customer: Customer, written: dict[str, Any], changed: list[str]) -> None:
    """Write columns of a locked customer and record the event.

    An `address` is saved in the address book and becomes the default shipping address; None leaves none.
    """
    columns = {name: value for name, value in written.items() if name != "address"}
    if "address" in written:
        address = written["address"]
        entry = await book.store(customer.id, address, uow.at) if address else None
        columns["default_shipping_id"] = entry.id if entry else None
    if "email" in columns:  # what was mailed to the previous address is invalid
        await requests.close_all_of(customer, uow.at)
    await write_changes(customer, columns, uow.at)
    await index(customer)
    uow.announce(CustomerUpdated(subject_id=customer.id, changed=changed))


async def as_stored(customer: Customer, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes as validated columns, and the `address` as it is stored in the address book.

    Raises:
        Invalid, ValidationFailed: every invalid value.
        AlreadyExists: the e-mail address or the reference is taken.
    """
    written, problems = dict(changes), Problems()
    if "address" in written:
        address = written["address"]
        with problems.caught():
            written["address"] = checked_address(address, "address").to_json() if address else None
    if "credit_limit" in written:
        limit = written.pop("credit_limit")
        with problems.caught():
            _checked_credit(limit)
        written["credit_limit_minor"] = limit.minor if limit else None
        written["credit_currency"] = limit.currency if limit else None
    for name, checked in _CHECKS.items():
        if written.get(name) is not None:
            with problems.caught():
                written[name] = checked(written[name], name)
    if "phone" in written:
        known = written["address"] if "address" in written else await queries.default_address(customer)
        country = known.get("country") if isinstance(known, dict) else None
        with problems.caught():
            written["phone"] = checked_phone(written["phone"], country, "phone")
    if not any(written.get(name, getattr(customer, name)) for name in _FOUND_BY):
        problems.add(NAMELESS, "email", code=ProblemCode.REQUIRED)
    problems.refuse()
    await _refuse_taken(customer, written)
    return written


_FOUND_BY = ("email", "external_reference", "name")
_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "email": checked_email,
    "external_reference": checked_reference,
    "name": lambda name, _: one_line(name),
    "born_on": _checked_birth,
    "note": checked_note,
    "tags": checked_tags,
}


async def _refuse_taken(customer: Customer, written: Mapping[str, Any]) -> None:
    """Raise AlreadyExists if another customer has the e-mail address or the reference."""
    email, reference = written.get("email"), written.get("external_reference")
    other = await queries.by_email(email) if email else None
    if other is not None and other.id != customer.id:
        raise AlreadyExists("Another customer already has this email address.", "email")
    other = await queries.by_reference(reference) if reference else None
    if other is not None and other.id != customer.id:
        raise AlreadyExists("This external reference is already in use.", "external_reference")
