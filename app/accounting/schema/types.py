"""Types of the ledger."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.accounting import models, queries
from app.accounting.chart import ChartAccount
from app.accounting.lifecycle import AccountKind, LedgerEntryKind, LedgerSide
from app.accounting.postings import Account
from app.accounting.queries.ledger import Balance
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field, needs
from app.core.graphql.scalars import CurrencyCode, Money, doc, graphql_enum, money, serves
from app.orders import queries as orders
from app.orders.schema import Order

graphql_enum(AccountKind, "Kind of an account of the ledger.")
graphql_enum(LedgerEntryKind, "Kind of an entry of the ledger.")
graphql_enum(LedgerSide, "Side of a posting or balance.")
VIEW = needs(Permission.FINANCE_VIEW, everywhere=True)
MANAGE = needs(Permission.FINANCE_MANAGE, everywhere=True)


@strawberry.type(description="Account of the ledger, with the company's number and name for it.")
class LedgerAccount:
    kind: AccountKind = doc("Kind of the account.")
    detail: str | None = none_if_empty(
        "What distinguishes the account from others of its kind: the gateway of CLEARING, the category of "
        "SALES, the place and rate of TAX, such as `DE/0.19`. Null for kinds with one account, and for goods "
        "without a category."
    )
    number: str | None = doc("Number in the company's chart of accounts; null if the kind is not mapped.")
    name: str = doc("Name in the company's chart of accounts; a default name if the kind is not mapped.")

    @classmethod
    def of(cls, found: ChartAccount) -> "LedgerAccount":
        kind, detail = found.account
        return cls(kind=kind, detail=detail, number=found.number, name=found.name)


@strawberry.type(description="Amount on one side of an account.")
class LedgerPosting:
    is_type_of = serves(models.LedgerPosting)

    side: LedgerSide = doc("Side of the account.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount; always positive."""
        return money(root.amount_minor, root.currency)

    @level_field(LedgerAccount)
    async def account(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The account."""
        chart = await queries.chart()
        return [LedgerAccount.of(chart.of(Account(root.account, root.detail))) for root in roots]


@strawberry.type(
    description="Entry of the ledger: postings in one currency whose debits equal their credits. Entries are "
    "never changed or deleted. Visible to callers who see the finances of all channels."
)
class LedgerEntry(Node):
    is_type_of = serves(models.LedgerEntry)

    kind: LedgerEntryKind = doc("Kind of the entry.")
    subject_kind: str = doc(
        "What the entry is about: `order`, `payment_transaction`, `stored_value`, or the reference of a "
        "stock movement, such as `receipt`."
    )
    currency: CurrencyCode = doc("Currency of all postings.")
    posted_on: date = doc(
        "Accounting date: the day of the fact in the company's time zone or, if that day was closed, the "
        "first open day."
    )
    happened_at: datetime = doc("Date and time of the fact.")
    created_at: datetime = doc("Date and time at which the entry was written.")

    @level_field(list[LedgerPosting], reach=PART_OF_IT)
    async def postings(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The postings, debits first."""
        return await info.context.load_many(queries.postings_by_entry, [root.id for root in roots])

    @level_field(Order | None, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order; null for stock and stored value that belong to none."""
        known = [root.order_id for root in roots if root.order_id is not None]
        found = dict(zip(known, await info.context.load_many(orders.orders_by_id, known), strict=True))
        return [found.get(root.order_id) for root in roots]


@strawberry.type(description="Balance of an account in one currency at the end of a day.")
class LedgerBalance:
    account: LedgerAccount = doc("The account.")
    debits: Money = doc("Sum of all debits up to and including the day.")
    credits: Money = doc("Sum of all credits up to and including the day.")
    balance: Money = doc("Difference of both sums; never negative.")
    side: LedgerSide = doc("The side with the larger sum; DEBIT if the balance is zero.")

    @classmethod
    def of(cls, found: Balance, account: ChartAccount) -> "LedgerBalance":
        balance = found.debit_minor - found.credit_minor
        return cls(
            account=LedgerAccount.of(account),
            debits=money(found.debit_minor, found.currency),
            credits=money(found.credit_minor, found.currency),
            balance=money(abs(balance), found.currency),
            side=LedgerSide.CREDIT if balance < 0 else LedgerSide.DEBIT,
        )


@strawberry.type(description="Closed accounting period: everything up to a day.")
class AccountingPeriod:
    is_type_of = serves(models.AccountingPeriod)

    through: date = doc("The last closed day, in the company's time zone.")
    closed_by: str = doc("Name of the user or app that closed it.")
    closed_at: datetime = doc("Date and time at which it was closed.")
