"""What happened before the ledger was introduced."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.accounting.lifecycle import LedgerEntryKind
from app.accounting.models import LedgerHistory
from app.core.database import among, fetch, moment_of, read, read_locked, uuid_of


async def locked_history() -> LedgerHistory | None:
    """The row that exists until all earlier facts are posted; locked until the transaction ends."""
    rows = await read_locked(LedgerHistory, "1 = 1 LIMIT 1")
    return rows[0] if rows else None


async def waits_for_history() -> bool:
    """Whether facts from before the ledger are not posted yet."""
    return bool(await read(LedgerHistory, "posted_at IS NULL LIMIT 1"))


async def placed_orders_after(
    id: UUID | None, limit: int, changed_since: datetime | None = None
) -> list[UUID]:
    """The ids of placed orders, in their order, after one of them."""
    conditions, values = ["placed_at IS NOT NULL"], list[object]([limit])
    for condition, value in (("id > ", id), ("updated_at >= ", changed_since)):
        if value is not None:
            values.append(value)
            conditions.append(f"{condition}${len(values)}")
    rows = await fetch(
        f"SELECT id FROM sales_order WHERE {' AND '.join(conditions)} ORDER BY id LIMIT $1",  # noqa: S608
        *values,
    )
    return [uuid_of(row["id"]) for row in rows]


async def posted_facts(
    subject_ids: Collection[UUID],
) -> set[tuple[LedgerEntryKind, UUID | None, datetime | None]]:
    """The kind, subject and time of the entries of some subjects."""
    rows = await fetch(
        f"SELECT kind, subject_id, happened_at FROM ledger_entry WHERE {among('subject_id', 1)}",  # noqa: S608
        sorted(subject_ids),
    )
    return {
        (LedgerEntryKind(row["kind"]), uuid_of(row["subject_id"]), moment_of(row["happened_at"]))
        for row in rows
    }
