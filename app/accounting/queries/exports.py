"""What exports of the ledger contain."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

from app.accounting.chart import Chart, ChartAccount
from app.accounting.exporting.formats import ExportedEntry, ExportedPosting, Period
from app.accounting.lifecycle import AccountKind
from app.accounting.models import LedgerEntry
from app.accounting.postings import Account
from app.accounting.queries.ledger import chart, postings_by_entry
from app.core.database import among, fetch, number_of, read, uuid_of
from app.core.ids import to_global

AT_ONCE = 1_000  # entries per statement


async def accounts_in(period: Period, currency: str | None = None) -> list[ChartAccount]:
    """The accounts with postings in a period, in one currency or in all, in the order of their kinds."""
    rows = await fetch(
        "SELECT DISTINCT account, detail FROM ledger_posting "
        "WHERE posted_on BETWEEN $1 AND $2 AND (currency = $3 OR $3 = '')",
        period.start,
        period.end,
        currency or "",
    )
    known, order = await chart(), list(AccountKind)
    found = [Account(AccountKind(row["account"]), row["detail"]) for row in rows]
    return [known.of(each) for each in sorted(found, key=lambda each: (order.index(each.kind), each.detail))]


async def postings_in(period: Period, currency: str) -> int:
    """The number of postings in a period and a currency."""
    return await number_of(
        "SELECT COUNT(*) FROM ledger_posting WHERE posted_on BETWEEN $1 AND $2 AND currency = $3",
        period.start,
        period.end,
        currency,
    )


async def exported(period: Period, currency: str | None = None) -> AsyncIterator[list[ExportedEntry]]:
    """The entries of a period by accounting date, in one currency or in all, some at a time."""
    known = await chart()
    after: tuple[date, UUID | None] = (period.start, None)
    while page := await _page(period, after, currency):
        yield await _with_postings(page, known)
        after = (page[-1].posted_on, page[-1].id)


async def _page(period: Period, after: tuple[date, UUID | None], currency: str | None) -> list[LedgerEntry]:
    day, id = after
    behind = "posted_on >= $1" if id is None else "(posted_on > $1 OR (posted_on = $1 AND id > $5))"
    values = [day, period.end, currency or "", AT_ONCE, *([] if id is None else [id])]
    return await read(
        LedgerEntry,
        f"{behind} AND posted_on <= $2 AND (currency = $3 OR $3 = '') ORDER BY posted_on, id LIMIT $4",
        *values,
    )


async def _with_postings(entries: list[LedgerEntry], known: Chart) -> list[ExportedEntry]:
    numbers = await _order_numbers(entries)
    postings = await postings_by_entry([entry.id for entry in entries])
    return [
        ExportedEntry(
            to_global("LedgerEntry", entry.id),
            entry.kind,
            entry.posted_on,
            entry.happened_at,
            entry.currency,
            numbers.get(entry.order_id, "") if entry.order_id else "",
            entry.subject_kind,
            [
                ExportedPosting(known.of(Account(row.account, row.detail)), row.side, row.amount_minor)
                for row in own
            ],
        )
        for entry, own in zip(entries, postings, strict=True)
    ]


async def _order_numbers(entries: list[LedgerEntry]) -> dict[UUID, str]:
    ids = sorted({entry.order_id for entry in entries if entry.order_id})
    if not ids:
        return {}
    rows = await fetch(f"SELECT id, number FROM sales_order WHERE {among('id', 1)}", ids)  # noqa: S608
    return {uuid_of(row["id"]): row["number"] or "" for row in rows}
