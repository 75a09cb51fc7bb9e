"""Queries of the payouts that arrive with bank entries."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.bank.lifecycle import BankEntryProblem, BankEntryStatus
from app.bank.matching import words_of
from app.bank.models import BankEntry, BankPayout
from app.bank.payout_matching import SHORTEST_REFERENCE, WINDOW, candidates, is_near, names, signed_minor
from app.core.database import among, read, read_locked, rows_by_id
from app.payments.payout_models import Payout

P = BankEntryProblem
# Entries that name no order, and whose match staff did not undo.
_COMPARED = [each.value for each in (P.NO_ORDER, P.OUTGOING, P.SEVERAL_PAYOUTS, P.PAYOUT_DIFFERS)]


async def payouts_by_entry(ids: list[UUID]) -> list[Payout | None]:
    """Batch: the payout that arrived with each entry."""
    rows = await BankPayout.filter(entry_id__in=ids)
    found = {row.entry_id: row.payout_id for row in rows}
    payouts = await rows_by_id(Payout, list(found.values()))
    return [payouts.get(found[id]) if id in found else None for id in ids]


async def entries_by_payout(ids: list[UUID]) -> list[BankEntry | None]:
    """Batch: the entry with which each payout arrived."""
    rows = await BankPayout.filter(payout_id__in=ids)
    found = {row.payout_id: row.entry_id for row in rows}
    entries = await rows_by_id(BankEntry, list(found.values()))
    return [entries.get(found[id]) if id in found else None for id in ids]


async def reconciled_by_payout(ids: list[UUID]) -> list[datetime | None]:
    """Batch: when each payout was matched with the entry with which it arrived."""
    found = {row.payout_id: row.created_at for row in await BankPayout.filter(payout_id__in=ids)}
    return [found.get(id) for id in ids]


async def payout_candidates(entries: Sequence[BankEntry]) -> list[list[Payout]]:
    """Batch: the payouts without an entry that each open entry names, or whose amount, currency and day it
    has, the earliest arrival first."""
    open_ones = [entry for entry in entries if entry.status is BankEntryStatus.OPEN and not entry.is_reversal]
    words = {word for entry in open_ones for word in words_of(entry) if len(word) >= SHORTEST_REFERENCE}
    rows = await read(
        Payout,
        f"({among('total_minor', 1)} OR {among('UPPER(reference)', 2)}) AND NOT EXISTS ("  # noqa: S608  # columns of ours
        "SELECT 1 FROM bank_payout b WHERE b.payout_id = payout.id) AND failed_at IS NULL "
        "ORDER BY arrival_on, id",
        sorted({signed_minor(entry) for entry in open_ones}),
        sorted(words),
    )
    known = {entry.id for entry in open_ones}
    return [candidates(entry, rows) if entry.id in known else [] for entry in entries]


async def candidates_by_entry(ids: list[UUID]) -> list[list[Payout]]:
    """Batch: see `payout_candidates`."""
    found = await rows_by_id(BankEntry, ids)
    return await payout_candidates([found[id] for id in ids])


async def comparable_entries(entries: Sequence[BankEntry]) -> list[BankEntry]:
    """The open entries that name no order, or were not examined yet, and have an amount of one of these."""
    return await read(
        BankEntry,
        f"status = $1 AND allocated_minor = 0 AND (problem IS NULL OR {among('problem', 2)}) "
        f"AND {among('amount_minor', 3)} "
        "ORDER BY id",
        BankEntryStatus.OPEN.value,
        _COMPARED,
        sorted({entry.amount_minor for entry in entries}),
    )


async def entries_for_payout(payout: Payout) -> list[BankEntry]:
    """The open entries that name no order and may be the arrival of a payout, locked."""
    rows: list[BankEntry] = await read_locked(
        BankEntry,
        f"status = $1 AND allocated_minor = 0 AND {among('problem', 2)} AND currency = $3 AND "
        "((amount_minor = $4 AND booked_on >= $5 AND booked_on <= $6) OR UPPER(remittance) LIKE $7 "
        "OR UPPER(end_to_end_id) LIKE $7 OR UPPER(structured_reference) LIKE $7) ORDER BY id",
        BankEntryStatus.OPEN.value,
        _COMPARED,
        payout.currency,
        abs(payout.total_minor),
        payout.arrival_on - WINDOW,
        payout.arrival_on + WINDOW,
        f"%{payout.reference.upper()}%",
    )
    return [row for row in rows if names(row, payout) or is_near(row, payout.arrival_on)]
