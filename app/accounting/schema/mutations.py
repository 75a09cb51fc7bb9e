"""Mutations of accounting in GraphQL."""

from datetime import date
from typing import Annotated

import strawberry

from app.accounting import models
from app.accounting.chart import LONGEST_DETAIL, LONGEST_NAME, LONGEST_NUMBER, ChartAccount
from app.accounting.lifecycle import AccountKind
from app.accounting.postings import Account
from app.accounting.schema.types import MANAGE, AccountingPeriod, LedgerAccount
from app.accounting.service import closing, mapping
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import arg, doc


@strawberry.input(description="Input for mapping accounts of the ledger to the company's chart of accounts.")
class AccountMapSetInput:
    kind: AccountKind = doc("Kind of the accounts.")
    detail: str | None = doc(
        "The account of the kind, such as the gateway of CLEARING; see `LedgerAccount.detail`. If omitted, "
        "the number is that of all accounts of the kind that have none of their own.",
        default=None,
        longest=LONGEST_DETAIL,
    )
    number: str = doc("Number in the company's chart of accounts, such as 8400.", longest=LONGEST_NUMBER)
    name: str | None = doc(
        "Name in the company's chart of accounts; null for the name of the kind. If omitted, a name that was "
        "set before is kept.",
        default=strawberry.UNSET,
        longest=LONGEST_NAME,
    )


@strawberry.type
class AccountingMutation:
    @mutation("AccountMapSetResult", LedgerAccount, policy=MANAGE)
    async def account_map_set(
        self, info: strawberry.Info, input: Annotated[AccountMapSetInput, arg("The account.")]
    ) -> LedgerAccount:
        """Set the number and name of accounts in the company's chart of accounts, for the API and exports.
        Entries do not change."""
        row = await mapping.set_account(
            info.context.actor,
            kind=input.kind,
            detail=input.detail or "",
            number=input.number,
            **changes_of(input, nullable=("name",), besides=("kind", "detail", "number")),
        )
        return LedgerAccount.of(ChartAccount(Account(row.kind, row.detail), row.number, row.name))

    @mutation("AccountingPeriodCloseResult", AccountingPeriod, policy=MANAGE)
    async def accounting_period_close(
        self,
        info: strawberry.Info,
        through: Annotated[date, arg("The last day of the period, in the company's time zone.")],
    ) -> models.AccountingPeriod:
        """Close everything up to a day that has ended. Facts of closed days that become known later are
        posted on the first open day. A period cannot be opened again."""
        return await closing.close_period(info.context.actor, through)
