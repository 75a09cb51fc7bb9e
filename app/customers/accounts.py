"""Customer registration and passwords, confirmed by e-mail.

Anybody can enter somebody else's address, so a password can be chosen only with the mailed token. Neither
responses nor executed statements reveal whether an account exists. Calls that send mail and attempts with
tokens are counted by network first.
"""

from datetime import timedelta

from app.access import attempts, secrets, signing_in
from app.access import queries as access_queries
from app.access import service as access
from app.access.events import StaffUpdated
from app.access.models import Staff
from app.access.service import Tokens
from app.core.actor import Actor, ActorKind
from app.core.contact import checked_email
from app.core.networks import UNKNOWN, Networks
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Forbidden, Invalid, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import write_changes
from app.customers import queries, requests, service
from app.customers.events import CustomerEmailProven, CustomerUpdated
from app.customers.lifecycle import AccountPurpose
from app.customers.models import Customer
from app.customers.service import CustomerData

REGISTER_WITHIN = timedelta(hours=24)
RESET_WITHIN = timedelta(hours=2)
JOIN_WITHIN = timedelta(hours=72)
# The requests whose token sets a password: it proves the address as well.
OPENED_BY = (
    AccountPurpose.RESET,
    AccountPurpose.REGISTER_KNOWN,
    AccountPurpose.INVITE,
    AccountPurpose.INVITE_CUSTOMER,
)
LONGEST_NAME = 200


async def request_account(actor: Actor, *, email: str, name: str = "", networks: Networks = UNKNOWN) -> str:
    """Send a mail to open an account; return the normalized address.

    Raises:
        ValidationFailed: the address or the name is invalid.
        TooManyAttempts: too many mails were requested from this network.
    """
    problems = Problems()
    address = ""
    with problems.caught():
        address = checked_email(email, "email")
    if len(name.strip()) > LONGEST_NAME:
        problems.add(
            f"The name must have at most {LONGEST_NAME} characters.",
            "name",
            code=ProblemCode.TOO_LONG,
            maximum=LONGEST_NAME,
        )
    problems.refuse_if_any()
    await attempts.count(signing_in.SESSIONS, *attempts.by_network(attempts.OF_MAILS, networks))
    await _request(actor, address, AccountPurpose.REGISTER, name.strip())
    return address


async def request_reset(actor: Actor, email: str, networks: Networks = UNKNOWN) -> str:
    """Send a mail to choose a new password; return the normalized address.

    Raises:
        Invalid: it is not an e-mail address.
        TooManyAttempts: too many mails were requested from this network.
    """
    address = checked_email(email, "email")
    await attempts.count(signing_in.SESSIONS, *attempts.by_network(attempts.OF_MAILS, networks))
    await _request(actor, address, AccountPurpose.RESET, "")
    return address


async def _request(actor: Actor, email: str, purpose: AccountPurpose, name: str) -> None:
    try:
        await _requested(actor, email, purpose, name)
    except AlreadyExists:
        return  # a concurrent request took the number: its mail is being sent


@command
async def _requested(uow: UnitOfWork, email: str, purpose: AccountPurpose, name: str) -> None:
    nth = await requests.next_of_hour(uow, email, purpose)
    staff = await access_queries.staff_by_email(email)
    customer = await queries.by_email(email)
    if nth > requests.MAILS_AN_HOUR:
        return
    if purpose is AccountPurpose.REGISTER and customer is not None:
        # The submitted name is discarded: the customer has one.
        purpose, name = AccountPurpose.REGISTER_KNOWN, ""
    within = REGISTER_WITHIN if purpose is AccountPurpose.REGISTER else RESET_WITHIN
    # If staff and a customer share an address, sign-in is for staff, so the staff password is reset.
    is_staffs = purpose is AccountPurpose.RESET and staff is not None
    request = requests.new(uow, email, purpose, nth, within, staff if is_staffs else customer)
    request.name = name
    await requests.store(uow, request)


@command
async def invite(uow: UnitOfWork, staff: Staff) -> None:
    """Send the invitation mail with which a new staff member chooses a password."""
    nth = await requests.next_of_hour(uow, staff.email, AccountPurpose.INVITE)
    await requests.store(uow, requests.new(uow, staff.email, AccountPurpose.INVITE, nth, JOIN_WITHIN, staff))


async def confirm(
    actor: Actor, *, token: str, password: str, networks: Networks = UNKNOWN, user_agent: str = ""
) -> Tokens:
    """Confirm a registration: set the password and sign in.

    Raises:
        Invalid: an invalid password, a token that is unknown, used or expired, or the address has a customer
            by now.
        TooManyAttempts: too many such tokens came from this network.
    """
    secrets.checked_password(password, "password")
    attempt = attempts.by_network(attempts.OF_LINKS, networks)
    await attempts.count(signing_in.SESSIONS, *attempt)
    hashed = await secrets.password_hash(password)
    try:
        customer = await _opened(actor, token, hashed)
    except AlreadyExists as error:
        raise requests.not_valid() from error
    await attempts.give_back(signing_in.SESSIONS, *attempt)
    return await signed_in(customer, networks, user_agent)


