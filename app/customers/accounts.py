"""Opening an account and choosing a new password, by whoever can read the mail of the address.

Nothing here tells who has an account: neither what is answered nor which statements are run depends on it.
"""

from datetime import timedelta
from uuid import UUID

from app.access import secrets
from app.access import service as access
from app.access.service import Tokens
from app.core.actor import Actor, ActorKind
from app.core.contact import checked_email, without_tag
from app.core.ids import derived_secret, fingerprint, new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.versions import write_changes
from app.core.work import Work, verb
from app.customers import queries, service
from app.customers.events import AccountRequested, CustomerUpdated
from app.customers.lifecycle import AccountPurpose
from app.customers.models import AccountRequest, Customer
from app.customers.service import CustomerData

MAILS_AN_HOUR = 3  # to one mailbox
REGISTER_WITHIN = timedelta(hours=24)
RESET_WITHIN = timedelta(hours=2)
LONGEST_NAME = 200


def token_of(request_id: UUID) -> str:
    """The secret that is mailed for a request: 128 bits, made again when the mail is written."""
    return derived_secret(secrets.deployment_key(), "account", str(request_id))


async def request_account(actor: Actor, *, email: str, password: str, name: str = "") -> str:
    """Have a mail sent by which an account is opened; returns the address as it is kept.

    Raises:
        ValidationFailed: the address, the password or the name cannot be taken.
    """
    problems = Problems()
    address = ""
    with problems.caught():
        address = checked_email(email, "email")
    with problems.caught():
        secrets.checked_password(password, "password")
    if len(name.strip()) > LONGEST_NAME:
        problems.add(
            f"A name has at most {LONGEST_NAME} characters.",
            "name",
            code=ProblemCode.TOO_LONG,
            maximum=LONGEST_NAME,
        )
    problems.refuse_if_any()
    hashed = await secrets.password_hash(password)
    await _request(actor, address, AccountPurpose.REGISTER, name.strip(), hashed)
    return address


async def request_reset(actor: Actor, email: str) -> str:
    """Have a mail sent by which a new password is chosen; returns the address as it is kept.

    Raises:
        Invalid: it is no e-mail address.
    """
    address = checked_email(email, "email")
    await _request(actor, address, AccountPurpose.RESET, "", None)
    return address


async def _request(
    actor: Actor, email: str, purpose: AccountPurpose, name: str, password_hash: str | None
) -> None:
    try:
        await _requested(actor, email, purpose, name, password_hash)
    except AlreadyExists:
        return  # another request of this moment has taken the place: a mail is on its way


@verb
async def _requested(
    work: Work, email: str, purpose: AccountPurpose, name: str, password_hash: str | None
) -> None:
    mailbox, hour = without_tag(email), work.at.replace(minute=0, second=0, microsecond=0)
    customer = await queries.by_email(email)
    before = await queries.requests_in_hour(mailbox, hour)
    if before >= MAILS_AN_HOUR:
        return
    if purpose is AccountPurpose.REGISTER and customer is not None:
        # What was chosen by whoever registers is forgotten: the owner of the address chooses.
        purpose, name, password_hash = AccountPurpose.REGISTER_KNOWN, "", None
    within = REGISTER_WITHIN if purpose is AccountPurpose.REGISTER else RESET_WITHIN
    id = new_id()
    await AccountRequest.create(
        id=id,
        purpose=purpose,
        email=email,
        customer_id=customer.id if customer else None,
        name=name,
        password_hash=password_hash,
        token_hash=fingerprint(token_of(id)),
        mailbox=mailbox,
        hour=hour,
        nth=before + 1,
        expires_at=work.at + within,
        created_at=work.at,
    )
    work.born(id)
    work.announce(AccountRequested(subject_id=id))


async def confirm(actor: Actor, token: str) -> Tokens:
    """Open the account of a registration, and sign in.

    Raises:
        Invalid: the token is unknown, used or expired, or the address has a customer by now.
    """
    try:
        customer = await _opened(actor, token)
    except AlreadyExists as error:
        raise _not_valid() from error
    return await _signed_in(customer)


@verb
async def _opened(work: Work, token: str) -> Customer:
    request = await _taken(work, token, AccountPurpose.REGISTER)
    data = CustomerData(email=request.email, name=request.name)
    return await service.create(work, data, password_hash=request.password_hash)


async def reset_password(actor: Actor, *, token: str, password: str) -> Tokens:
    """Choose a new password, end all sessions that there are, and sign in. A first one opens the account.

    Raises:
        Invalid: a password that cannot be taken, or a token that is unknown, used or expired.
    """
    hashed = await secrets.password_hash(secrets.checked_password(password, "password"))
    return await _signed_in(await _reset(actor, token, hashed))


@verb
async def _reset(work: Work, token: str, hashed: str) -> Customer:
    request = await _taken(work, token, AccountPurpose.RESET, AccountPurpose.REGISTER_KNOWN)
    customer = await queries.account_of(request)
    if customer is None:
        raise _not_valid()
    await write_changes(customer, {"password_hash": hashed}, work.at)
    await access.end_sessions(work, customer.id)
    work.announce(CustomerUpdated(subject_id=customer.id, changed=["password"]))
    return customer


async def _taken(work: Work, token: str, *purposes: AccountPurpose) -> AccountRequest:
    """The request of a token, which is used up with all others of the address."""
    request = await queries.locked_request(token)
    if (
        request is None
        or request.purpose not in purposes
        or request.used_at is not None
        or request.expires_at <= work.at
    ):
        raise _not_valid()
    await queries.close_requests(request.email, work.at)
    return request


def _not_valid() -> Invalid:
    return Invalid(
        "This link is unknown, used or expired. Ask for a new one.", "token", code=ProblemCode.LINK_NOT_VALID
    )


async def _signed_in(customer: Customer) -> Tokens:
    label = customer.name or customer.email or ""
    return await access.open_session(Actor(ActorKind.CUSTOMER, customer.id, label))
