"""Creating or updating customers from another system."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.bulk import RowStatus
from app.core.contact import checked_email
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid
from app.core.texts import checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import differing
from app.customers import queries
from app.customers.models import Customer
from app.customers.service import CustomerData, as_stored, create, write


@command
async def upsert(uow: UnitOfWork, sent: Mapping[str, Any]) -> tuple[RowStatus, UUID]:
    """Create or update a customer, matched by external reference, else by e-mail address.

    Omitted fields stay unchanged; None clears optional fields.

    Raises:
        Invalid: both are missing.
        AlreadyExists: the e-mail address belongs to a customer with another reference.
        ValidationFailed.
    """
    known = await _known(sent)
    if known is None:
        given = {name: value for name, value in sent.items() if value is not None}
        return RowStatus.CREATED, (await create(uow, CustomerData(**given))).id
    customer = await queries.locked(known.id, uow.actor)
    written = await _differing(customer, await as_stored(customer, sent))
    if not written:
        return RowStatus.UNCHANGED, customer.id
    await write(uow, customer, written, sorted(written))
    return RowStatus.UPDATED, customer.id


async def _differing(customer: Customer, written: Mapping[str, Any]) -> dict[str, Any]:
    changes = differing(customer, {name: value for name, value in written.items() if name != "address"})
    if "address" in written and written["address"] != await queries.default_address(customer):
        changes["address"] = written["address"]
    return changes


async def _known(sent: Mapping[str, Any]) -> Customer | None:
    reference = checked_reference(sent.get("external_reference"), "external_reference")
    email = checked_email(sent["email"], "email") if sent.get("email") is not None else None
    if reference is None and email is None:
        raise Invalid(
            "Send an external reference or an email address, by which the customer is matched.",
            "email",
            code=ProblemCode.REQUIRED,
        )
    found = await queries.by_reference(reference) if reference is not None else None
    if found is not None or email is None:
        return found
    found = await queries.by_email(email)
    if found is not None and reference is not None and found.external_reference not in (None, reference):
        raise AlreadyExists(
            (
                "This email address belongs to the customer with the external reference "
                f"{found.external_reference!r}, not {reference!r}."
            ),
            "email",
        )
    return found
