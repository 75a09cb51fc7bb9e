"""Posts what happened before the ledger was introduced, and what earlier versions of the server did since.

`ordergraph migrate` can run while servers of an earlier version, which do not post, are still running. So
history is posted twice: by that command, and, for what was added in between, a day later by a job.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.accounting import queries
from app.accounting.money_facts import drafts_of_stored_value
from app.accounting.postings import Draft
from app.accounting.service.history import drafts_of_history
from app.accounting.service.settling import drafts_of_disputes, drafts_of_payouts
from app.accounting.service.writing import write
from app.accounting.stock_facts import drafts_of_stock
from app.core.database import delete_each, update_each
from app.core.ids import first_id_at
from app.core.uow import UnitOfWork, command
from app.inventory.stock.models import ValueEntry
from app.inventory.stock.queries import value_reports
from app.settings import settings
from app.stored_value import queries as stored_value

AT_ONCE = 2_000  # rows that are read and written together
# After this time no server of an earlier version is running any more.
EARLIER_VERSIONS_RUN = timedelta(hours=24)


@command
async def post_history(uow: UnitOfWork) -> bool:
    """Post earlier orders, payments, stock value and stored value on the days on which they happened; False
    if that was done before. It is one transaction, so it is done completely or not at all.
    """
    history = await queries.locked_history()
    if history is None or history.posted_at is not None:
        return False
    await _post(uow, None)
    history.posted_at = uow.at
    await update_each([history], "posted_at")
    return True


@command
async def post_settlements(uow: UnitOfWork) -> int:
    """Post the disputes and payouts that have no entries, because an earlier version of the server did not
    post them; return their number. What is posted is left as it is, so it can be repeated.
    """
    if await queries.waits_for_history():
        return 0
    return await _post_settlements(uow)


@command
async def complete_history(uow: UnitOfWork) -> int:
    """Post what earlier versions of the server did while they were replaced; 1 if that was done now."""
    history = await queries.locked_history()
    if history is None or history.posted_at is None:
        return 0
    if history.posted_at + EARLIER_VERSIONS_RUN > uow.at:
        return 0
    await _post(uow, history.created_at)
    await delete_each([history])
    return 1


async def _post(uow: UnitOfWork, since: datetime | None) -> None:
    """Post what was added since a time, or ever, and is not posted yet."""
    last = None
    while ids := await queries.placed_orders_after(last, AT_ONCE, since):
        drafts, lines = await drafts_of_history(ids)
        await write(uow, drafts, lines)
        last = ids[-1]
    await _post_stock(uow, since)
    await _post_stored_value(uow, since)
    await _post_settlements(uow)


async def _post_stock(uow: UnitOfWork, since: datetime | None) -> None:
    last, rows = _before(since), list[ValueEntry]()
    while page := await value_reports.value_entries_after(last, AT_ONCE):
        last = page[-1].id
        if since is None:
            await write(uow, drafts_of_stock(page, settings().cost_currency))
        else:
            rows += page  # those of one fact belong together, to be compared with its entry
    await write(uow, await _new(drafts_of_stock(rows, settings().cost_currency)))


async def _post_stored_value(uow: UnitOfWork, since: datetime | None) -> None:
    last = _before(since)
    while rows := await stored_value.entries_after(last, AT_ONCE):
        accounts = await stored_value.by_id(sorted({row.account_id for row in rows}))
        known = {row.id: row for row in accounts if row is not None}
        drafts = drafts_of_stored_value(rows, known)
        await write(uow, drafts if since is None else await _new(drafts))
        last = rows[-1].id


async def _post_settlements(uow: UnitOfWork) -> int:
    count, last = 0, None
    while disputes := await queries.disputes_after(last, AT_ONCE):
        drafts = await drafts_of_disputes(disputes, {}, uow.at)
        await write(uow, drafts)
        count, last = count + len(drafts), disputes[-1].id
    last = None
    while payouts := await queries.closed_payouts_after(last, AT_ONCE):
        drafts = await drafts_of_payouts(payouts)
        await write(uow, drafts)
        count, last = count + len(drafts), payouts[-1].id
    return count


def _before(since: datetime | None) -> UUID | None:
    """An id before those of rows that were added since a time."""
    return None if since is None else first_id_at(since)


async def _new(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts of facts that have no entry."""
    posted = await queries.posted_facts({draft.subject_id for draft in drafts if draft.subject_id})
    return [draft for draft in drafts if (draft.kind, draft.subject_id, draft.happened_at) not in posted]
