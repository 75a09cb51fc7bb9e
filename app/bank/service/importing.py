"""Imports the statements of a bank. An entry is stored once, whatever files have it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.bank import camt, queries
from app.bank.camt import ReadEntry, ReadStatement
from app.bank.lifecycle import BankEntryDirection, BankEntryProblem, BankEntryStatus
from app.bank.models import BankEntry, BankStatement
from app.core.card_numbers import masked_cards
from app.core.database import insert, one_at_a_time
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command

E = TypeVar("E", ReadEntry, BankEntry)


@dataclass(frozen=True, slots=True)
class ImportedStatement:
    """A statement of an imported file."""

    row: BankStatement
    stored: int  # entries that no earlier file had
    known: int
    skipped: int


@command
async def import_statements(uow: UnitOfWork, content: str) -> list[ImportedStatement]:
    """Store the entries of a file that no earlier file had. They are matched with orders after the commit.

    Raises:
        Invalid: the file is malformed, or not one that `camt` reads.
    """
    found = camt.read(content)
    # Two files of an account may have the same entries: the second waits until those of the first are known.
    for account in sorted({each.account for each in found}):
        await one_at_a_time(f"bank account {account}")
    return [await _store(uow, each) for each in found]


async def _store(uow: UnitOfWork, found: ReadStatement) -> ImportedStatement:
    row = await queries.statement_like(found.kind, found.account, found.currency, found.reference)
    if row is None:
        row = _statement(uow, found)
        await insert([row])
    references = {entry.servicer_reference for entry in found.entries}
    known = await queries.entries_of_account(found.account, found.currency, references)
    new = list(_new_entries(uow, row, found.entries, known))
    await insert(new)
    if new:
        uow.defer("bank.match", row.id)
    return ImportedStatement(row, len(new), len(found.entries) - len(new), found.skipped)


def _statement(uow: UnitOfWork, found: ReadStatement) -> BankStatement:
    difference = None
    if found.opening_minor is not None and found.closing_minor is not None:
        difference = found.closing_minor - found.opening_minor - found.total_minor
    return BankStatement(
        id=new_id(),
        kind=found.kind,
        account=found.account,
        currency=found.currency,
        reference=found.reference,
        opening_minor=found.opening_minor,
        closing_minor=found.closing_minor,
        difference_minor=difference,
        entry_count=len(found.entries) + found.skipped,
        skipped_count=found.skipped,
        imported_by=uow.actor.name,
        created_at=uow.at,
    )


def _new_entries(
    uow: UnitOfWork, statement: BankStatement, entries: Sequence[ReadEntry], known: Sequence[BankEntry]
) -> Iterable[BankEntry]:
    """The entries that are not known by their reference and amount.

    A notification may list the payments of a collective entry that the statement has as one amount: they are
    the same. A known reference with another amount is a conflict, which is stored for staff.
    """
    read_ones, known_ones = _by_reference(entries), _by_reference(known)
    for reference, own in read_ones.items():
        earlier = known_ones.get(reference, [])
        if earlier and _total(own) == _total(earlier):
            continue
        amounts = Counter(_signed(row) for row in earlier)
        part = max((row.part for row in earlier), default=0)
        for entry in own:
            if amounts[_signed(entry)]:
                amounts[_signed(entry)] -= 1
                continue
            part += 1
            yield _row(uow, statement, entry, part, BankEntryProblem.CONFLICT if earlier else None)


def _by_reference(entries: Iterable[E]) -> dict[str, list[E]]:
    """Entries by the reference of the account servicer, in their order."""
    found: dict[str, list[E]] = {}
    for entry in entries:
        found.setdefault(entry.servicer_reference, []).append(entry)
    return found


def _signed(entry: ReadEntry | BankEntry) -> int:
    return entry.amount_minor if entry.direction is BankEntryDirection.CREDIT else -entry.amount_minor


def _total(entries: Iterable[ReadEntry | BankEntry]) -> int:
    return sum(_signed(each) for each in entries)


def _row(
    uow: UnitOfWork,
    statement: BankStatement,
    entry: ReadEntry,
    part: int,
    problem: BankEntryProblem | None,
) -> BankEntry:
    return BankEntry(
        id=new_id(),
        statement_id=statement.id,
        account=statement.account,
        currency=statement.currency,
        servicer_reference=entry.servicer_reference,
        part=part,
        direction=entry.direction,
        is_reversal=entry.is_reversal,
        amount_minor=entry.amount_minor,
        status=BankEntryStatus.OPEN,
        problem=problem,
        booked_on=entry.booked_on,
        valued_on=entry.valued_on,
        end_to_end_id=masked_cards(entry.end_to_end_id),
        structured_reference=masked_cards(entry.structured_reference),
        remittance=masked_cards(entry.remittance),
        counterparty_name=masked_cards(entry.counterparty_name),
        counterparty_account=entry.counterparty_account,
        return_reason=masked_cards(entry.return_reason),
        created_at=uow.at,
        updated_at=uow.at,
    )
