"""Closes entries whose rest belongs to no order: fees, transfers, refunds and other money paid out."""

from uuid import UUID

from app.bank import queries
from app.bank.lifecycle import BankEntryStatus
from app.bank.models import BankEntry
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes


@command
async def close(
    uow: UnitOfWork, entry_id: UUID, note: str, *, expected_version: int | None = None
) -> BankEntry:
    """Close an open entry.

    Raises:
        NotFound, StaleVersion.
        Invalid: the entry is not open, or the note is empty or too long.
    """
    entry = await _entry(uow, entry_id, BankEntryStatus.OPEN, expected_version)
    text = checked_note(note.strip(), "note", longest=LONGEST_REMARK)
    if not text:
        raise Invalid("Enter why the entry is closed.", "note", code=ProblemCode.REQUIRED)
    changes = {"status": BankEntryStatus.CLOSED, "note": text, "closed_by": uow.actor.name}
    await write_changes(entry, changes, uow.at)
    return entry


@command
async def reopen(uow: UnitOfWork, entry_id: UUID, *, expected_version: int | None = None) -> BankEntry:
    """Reopen a closed entry.

    Raises:
        NotFound, StaleVersion.
        Invalid: the entry is not closed.
    """
    entry = await _entry(uow, entry_id, BankEntryStatus.CLOSED, expected_version)
    changes = {"status": BankEntryStatus.OPEN, "note": "", "closed_by": None}
    await write_changes(entry, changes, uow.at)
    return entry


async def _entry(
    uow: UnitOfWork, entry_id: UUID, status: BankEntryStatus, expected_version: int | None
) -> BankEntry:
    """A locked entry in a status."""
    entry = await queries.locked_entry(uow.actor, entry_id)
    refuse_stale(entry, expected_version)
    if entry.status is not status:
        raise Invalid(
            f"The entry is {entry.status.value}, not {status.value}.", "id", code=ProblemCode.NOT_POSSIBLE_NOW
        )
    return entry
