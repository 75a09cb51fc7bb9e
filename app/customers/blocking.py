"""Blocked buyers: e-mail addresses, or domains with their subdomains, whose orders are held."""

from app.core.contact import checked_email, normalized_email, without_tag
from app.core.folding import one_line
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, NotFound, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.customers import queries
from app.customers.events import BuyerBlocked, BuyerUnblocked
from app.customers.models import BlockedBuyer

_SOMEONE = "someone"


@command
async def block(uow: UnitOfWork, email: str, reason: str) -> BlockedBuyer:
    """Block an e-mail address, or with `@example.com` a whole domain.

    An address includes everything behind a `+`, a domain includes its subdomains.

    Raises:
        Invalid: the address is invalid, or the reason is missing.
        AlreadyExists: it is blocked already.
    """
    problems = Problems()
    with problems.caught():
        written = _checked(email)
    stripped = reason.strip()
    with problems.caught():
        checked_note(stripped, "reason", longest=LONGEST_REMARK)
    if not stripped:
        problems.add(
            "Enter a reason. It is shown with the orders that are put on hold.",
            "reason",
            code=ProblemCode.REQUIRED,
        )
    problems.refuse()
    if await queries.blocked_buyer(written):
        raise AlreadyExists(f"{written} is already blocked.", "email")
    row = await BlockedBuyer.create(
        id=new_id(),
        email=written,
        reason=stripped,
        blocked_by=uow.actor.name,
        created_at=uow.at,
    )
    uow.announce(BuyerBlocked(subject_id=row.id, reason=stripped))
    return row


@command
async def unblock(uow: UnitOfWork, email: str) -> BlockedBuyer:
    """Unblock an address or a domain. Existing holds stay until they are released.

    Raises:
        NotFound: it is not blocked.
    """
    row = await queries.blocked_buyer(_kept(email)) or await queries.blocked_buyer(normalized_email(email))
    if row is None:
        raise NotFound.of("blocked buyer", "email")
    await row.delete()
    uow.announce(BuyerUnblocked(subject_id=row.id))
    return row


def _checked(email: str) -> str:
    written = one_line(email)
    if written.startswith("@"):
        return checked_email(f"{_SOMEONE}{written}", "email").removeprefix(_SOMEONE)
    return without_tag(checked_email(written, "email"))


def _kept(email: str) -> str:
    """An address or a domain in the form in which it is stored in the list."""
    written = one_line(email)
    if written.startswith("@"):
        return normalized_email(f"{_SOMEONE}{written}").removeprefix(_SOMEONE)
    return without_tag(normalized_email(written))
