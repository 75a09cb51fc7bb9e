"""Queries of the company's bank accounts, of refunds by bank transfer, and of the files with them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.bank.camt import account_number
from app.bank.lifecycle import BankTransferStatus
from app.bank.transfer_models import BankAccount, BankTransfer, BankTransferFile
from app.core.actor import Actor
from app.core.database import among, fetch, read, read_locked, rows_by_id
from app.core.loading import grouped
from app.core.refusals import NotFound


def _sees_all(actor: Actor) -> bool:
    return actor.scope_of(Permission.PAYMENTS_MANAGE).is_everywhere


def accounts_visible_to(actor: Actor) -> QuerySet[BankAccount]:
    """The company's accounts that an actor may see: all, or none."""
    return BankAccount.all() if _sees_all(actor) else BankAccount.filter(id__in=[])


def transfers_visible_to(actor: Actor) -> QuerySet[BankTransfer]:
    """The transfers that an actor may see: all, or none."""
    return BankTransfer.all() if _sees_all(actor) else BankTransfer.filter(id__in=[])


def transfer_files_visible_to(actor: Actor) -> QuerySet[BankTransferFile]:
    """The files that an actor may see: all, or none."""
    return BankTransferFile.all() if _sees_all(actor) else BankTransferFile.filter(id__in=[])


async def locked_account(iban: str) -> BankAccount | None:
    """The company's account with an IBAN, locked."""
    rows: list[BankAccount] = await read_locked(BankAccount, "iban = $1", iban)
    return rows[0] if rows else None


async def account_by_id(id: UUID) -> BankAccount:
    """An account of the company.

    Raises:
        NotFound: it does not exist.
    """
    found: BankAccount | None = (await rows_by_id(BankAccount, [id])).get(id)
    if found is None:
        raise NotFound.of("bank account", "account_id")
    return found


async def accounts_by_id(ids: list[UUID]) -> Sequence[BankAccount | None]:
    """Batch: accounts of the company."""
    found = await rows_by_id(BankAccount, ids)
    return [found.get(id) for id in ids]


async def transfer_files_by_id(ids: list[UUID]) -> Sequence[BankTransferFile | None]:
    """Batch: files."""
    found = await rows_by_id(BankTransferFile, ids)
    return [found.get(id) for id in ids]


async def transfers_by_file(ids: list[UUID]) -> list[list[BankTransfer]]:
    """Batch: the transfers of each file, oldest first."""
    rows = await read(BankTransfer, f"{among('file_id', 1)} ORDER BY created_at, id", ids)
    return grouped(ids, rows, "file_id")


async def locked_transfer(id: UUID) -> BankTransfer:
    """A locked transfer.

    Raises:
        NotFound: it does not exist.
    """
    rows: list[BankTransfer] = await read_locked(BankTransfer, "id = $1", id)
    if not rows:
        raise NotFound.of("bank transfer", "id")
    return rows[0]


async def locked_transfer_file(id: UUID) -> BankTransferFile:
    """A locked file.

    Raises:
        NotFound: it does not exist.
    """
    rows: list[BankTransferFile] = await read_locked(BankTransferFile, "id = $1", id)
    if not rows:
        raise NotFound.of("bank transfer file", "id")
    return rows[0]


async def locked_transfer_file_of(message_id: str) -> BankTransferFile | None:
    """The file with an identification, locked."""
    rows: list[BankTransferFile] = await read_locked(BankTransferFile, "message_id = $1", message_id)
    return rows[0] if rows else None


async def locked_waiting(limit: int) -> list[BankTransfer]:
    """The oldest transfers that are in no file, locked."""
    return await read_locked(
        BankTransfer, "status = $1 ORDER BY created_at, id LIMIT $2", BankTransferStatus.WAITING.value, limit
    )


async def locked_transfers(ids: Collection[UUID]) -> list[BankTransfer]:
    """Transfers by their ids, locked, oldest first."""
    return await read_locked(BankTransfer, f"{among('id', 1)} ORDER BY created_at, id", list(ids))


async def locked_transfers_of_file(file_id: UUID) -> list[BankTransfer]:
    """The transfers of a file, locked, oldest first."""
    return await read_locked(BankTransfer, "file_id = $1 ORDER BY created_at, id", file_id)


async def transfers_with_references(references: Collection[str]) -> list[BankTransfer]:
    """The transfers with these end-to-end references."""
    return await read(BankTransfer, among("end_to_end_id", 1), list(references))


async def payers_of(payment_id: UUID) -> list[tuple[str, str]]:
    """The accounts and names from which a payment was received, without repetition. The account is "" for
    money without a bank entry that has it."""
    rows = await fetch(
        "SELECT e.counterparty_account AS account, e.counterparty_name AS name FROM payment_transaction t "
        "LEFT JOIN bank_allocation a ON a.transaction_id = t.id LEFT JOIN bank_entry e ON e.id = a.entry_id "
        "WHERE t.payment_id = $1 AND t.kind = 'capture' AND t.status = 'succeeded' ORDER BY t.at, t.id",
        payment_id,
    )
    names = {account_number(row["account"] or ""): row["name"] or "" for row in rows}
    return list(names.items())


async def transfer_differences() -> list[str]:
    """The transfers whose status is not that of their refund."""
    rows = await fetch(
        """
        SELECT b.end_to_end_id, b.status, t.status AS refund, b.amount_minor, t.amount_minor AS refunded
        FROM bank_transfer b JOIN payment_transaction t ON t.id = b.transaction_id
        WHERE b.amount_minor <> t.amount_minor OR b.currency <> t.currency OR t.kind <> 'refund'
           OR t.status <> CASE b.status WHEN 'waiting' THEN 'pending' WHEN 'filed' THEN 'pending'
                  WHEN 'executed' THEN 'succeeded' WHEN 'returned' THEN 'reversed' ELSE 'failed' END
        """
    )
    return [
        f"bank transfer {row['end_to_end_id']}: {row['amount_minor']} {row['status']}, but its refund is "
        f"{row['refunded']} {row['refund']}"
        for row in rows
    ]
