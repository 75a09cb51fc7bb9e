"""Writes entries: the only module that does."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.accounting import queries
from app.accounting.lifecycle import LedgerSide
from app.accounting.models import LedgerEntry, LedgerLabel, LedgerPosting
from app.accounting.postings import Draft
from app.core.database import write_together
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.settings import settings


def day_of(at: datetime) -> date:
    """The date of a moment in the company's time zone."""
    return at.astimezone(ZoneInfo(settings().time_zone)).date()


async def write(uow: UnitOfWork, drafts: Sequence[Draft], lines: Sequence[LedgerLabel] = ()) -> None:
    """Write entries, in one statement on PostgreSQL.

    A fact of a closed period is posted on the first open day. Facts of today are in no closed period: only
    past days can be closed.
    """
    days = [day_of(draft.happened_at) for draft in drafts]
    first_open = date.min
    if any(day < day_of(uow.at) for day in days):
        closed = await queries.closed_through()
        first_open = closed + timedelta(days=1) if closed else date.min
    entries, postings = [], []
    for draft, day in zip(drafts, days, strict=True):
        entry = _entry(uow, draft, max(day, first_open))
        entries.append(entry)
        postings += _postings(entry, draft)
    await write_together([entries, postings, list(lines)], ())


def _entry(uow: UnitOfWork, draft: Draft, posted_on: date) -> LedgerEntry:
    return LedgerEntry(
        id=new_id(),
        kind=draft.kind,
        subject_kind=draft.subject_kind,
        subject_id=draft.subject_id,
        order_id=draft.order_id,
        channel_id=draft.channel_id,
        currency=draft.currency,
        posted_on=posted_on,
        happened_at=draft.happened_at,
        created_at=uow.at,
    )


def _postings(entry: LedgerEntry, draft: Draft) -> list[LedgerPosting]:
    """The postings of an entry.

    Raises:
        ValueError: they do not add up to zero.
    """
    if sum(draft.amounts.values()):
        raise ValueError(f"an entry that does not balance: {draft}")
    return [
        LedgerPosting(
            id=new_id(),
            entry_id=entry.id,
            account=account.kind,
            detail=account.detail,
            side=LedgerSide.DEBIT if minor > 0 else LedgerSide.CREDIT,
            amount_minor=abs(minor),
            currency=draft.currency,
            order_id=draft.order_id,
            posted_on=entry.posted_on,
        )
        for account, minor in draft.amounts.items()
    ]
