"""Queries of bank statements and their entries. Whoever manages payments everywhere sees all of them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.bank.lifecycle import BankEntryStatus, BankFileKind
from app.bank.matching import named_orders, numbers_named, texts_of
from app.bank.models import BankAllocation, BankEntry, BankStatement
from app.bank.queries.payouts import (
    candidates_by_entry,
    comparable_entries,
    entries_by_payout,
    entries_for_payout,
    payout_candidates,
    payouts_by_entry,
    reconciled_by_payout,
)
from app.bank.queries.transfers import (
    account_by_id,
    accounts_by_id,
    accounts_visible_to,
    locked_account,
    locked_transfer,
    locked_transfer_file,
    locked_transfer_file_of,
    locked_transfers,
    locked_transfers_of_file,
    locked_waiting,
    payers_of,
    transfer_differences,
    transfer_files_by_id,
    transfer_files_visible_to,
    transfers_by_file,
    transfers_visible_to,
    transfers_with_references,
)
from app.channels import queries as channels
from app.core.actor import Actor
from app.core.database import among, fetch, read, read_locked, rows_by_id
from app.core.loading import grouped
from app.core.refusals import NotFound
from app.orders import queries as orders
from app.orders.models import Order

__all__ = [
    "NOT_EXAMINED_AT_ONCE",
    "account_by_id",
    "accounts_by_id",
    "accounts_visible_to",
    "allocations_by_entry",
    "candidates_by_entry",
    "comparable_entries",
    "differences",
    "entries_by_id",
    "entries_by_payout",
    "entries_for_payout",
    "entries_of_account",
    "entries_visible_to",
    "locked_account",
    "locked_entry",
    "locked_transfer",
    "locked_transfer_file",
    "locked_transfer_file_of",
    "locked_transfers",
    "locked_transfers_of_file",
    "locked_unexamined",
    "locked_waiting",
    "orders_named_by",
    "payers_of",
    "payout_candidates",
    "payouts_by_entry",
    "reconciled_by_payout",
    "statement_like",
    "statements_by_id",
    "statements_visible_to",
    "transfer_differences",
    "transfer_files_by_id",
    "transfer_files_visible_to",
    "transfers_by_file",
    "transfers_visible_to",
    "transfers_with_references",
]
NOT_EXAMINED_AT_ONCE = 200


def _sees_all(actor: Actor) -> bool:
    return actor.scope_of(Permission.PAYMENTS_MANAGE).is_everywhere


def entries_visible_to(actor: Actor) -> QuerySet[BankEntry]:
    """The entries that an actor may see: all, or none."""
    return BankEntry.all() if _sees_all(actor) else BankEntry.filter(id__in=[])


def statements_visible_to(actor: Actor) -> QuerySet[BankStatement]:
    """The statements that an actor may see: all, or none."""
    return BankStatement.all() if _sees_all(actor) else BankStatement.filter(id__in=[])


async def statement_like(
    kind: BankFileKind, account: str, currency: str, reference: str
) -> BankStatement | None:
    """The statement that was imported with these values."""
    return await BankStatement.get_or_none(kind=kind, account=account, currency=currency, reference=reference)


async def statements_by_id(ids: list[UUID]) -> Sequence[BankStatement | None]:
    """Batch: statements."""
    found = await rows_by_id(BankStatement, ids)
    return [found.get(id) for id in ids]


async def entries_by_id(ids: list[UUID]) -> Sequence[BankEntry | None]:
    """Batch: entries."""
    found = await rows_by_id(BankEntry, ids)
    return [found.get(id) for id in ids]


async def allocations_by_entry(ids: list[UUID]) -> list[list[BankAllocation]]:
    """Batch: the parts of each entry that are recorded as payments, oldest first."""
    rows = await read(BankAllocation, f"{among('entry_id', 1)} ORDER BY created_at, id", ids)
    return grouped(ids, rows, "entry_id")


async def entries_of_account(account: str, currency: str, references: Collection[str]) -> list[BankEntry]:
    """The entries of an account with these references of the account servicer."""
    return await read(
        BankEntry,
        f"account = $1 AND currency = $2 AND {among('servicer_reference', 3)} ORDER BY part",
        account,
        currency,
        list(references),
    )


async def locked_entry(actor: Actor, id: UUID) -> BankEntry:
    """A locked entry.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    rows: list[BankEntry] = await read_locked(BankEntry, "id = $1", id) if _sees_all(actor) else []
    if not rows:
        raise NotFound.of("bank entry", "id")
    return rows[0]


async def locked_unexamined(statement_id: UUID) -> list[BankEntry]:
    """Some entries of a statement that were not compared with orders yet, locked."""
    return await read_locked(
        BankEntry,
        "statement_id = $1 AND status = $2 AND problem IS NULL AND allocated_minor = 0 ORDER BY id LIMIT $3",
        statement_id,
        BankEntryStatus.OPEN.value,
        NOT_EXAMINED_AT_ONCE,
    )


async def orders_named_by(entries: Sequence[BankEntry]) -> list[list[Order]]:
    """Batch: the placed orders that each entry names."""
    prefixes = await channels.prefixes()
    numbers = {number for entry in entries for number in numbers_named(texts_of(entry), prefixes)}
    found = await orders.placed_with_numbers(numbers)
    return [named_orders(entry, found, prefixes) for entry in entries]


async def differences() -> list[str]:
    """The entries whose allocated amount is not the sum of their payments."""
    rows = await fetch(
        """
        SELECT e.account, e.servicer_reference, e.part, e.allocated_minor, COALESCE(a.amount, 0) AS amount
        FROM bank_entry e
        LEFT JOIN (
            SELECT b.entry_id, SUM(b.amount_minor) AS amount
            FROM bank_allocation b
            JOIN payment_transaction t ON t.id = b.transaction_id
                AND t.amount_minor = b.amount_minor AND t.kind = 'capture'
                AND t.status IN ('succeeded', 'reversed')
            GROUP BY b.entry_id
        ) a ON a.entry_id = e.id
        WHERE e.allocated_minor <> COALESCE(a.amount, 0)
           OR (e.status = 'matched') <> (
               e.allocated_minor = e.amount_minor
               OR EXISTS (SELECT 1 FROM bank_payout p WHERE p.entry_id = e.id)
               OR EXISTS (SELECT 1 FROM bank_transfer r WHERE r.entry_id = e.id OR r.return_entry_id = e.id)
           )
        """
    )
    return [
        (
            f"bank entry {row['servicer_reference']} ({row['part']}) of {row['account']}: "
            f"{row['allocated_minor']} allocated, but {row['amount']} in payments, or its status differs"
        )
        for row in rows
    ]