@command
async def _opened(uow: UnitOfWork, token: str, hashed: str) -> Customer:
    request = await requests.taken(uow, token, AccountPurpose.REGISTER)
    data = CustomerData(email=request.email, name=request.name)
    customer = await service.create(uow, data, password_hash=hashed)
    uow.announce(CustomerEmailProven(subject_id=customer.id))
    return customer


async def reset_password(
    actor: Actor, *, token: str, password: str, networks: Networks = UNKNOWN, user_agent: str = ""
) -> Tokens:
    """Set a password, end all sessions, and sign in. The first password opens the account.

    Raises:
        Invalid: an invalid password, or a token that is unknown, used or expired.
        TooManyAttempts: too many such tokens came from this network.
    """
    secrets.checked_password(password, "password")
    attempt = attempts.by_network(attempts.OF_LINKS, networks)
    await attempts.count(signing_in.SESSIONS, *attempt)
    hashed = await secrets.password_hash(password)
    holder = await _reset(actor, token, hashed)
    await attempts.give_back(signing_in.SESSIONS, *attempt)
    return await signed_in(holder, networks, user_agent)


@command
async def _reset(uow: UnitOfWork, token: str, hashed: str) -> Customer | Staff:
    request = await requests.taken(uow, token, *OPENED_BY)
    holder = await queries.account_of(request)
    if holder is None:
        raise requests.not_valid()
    await _write_password(uow, holder, hashed)
    await access.end_sessions(uow, holder.id)
    if isinstance(holder, Customer):
        uow.announce(CustomerEmailProven(subject_id=holder.id))
    return holder


async def _write_password(uow: UnitOfWork, holder: Customer | Staff, hashed: str) -> None:
    """Set the password of a locked person; mailed tokens become invalid. A notice is sent if there was
    one before.
    """
    await requests.close_all_of(holder, uow.at)
    if holder.password_hash is not None:
        await requests.send_notice(uow, holder, AccountPurpose.PASSWORD_CHANGED, holder.email)
    await write_changes(holder, {"password_hash": hashed}, uow.at)
    event = StaffUpdated if isinstance(holder, Staff) else CustomerUpdated
    uow.announce(event(subject_id=holder.id, changed=["password"]))


async def change_password(actor: Actor, *, current: str, new: str, networks: Networks = UNKNOWN) -> None:
    """Change the password of the acting person; all other sessions end, and mailed links become invalid.

    Of the known networks and devices of the account, only the network of this call stays known.

    Raises:
        Forbidden: API tokens have no password.
        Invalid: the new password is invalid, or the current one is wrong.
        TooManyAttempts: the current password was wrong several times.
    """
    if actor.kind not in (ActorKind.STAFF, ActorKind.CUSTOMER) or actor.id is None:
        raise Forbidden("Only a signed-in customer or staff member can change their password.")
    secrets.checked_password(new, "new_password")
    stored = await proven_password(actor, current)
    hashed = await secrets.password_hash(new)
    await _changed(actor, stored, hashed, networks)


async def proven_password(actor: Actor, current: str) -> str | None:
    """Check the current password of a signed-in person; return its hash.

    Raises:
        Invalid: it is wrong.
        TooManyAttempts: it was wrong several times.
    """
    attempt = attempts.by(attempts.OF_PASSWORD_CHANGE, str(actor.id))
    await attempts.count(signing_in.SESSIONS, attempt)
    holder = await queries.holder_of(actor)
    stored = holder.password_hash if holder else None
    if holder is None or not await secrets.password_fits(current, stored):
        raise _wrong_password()
    await attempts.forget(signing_in.SESSIONS, attempt)
    return stored


@command
async def _changed(uow: UnitOfWork, stored: str | None, hashed: str, networks: Networks) -> None:
    holder = await queries.holder_of(uow.actor, locks=True)
    if holder is None or holder.password_hash != stored:  # changed meanwhile
        raise _wrong_password()
    await _write_password(uow, holder, hashed)
    await access.end_sessions(uow, holder.id, besides=uow.actor.session_id)
    await requests.close(holder.email or "", uow.at)
    await signing_in.remember_network(uow, signing_in.account_of(holder.email or "", hashed), networks)


def _wrong_password() -> Invalid:
    return Invalid("The current password is incorrect.", "current_password", code=ProblemCode.WRONG_PASSWORD)


async def signed_in(holder: Customer | Staff, networks: Networks, user_agent: str) -> Tokens:
    """Open a session for a person who has proven who they are."""
    kind = ActorKind.STAFF if isinstance(holder, Staff) else ActorKind.CUSTOMER
    email = holder.email or ""
    account = signing_in.account_of(email, holder.password_hash)
    by = Actor(kind, holder.id, holder.name or email)
    return await signing_in.open_session(by, account, networks, user_agent=user_agent)
