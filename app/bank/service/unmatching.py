"""Undoes the match of a bank entry with orders or a payout."""

from uuid import UUID

from app.bank import queries
from app.bank.lifecycle import BankEntryProblem, BankEntryStatus
from app.bank.models import BankAllocation, BankEntry, BankPayout
from app.bank.service import payouts
from app.core.database import delete_where
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.payments import queries as payments
from app.payments.lifecycle import TransactionStatus
from app.payments.service import reversing

REASON = "The match of its bank entry was undone."


@command
async def unmatch(uow: UnitOfWork, entry_id: UUID, *, expected_version: int | None = None) -> BankEntry:
    """Undo all that matching an entry has done: its payments count as not received, and it is open again.

    A payment that the bank has taken back before stays as it is.

    Raises:
        NotFound, StaleVersion.
        Invalid: nothing of the entry is matched, it is closed, or one of its payments was refunded or charged
            back.
    """
    entry = await queries.locked_entry(uow.actor, entry_id)
    refuse_stale(entry, expected_version)
    payout = (await queries.payouts_by_entry([entry.id]))[0]
    if entry.status is BankEntryStatus.MATCHED and payout is None and not entry.allocated_minor:
        raise Invalid(
            "The entry is the execution or the return of a refund, by the reference that the bank was given.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if entry.status is BankEntryStatus.CLOSED or (payout is None and not entry.allocated_minor):
        raise Invalid(
            "Nothing of this entry is matched, or it is closed (bankEntryReopen).",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    allocations = (await queries.allocations_by_entry([entry.id]))[0]
    ids = [each.transaction_id for each in allocations]
    rows = [row for row in await payments.transactions_by_id(ids) if row is not None]
    for row in sorted(rows, key=lambda each: (each.order_id, each.id)):
        if row.status is not TransactionStatus.REVERSED:
            await _undo(uow, row.id)
    uow.book(allocations)  # the ledger takes the amounts off the account of the bank
    await delete_where(BankAllocation, "entry_id = $1", entry.id)
    if payout is not None:
        await delete_where(BankPayout, "entry_id = $1", entry.id)
        payouts.announce_undone(uow, entry, payout)
    changes = {
        "allocated_minor": 0,
        "status": BankEntryStatus.OPEN,
        "problem": BankEntryProblem.UNMATCHED,
    }
    await write_changes(entry, changes, uow.at)
    return entry


async def _undo(uow: UnitOfWork, transaction_id: UUID) -> None:
    try:
        await reversing.undo_match(uow, transaction_id, REASON)
    except Invalid as refusal:
        raise Invalid(
            f"A payment of this entry cannot be undone. {refusal.message}",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        ) from refusal
