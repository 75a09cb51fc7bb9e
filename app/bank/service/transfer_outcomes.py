"""What the bank has done with transfers: executed, returned or rejected."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.bank import pain002, queries
from app.bank.lifecycle import (
    BankEntryDirection,
    BankEntryProblem,
    BankEntryStatus,
    BankTransferFileStatus,
    BankTransferStatus,
)
from app.bank.models import BankEntry
from app.bank.pain002 import Rejection
from app.bank.transfer_models import BankTransfer, BankTransferFile
from app.core.card_numbers import masked_cards
from app.core.uow import UnitOfWork, command
from app.core.versions import write_changes
from app.payments.lifecycle import TransactionStatus
from app.payments.service import settling_by_bank

T, F, S = BankTransferStatus, BankTransferFileStatus, TransactionStatus
REJECTED = "rejected_by_bank"  # the code of a refund that the bank has not executed
RETURNED = "returned_by_bank"  # the code of a refund that came back
_NO_REASON = "The bank gave no reason."


@dataclass(slots=True)
class ImportedRejections:
    """The result of the import of a file of the bank."""

    rejected: list[BankTransfer] = field(default_factory=list)
    known: int = 0  # transfers that were rejected or cancelled before
    unknown: int = 0  # of files that are not ours
    conflicts: int = 0  # transfers that were executed, are in another file, or were rejected as copies


async def match_entries(uow: UnitOfWork, entries: Sequence[BankEntry]) -> list[BankEntry]:
    """Record what locked entries say about transfers; return those that are about none. Money that was paid
    out comes first: a statement may have an execution and its return."""
    references = {entry.end_to_end_id.upper() for entry in entries if entry.end_to_end_id}
    known = {row.end_to_end_id: row for row in await queries.transfers_with_references(references)}
    about = [entry for entry in entries if entry.end_to_end_id.upper() in known]
    for entry in sorted(about, key=lambda each: (each.direction is BankEntryDirection.CREDIT, each.id)):
        await _take(uow, entry, known[entry.end_to_end_id.upper()])
    return [entry for entry in entries if entry not in about]


async def _take(uow: UnitOfWork, entry: BankEntry, known: BankTransfer) -> None:
    row, file = await _locked(known)
    is_return = entry.direction is BankEntryDirection.CREDIT
    taken = row.return_entry_id if is_return else row.entry_id
    if file is None or taken is not None or not await _fits(entry, row, file, is_return=is_return):
        await write_changes(entry, {"problem": BankEntryProblem.TRANSFER_DIFFERS}, uow.at)
        return
    reference = entry.servicer_reference if entry.part == 1 else f"{entry.servicer_reference}/{entry.part}"
    changes: dict[str, object] = {"return_entry_id" if is_return else "entry_id": entry.id}
    uow.book([row])
    if row.status is T.FILED:
        await settling_by_bank.settle(uow, row.transaction_id, S.SUCCEEDED, reference=reference)
        changes["status"] = T.EXECUTED
    if is_return:
        why = entry.return_reason or _NO_REASON
        await settling_by_bank.settle(uow, row.transaction_id, S.REVERSED, code=RETURNED, message=why)
        changes |= {"status": T.RETURNED, "reason": why}
    await write_changes(row, changes, uow.at)
    await write_changes(entry, {"status": BankEntryStatus.MATCHED, "problem": None}, uow.at)
    await _sent(uow, file)


async def _locked(known: BankTransfer) -> tuple[BankTransfer, BankTransferFile | None]:
    """A transfer and its file, locked in the sequence of all commands: the file first. None: the transfer is
    in no file, or was put into another one meanwhile."""
    file = await queries.locked_transfer_file(known.file_id) if known.file_id is not None else None
    row = await queries.locked_transfer(known.id)
    return row, file if file is not None and row.file_id == file.id else None


async def _fits(entry: BankEntry, row: BankTransfer, file: BankTransferFile, *, is_return: bool) -> bool:
    """Whether an entry can be the execution or the return of a transfer. Its execution may be reported after
    its return."""
    (account,) = await queries.accounts_by_id([file.account_id])
    assert account is not None
    open_ones = (T.FILED, T.EXECUTED) if is_return else (T.FILED, T.RETURNED)
    return bool(
        row.status in open_ones
        and file.status is not F.CANCELLED
        and entry.amount_minor == row.amount_minor
        and entry.currency == row.currency
        and entry.account == account.iban
    )


async def _sent(uow: UnitOfWork, file: BankTransferFile) -> None:
    """The bank reports about a file, so it has it."""
    if file.status is F.CREATED:
        await write_changes(file, {"status": F.SENT, "sent_at": uow.at}, uow.at)


@command
async def import_rejections(uow: UnitOfWork, content: str) -> ImportedRejections:
    """Record the rejections in a file of the bank. Importing it again changes nothing.

    Raises:
        Invalid: the file is malformed, or not one that `pain002` reads.
    """
    result = ImportedRejections()
    for each in pain002.read(content):
        rows = await _rejected(each)
        if not rows:
            result.unknown += 1
        for row in rows:
            await _reject(uow, row, each, result)
    return result


async def _rejected(rejection: Rejection) -> list[BankTransfer]:
    """The transfers that a rejection is about."""
    if rejection.end_to_end_id:
        return await queries.transfers_with_references([rejection.end_to_end_id.upper()])
    file = await queries.locked_transfer_file_of(rejection.message_id.upper())
    (own,) = await queries.transfers_by_file([file.id]) if file is not None else [[]]
    return own


async def _reject(
    uow: UnitOfWork, known: BankTransfer, rejection: Rejection, result: ImportedRejections
) -> None:
    """Record that a transfer is rejected, unless that is said of an earlier file with it, or of a copy: then
    the bank may still execute it."""
    row, file = await _locked(known)
    if row.status in (T.REJECTED, T.CANCELLED):
        result.known += 1
        return
    is_of_file = file is not None and rejection.message_id.upper() == file.message_id
    if row.status is not T.FILED or file is None or not is_of_file or rejection.is_of_copy:
        result.conflicts += 1
        return
    why = masked_cards(rejection.reason) or _NO_REASON
    await settling_by_bank.settle(uow, row.transaction_id, S.FAILED, code=REJECTED, message=why)
    await write_changes(row, {"status": T.REJECTED, "reason": why}, uow.at)
    await _sent(uow, file)
    result.rejected.append(row)
