"""Changing the e-mail address of a customer account.

The new address is proven by a mailed token before it replaces the old one. Neither responses nor executed
statements reveal whether the new address has an account already: its owner is notified by mail instead.
"""

from contextlib import suppress
from datetime import timedelta

from app.access import attempts, signing_in
from app.access import queries as access_queries
from app.access import service as access
from app.core.actor import Actor
from app.core.contact import checked_email
from app.core.networks import UNKNOWN, Networks
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Forbidden, Invalid
from app.core.uow import UnitOfWork, command
from app.customers import accounts, queries, requests, service
from app.customers.events import CustomerEmailProven
from app.customers.lifecycle import AccountPurpose
from app.customers.models import Customer

CHANGE_WITHIN = timedelta(hours=24)
FRESH = timedelta(minutes=10)  # after signing in, during which the password is not needed again


async def request_change(
    actor: Actor, *, email: str, password: str | None, networks: Networks = UNKNOWN
) -> str:
    """Send a link to a new address of the acting customer; return the normalized address.

    Raises:
        Forbidden: the caller is no customer.
        Invalid: it is no email address, it is the present one, or the password is missing or wrong.
        TooManyAttempts: too many mails were requested from this network, or wrong passwords sent.
    """
    if not actor.is_customer:
        raise Forbidden("Only customers change the email address of their account.")
    address = checked_email(email, "email")
    await prove_again(actor, password)
    await attempts.count(signing_in.SESSIONS, *attempts.by_network(attempts.OF_MAILS, networks))
    with suppress(AlreadyExists):  # a concurrent request took the number: its mail is being sent
        await _requested(actor, address)
    return address


async def prove_again(actor: Actor, password: str | None) -> None:
    """Check the password of a signed-in person; without one they must have signed in a moment ago.

    Raises:
        Invalid: the password is wrong; or it is missing, and the session is not new.
        TooManyAttempts: it was wrong several times.
    """
    if password is not None:
        await accounts.proven_password(actor, password)
    elif not await access_queries.is_new_session(actor.session_id, FRESH):
        raise Invalid(
            "Send the current password, or sign in again.", "current_password", code=ProblemCode.REQUIRED
        )


@command
async def _requested(uow: UnitOfWork, email: str) -> None:
    nth = await requests.next_of_hour(uow, email, AccountPurpose.EMAIL_CHANGE)
    customer = await queries.holder_of(uow.actor)
    other = await queries.by_email(email)
    if not isinstance(customer, Customer):
        return
    if customer.email == email:
        raise Invalid("This is the address of your account.", "email", code=ProblemCode.NO_CHANGE)
    if nth > requests.MAILS_AN_HOUR:
        return
    purpose = AccountPurpose.EMAIL_CHANGE if other is None else AccountPurpose.REGISTER_KNOWN
    within = CHANGE_WITHIN if other is None else accounts.RESET_WITHIN
    await requests.store(uow, requests.new(uow, email, purpose, nth, within, other or customer))


async def confirm_change(actor: Actor, token: str, networks: Networks = UNKNOWN) -> Customer:
    """Replace the address of a customer by the one that received the token, and notify both addresses.

    All sessions end but the one that confirms. Guest orders of the new address become the customer's.

    Raises:
        Invalid: the token is unknown, used or expired, or the address has an account by now.
        TooManyAttempts: too many such tokens came from this network.
    """
    attempt = attempts.by_network(attempts.OF_LINKS, networks)
    await attempts.count(signing_in.SESSIONS, *attempt)
    try:
        customer = await _confirmed(actor, token, networks)
    except AlreadyExists as error:
        raise requests.not_valid() from error
    await attempts.give_back(signing_in.SESSIONS, *attempt)
    return customer


@command
async def _confirmed(uow: UnitOfWork, token: str, networks: Networks) -> Customer:
    request = await requests.taken(uow, token, AccountPurpose.EMAIL_CHANGE)
    customer = await queries.account_of(request)
    if not isinstance(customer, Customer):
        raise requests.not_valid()
    if await queries.by_email(request.email) is not None:
        raise requests.not_valid()
    before = customer.email
    await service.write(uow, customer, {"email": request.email}, ["email"])
    for address in (before, request.email):
        await requests.send_notice(uow, customer, AccountPurpose.EMAIL_CHANGED, address)
    is_own = uow.actor.is_customer and uow.actor.id == customer.id
    await access.end_sessions(uow, customer.id, besides=uow.actor.session_id if is_own else None)
    if is_own:
        account = signing_in.account_of(request.email, customer.password_hash)
        await signing_in.remember_network(uow, account, networks)
    uow.announce(CustomerEmailProven(subject_id=customer.id))
    return customer
