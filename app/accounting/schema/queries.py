"""Queries of the ledger in GraphQL."""

from datetime import date
from typing import Annotated

import strawberry

from app.accounting import models, queries
from app.accounting.lifecycle import AccountKind, LedgerEntryKind
from app.accounting.schema.types import (
    VIEW,
    AccountingPeriod,
    LedgerAccount,
    LedgerBalance,
    LedgerEntry,
)
from app.accounting.service.writing import day_of
from app.core import clock
from app.core.graphql.conditions import conditions
from app.core.graphql.filters import DateFilter, IdFilter, id_q
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs

NEWEST = Sort(("posted_on", "id"), descending=True)


@strawberry.input(description="Filter conditions for entries of the ledger. All of them must match.")
class LedgerEntryFilter:
    kind: list[LedgerEntryKind] | None = doc("Filter by kind.", default=None)
    account: list[AccountKind] | None = doc("Filter by kind of an account with a posting.", default=None)
    posted_on: DateFilter | None = doc("Filter by accounting date.", default=None)
    order_id: IdFilter | None = doc("Filter by order.", default=None)
    subject_kind: list[str] | None = doc("Filter by what the entry is about.", default=None)


_conditions = conditions(
    LedgerEntryFilter,
    models.LedgerEntry,
    account=queries.with_account,
    order_id=lambda given: id_q("order_id", given, "Order"),
)


@strawberry.type
class AccountingQuery:
    @query(VIEW)
    async def ledger_entries(
        self,
        info: strawberry.Info,
        filter: Annotated[LedgerEntryFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[LedgerEntry]:
        """Entries of the ledger, newest accounting date first."""
        rows = queries.entries_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))

    @query(VIEW)
    async def ledger_balances(
        self,
        info: strawberry.Info,
        on: Annotated[
            date | None, arg("Day at whose end the balances are given; defaults to the current day.")
        ] = None,
    ) -> list[LedgerBalance]:
        """Balances of all accounts with postings, by currency and account. Days are those of the company's
        time zone. In each currency, debits and credits add up to the same amount."""
        chart = await queries.chart()
        found = await queries.balances(on or day_of(clock.now()))
        return [LedgerBalance.of(each, chart.of(each.account)) for each in found]

    @query(VIEW)
    async def ledger_accounts(self, info: strawberry.Info) -> list[LedgerAccount]:
        """Accounts with postings, and accounts that are mapped to the company's chart of accounts."""
        return [LedgerAccount.of(each) for each in await queries.accounts()]

    @query(VIEW)
    async def accounting_periods(self, info: strawberry.Info) -> list[AccountingPeriod]:
        """Closed accounting periods, the latest first."""
        return await queries.closed_periods()  # type: ignore[return-value]  # rows, read as the type
