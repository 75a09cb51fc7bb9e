"""Deletion of an account at the request of its customer.

The customer confirms the request by mail; staff complete or refuse it. Completing it deletes everything that
identifies the person in the account: name, address, phone number, password, address book, notes, tags and
metadata, and sessions. The row stays, without a person, because orders refer to it. Orders keep the copies
that they were placed with: they document a contract, and invoices must be kept.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access import attempts, signing_in
from app.access import service as access
from app.core.actor import Actor
from app.core.database import delete_where
from app.core.ids import new_id
from app.core.networks import UNKNOWN, Networks
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Forbidden, Invalid
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.customers import queries, requests
from app.customers.events import AccountDeletionAnswered, AccountDeletionRequested
from app.customers.lifecycle import AccountPurpose, DeletionStatus
from app.customers.models import (
    AccountDeletion,
    AccountRequest,
    Customer,
    CustomerAddress,
    CustomerIdentity,
)
from app.customers.service import write

CONFIRM_WITHIN = timedelta(hours=24)
# The columns that identify a person, with their values after the deletion.
EMPTY: dict[str, Any] = {
    "email": None, "name": "", "phone": "", "password_hash": None, "default_shipping_id": None,
    "default_billing_id": None, "note": "", "born_on": None, "credit_limit_minor": None,
    "credit_currency": None, "tags": [], "metadata": {}, "private_metadata": {}, "external_reference": None,
    "is_active": False,
}  # fmt: skip

# Returns the number of open orders of a customer. Set by `wiring`, because orders are a higher layer.
CountOpen = Callable[[UUID], Awaitable[int]]
_open_orders: list[CountOpen] = []


def set_open_orders(count: CountOpen) -> None:
    _open_orders[:] = [count]


async def request_deletion(actor: Actor, networks: Networks = UNKNOWN) -> str:
    """Send the acting customer a link with which to confirm the deletion; return the address.

    Raises:
        Forbidden: the caller is no customer with an e-mail address.
        TooManyAttempts: too many mails were requested from this network.
    """
    await attempts.count(signing_in.SESSIONS, *attempts.by_network(attempts.OF_MAILS, networks))
    customer = await queries.holder_of(actor) if actor.is_customer else None
    if not isinstance(customer, Customer) or not customer.email:
        raise Forbidden("Only customers with an email address request the deletion of their account.")
    with suppress(AlreadyExists):  # a concurrent request took the number: its mail is being sent
        await _requested(actor, customer)
    return customer.email


@command
async def _requested(uow: UnitOfWork, customer: Customer) -> None:
    email = customer.email or ""
    nth = await requests.next_of_hour(uow, email, AccountPurpose.DELETION)
    if nth <= requests.MAILS_AN_HOUR:
        request = requests.new(uow, email, AccountPurpose.DELETION, nth, CONFIRM_WITHIN, customer)
        await requests.store(uow, request)


async def confirm_deletion(actor: Actor, token: str, networks: Networks = UNKNOWN) -> AccountDeletion:
    """Confirm the request with the mailed token; staff then answer it. A second one changes nothing.

    Raises:
        Invalid: the token is unknown, used or expired.
        TooManyAttempts: too many such tokens came from this network.
    """
    attempt = attempts.by_network(attempts.OF_LINKS, networks)
    await attempts.count(signing_in.SESSIONS, *attempt)
    deletion = await _confirmed(actor, token)
    await attempts.give_back(signing_in.SESSIONS, *attempt)
    return deletion


@command
async def _confirmed(uow: UnitOfWork, token: str) -> AccountDeletion:
    request = await requests.taken(uow, token, AccountPurpose.DELETION)
    customer = await queries.account_of(request)
    if not isinstance(customer, Customer):
        raise requests.not_valid()
    known = await queries.open_deletion(customer.id)
    if known is not None:
        return known
    deletion = await AccountDeletion.create(
        id=new_id(), customer_id=customer.id, status=DeletionStatus.OPEN, requested_at=uow.at
    )
    uow.announce(AccountDeletionRequested(subject_id=customer.id))
    return deletion


@command
async def complete(uow: UnitOfWork, id: UUID) -> AccountDeletion:
    """Delete the account and the data of a customer who requested it.

    Raises:
        NotFound: there is no such request, or the actor may not change customers.
        Invalid: it was answered already, or the customer has open orders.
    """
    deletion, customer = await _locked(uow, id)
    if _open_orders and await _open_orders[0](customer.id):
        raise Invalid(
            "The customer has open orders: complete or cancel them first.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    await empty(uow, customer)
    await _answer(uow, deletion, DeletionStatus.COMPLETED, "")
    return deletion


async def empty(uow: UnitOfWork, customer: Customer) -> None:
    """Delete what identifies the person from a locked customer, and end its sessions and mailed tokens."""
    await delete_where(CustomerAddress, "customer_id = $1", customer.id)
    await delete_where(AccountRequest, "customer_id = $1", customer.id)
    await delete_where(CustomerIdentity, "customer_id = $1", customer.id)
    await write(uow, customer, EMPTY, sorted(EMPTY))
    await access.end_sessions(uow, customer.id)


@command
async def refuse(uow: UnitOfWork, id: UUID, reason: str) -> AccountDeletion:
    """Refuse the request; the account stays.

    Raises:
        NotFound: there is no such request, or the actor may not change customers.
        Invalid: it was answered already, or the reason is missing or too long.
    """
    stripped = checked_note(reason.strip(), "reason", longest=LONGEST_REMARK)
    if not stripped:
        raise Invalid("Enter the reason why the account is not deleted.", "reason", code=ProblemCode.REQUIRED)
    deletion, _ = await _locked(uow, id)
    await _answer(uow, deletion, DeletionStatus.REFUSED, stripped)
    return deletion


async def _locked(uow: UnitOfWork, id: UUID) -> tuple[AccountDeletion, Customer]:
    """A request without an answer and its customer, both locked."""
    found = await queries.deletion(id, uow.actor)
    customer = await queries.locked(found.customer_id, uow.actor)
    deletion = await queries.deletion(id, uow.actor, locks=True)
    if deletion.status is not DeletionStatus.OPEN:
        raise Invalid("This request was answered already.", "id", code=ProblemCode.NO_CHANGE)
    return deletion, customer


async def _answer(uow: UnitOfWork, deletion: AccountDeletion, status: DeletionStatus, answer: str) -> None:
    deletion.status = status
    deletion.answer, deletion.answered_by, deletion.answered_at = answer, uow.actor.name, uow.at
    await deletion.save(update_fields=["status", "answer", "answered_by", "answered_at"])
    is_deleted = status is DeletionStatus.COMPLETED
    uow.announce(AccountDeletionAnswered(subject_id=deletion.customer_id, is_deleted=is_deleted))
