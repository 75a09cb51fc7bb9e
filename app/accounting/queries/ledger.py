"""The ledger as the API shows it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.accounting.chart import Chart, ChartAccount
from app.accounting.lifecycle import AccountKind
from app.accounting.models import AccountMapping, LedgerEntry, LedgerPosting
from app.accounting.postings import Account
from app.core.actor import Actor
from app.core.database import among, fetch, read
from app.core.loading import grouped


class Balance(NamedTuple):
    """The sums of an account in a currency, in minor units."""

    account: Account
    currency: str
    debit_minor: int
    credit_minor: int


def entries_visible_to(actor: Actor) -> QuerySet[LedgerEntry]:
    """The entries that an actor may see: all, or none."""
    if actor.scope_of(Permission.FINANCE_VIEW).is_everywhere:
        return LedgerEntry.all()
    return LedgerEntry.filter(id__in=[])


def with_account(kinds: Sequence[AccountKind], detail: str | None = None) -> Q:
    """The condition that an entry has a posting on an account."""
    rows = LedgerPosting.filter(account__in=kinds)
    if detail is not None:
        rows = rows.filter(detail=detail)
    return Q(id__in=Subquery(rows.values("entry_id")))


async def postings_by_entry(ids: list[UUID]) -> list[list[LedgerPosting]]:
    """Batch: the postings of each entry, debits first."""
    rows = await read(LedgerPosting, f"{among('entry_id', 1)} ORDER BY entry_id, side DESC, id", ids)
    return grouped(ids, rows, "entry_id")


async def balances(on: date) -> list[Balance]:
    """The sums of each account at the end of a day, by currency."""
    rows = await fetch(
        """
        SELECT account, detail, currency,
               SUM(CASE WHEN side = 'debit' THEN amount_minor ELSE 0 END) AS debit,
               SUM(CASE WHEN side = 'credit' THEN amount_minor ELSE 0 END) AS credit
        FROM ledger_posting WHERE posted_on <= $1 GROUP BY account, detail, currency
        ORDER BY currency, account, detail
        """,
        on,
    )
    return [
        Balance(
            Account(AccountKind(row["account"]), row["detail"]),
            row["currency"],
            int(row["debit"]),
            int(row["credit"]),
        )
        for row in rows
    ]


async def chart() -> Chart:
    """The company's chart of accounts."""
    return Chart(await read(AccountMapping, "1 = 1"))


async def accounts() -> list[ChartAccount]:
    """The accounts with postings, and those that are mapped, in the order of their kinds and details."""
    rows = await read(AccountMapping, "1 = 1")
    used = await fetch("SELECT DISTINCT account, detail FROM ledger_posting")
    found = {Account(AccountKind(row["account"]), row["detail"]) for row in used}
    found |= {Account(row.kind, row.detail) for row in rows}
    known, order = Chart(rows), list(AccountKind)
    return [known.of(each) for each in sorted(found, key=lambda each: (order.index(each.kind), each.detail))]
