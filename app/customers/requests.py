"""Account requests: each has a mailed token, or is a notice.

Requests are counted by mailbox or address and hour, so that a mailbox receives a limited number of mails.
"""

from datetime import datetime, timedelta
from uuid import UUID

from app.access import secrets
from app.access.models import Staff
from app.core.contact import without_tag
from app.core.database import update_where
from app.core.ids import derived_secret, fingerprint, new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork
from app.customers import queries
from app.customers.events import AccountRequested
from app.customers.lifecycle import NOTICES, AccountPurpose
from app.customers.models import AccountRequest, Customer

MAILS_AN_HOUR = 3  # to one mailbox for registrations, to one address for passwords
NOTICE_WITHIN = timedelta(days=7)  # a notice that was not sent by then is dropped
_OF_ADDRESS = (
    AccountPurpose.RESET,
    AccountPurpose.INVITE,
    AccountPurpose.INVITE_CUSTOMER,
    AccountPurpose.DELETION,
)
_OPEN = f"used_at IS NULL AND purpose NOT IN ({', '.join(repr(each.value) for each in NOTICES)})"


def token_of(request_id: UUID) -> str:
    """The mailed secret of a request: 128 bits, derived again when the mail is written."""
    return derived_secret(secrets.deployment_key(), "account", str(request_id))


async def next_of_hour(uow: UnitOfWork, email: str, purpose: AccountPurpose) -> int:
    """The number of a request among those counted together in this hour."""
    return await queries.requests_in_hour(_counted_as(email, purpose), _hour(uow)) + 1


def _counted_as(email: str, purpose: AccountPurpose) -> str:
    """The key that a request is counted by: the mailbox for registrations and new addresses, the exact
    address for passwords, and each kind of notice by itself.

    So registrations, and requests for other addresses of the mailbox, cannot block a password reset.
    """
    if purpose in NOTICES:
        return fingerprint(f"{purpose.value} {email}")
    return fingerprint(email) if purpose in _OF_ADDRESS else without_tag(email)


def _hour(uow: UnitOfWork) -> datetime:
    return uow.at.replace(minute=0, second=0, microsecond=0)


def new(
    uow: UnitOfWork,
    email: str,
    purpose: AccountPurpose,
    nth: int,
    within: timedelta,
    holder: Customer | Staff | None = None,
) -> AccountRequest:
    """A request that is not stored yet."""
    id = new_id()
    return AccountRequest(
        id=id,
        purpose=purpose,
        email=email,
        staff_id=holder.id if isinstance(holder, Staff) else None,
        customer_id=holder.id if isinstance(holder, Customer) else None,
        token_hash=fingerprint(token_of(id)),
        mailbox=_counted_as(email, purpose),
        hour=_hour(uow),
        nth=nth,
        expires_at=uow.at + within,
        created_at=uow.at,
    )


async def store(uow: UnitOfWork, request: AccountRequest) -> None:
    """Store a request; its mail is queued in the same transaction."""
    await request.save(force_create=True)
    uow.is_new(request.id)
    uow.announce(AccountRequested(subject_id=request.id))


async def send_notice(
    uow: UnitOfWork, holder: Customer | Staff, purpose: AccountPurpose, email: str | None
) -> None:
    """Notify a person, whose row is locked, of a change of the account, if there is an address."""
    if email:
        nth = await next_of_hour(uow, email, purpose)
        await store(uow, new(uow, email, purpose, nth, NOTICE_WITHIN, holder))


async def taken(uow: UnitOfWork, token: str, *purposes: AccountPurpose) -> AccountRequest:
    """The request of a token; marks it and all other requests of the address as used.

    Raises:
        Invalid: the token is unknown, used or expired.
    """
    request = await queries.locked_request(token)
    if (
        request is None
        or request.purpose not in purposes
        or request.used_at is not None
        or request.expires_at <= uow.at
    ):
        raise not_valid()
    await close(request.email, uow.at)
    return request


def not_valid() -> Invalid:
    return Invalid(
        "This link is unknown, used or expired. Ask for a new one.", "token", code=ProblemCode.LINK_NOT_VALID
    )


async def close(email: str, at: datetime) -> None:
    """Invalidate the tokens of an address."""
    await update_where(AccountRequest, "used_at = $2", f"email = $1 AND {_OPEN}", email, at)


async def close_all_of(holder: Customer | Staff, at: datetime) -> None:
    """Invalidate the tokens of a person, whatever address they were sent to."""
    column = "staff_id" if isinstance(holder, Staff) else "customer_id"
    await update_where(AccountRequest, "used_at = $2", f"{column} = $1 AND {_OPEN}", holder.id, at)
