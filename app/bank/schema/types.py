"""Bank statements and their entries in GraphQL."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.bank import models, queries
from app.bank.camt import account_number
from app.bank.lifecycle import BankEntryDirection, BankEntryProblem, BankEntryStatus, BankFileKind
from app.bank.service.importing import ImportedStatement
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.filters import (
    DateFilter,
    DateTimeFilter,
    IdFilter,
    StringFilter,
    combined,
    id_q,
    string_q,
)
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, OWN_SCOPE, PART_OF_IT, field, needs, query
from app.core.graphql.scalars import CurrencyCode, Money, arg, doc, graphql_enum, money, serves
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.core.spelling import as_written
from app.orders.schema import Order
from app.payments import queries as payments
from app.payments.schema.payouts import Payout
from app.payments.schema.types import PaymentTransaction

graphql_enum(BankFileKind, "Kind of a bank file.")
graphql_enum(BankEntryDirection, "Direction of a bank entry, from the account holder's view.")
graphql_enum(BankEntryStatus, "Status of a bank entry.")
graphql_enum(BankEntryProblem, "Reason why a bank entry was not matched automatically.")

MANAGE = needs(Permission.PAYMENTS_MANAGE, everywhere=True)
SEES_PAYOUTS = needs(Permission.FINANCE_VIEW, everywhere=True)
NEWEST_ENTRY = Sort(("booked_on", "id"), descending=True)
NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(
    description="A statement, report or notification of a bank about one account. Visible to callers who "
    "manage payments of all channels."
)
class BankStatement(Node):
    is_type_of = serves(models.BankStatement)

    kind: BankFileKind = doc("Kind of the file.")
    account: str = doc("IBAN of the account, or the bank's number of it.")
    currency: CurrencyCode = doc("Currency of the account.")
    reference: str = doc("The bank's identification of the statement.")
    entry_count: int = doc("Number of booked entries in the file, including those of earlier files.")
    skipped_count: int = doc(
        "Number of entries that were not stored: those of reports and notifications without a reference of "
        "the bank, which the statement of the day has, too."
    )
    imported_by: str = doc("Name of the user or app that imported it.")
    created_at: datetime = doc("Date and time of the import.")

    @field()
    def opening_balance(self, root: strawberry.Parent[Any]) -> Money | None:
        """Booked balance at the beginning; null if the file has none."""
        return None if root.opening_minor is None else money(root.opening_minor, root.currency)

    @field()
    def closing_balance(self, root: strawberry.Parent[Any]) -> Money | None:
        """Booked balance at the end; null if the file has none."""
        return None if root.closing_minor is None else money(root.closing_minor, root.currency)

    @field()
    def difference(self, root: strawberry.Parent[Any]) -> Money | None:
        """Closing balance less opening balance and booked entries. An amount other than zero means that the
        file lacks entries; null if it has no balances."""
        return None if root.difference_minor is None else money(root.difference_minor, root.currency)


@strawberry.type(description="A part of a bank entry that is recorded as a payment of an order.")
class BankAllocation:
    is_type_of = serves(models.BankAllocation)

    created_at: datetime = doc("Date and time at which it was matched.")

    @level_field(PaymentTransaction, reach=PART_OF_IT)
    async def transaction(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The payment received, with the order and the amount."""
        return await info.context.load_many(
            payments.transactions_by_id, [root.transaction_id for root in roots]
        )


@strawberry.type(
    description="Money that moved on a bank account: an entry of a statement, or one payment of a collective "
    "entry. Visible to callers who manage payments of all channels."
)
class BankEntry(Node):
    is_type_of = serves(models.BankEntry)

    account: str = doc("IBAN of the account, or the bank's number of it.")
    servicer_reference: str = doc(
        "The bank's reference of the entry, unique by account; if a statement has none, derived from its "
        "content."
    )
    part: int = doc("Position among the payments of a collective entry, from 1.")
    direction: BankEntryDirection = doc("Whether money was received or paid out.")
    is_reversal: bool = doc("Whether the bank reversed or returned an earlier payment.")
    status: BankEntryStatus = doc("Status of the entry.")
    problem: BankEntryProblem | None = doc(
        "Why the entry, or the rest of it, was not matched automatically; null if it was."
    )
    booked_on: date = doc("Booking date.")
    valued_on: date | None = doc("Value date; null if the file has none.")
    end_to_end_id: str | None = none_if_empty("Reference given by the payer; null if there is none.")
    structured_reference: str | None = none_if_empty("Structured creditor reference; null if there is none.")
    remittance: str | None = none_if_empty(
        "Remittance information: the text of the payer; null if there is none. Digits are masked if it "
        "contains the number of a payment card."
    )
    counterparty_name: str | None = none_if_empty("Name of the payer or payee; null if unknown.")
    counterparty_account: str | None = none_if_empty("Account of the payer or payee; null if unknown.")
    note: str | None = none_if_empty("Why the entry was closed; null unless it is closed.")
    closed_by: str | None = doc("Name of the user or app that closed it; null unless it is closed.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of the import.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount, positive in both directions."""
        return money(root.amount_minor, root.currency)

    @field()
    def matched_amount(self, root: strawberry.Parent[Any]) -> Money:
        """The part of the amount that is recorded as payments of orders."""
        return money(root.allocated_minor, root.currency)

    @level_field(BankStatement, reach=AROUND_IT)
    async def statement(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The statement, report or notification that had the entry first."""
        return await info.context.load_many(queries.statements_by_id, [root.statement_id for root in roots])

    @level_field(list[BankAllocation], reach=PART_OF_IT)
    async def allocations(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The parts that are recorded as payments of orders, oldest first."""
        return await info.context.load_many(queries.allocations_by_entry, [root.id for root in roots])

    @level_field(Payout | None, SEES_PAYOUTS, reach=OWN_SCOPE)
    async def payout(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The payout that arrived with it; null if there is none, and without FINANCE_VIEW in all
        channels."""
        return await info.context.load_many(queries.payouts_by_entry, [root.id for root in roots])

    @level_field(list[Payout] | None, SEES_PAYOUTS, reach=OWN_SCOPE)
    async def candidate_payouts(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The payouts without a bank entry that an open entry names, or whose amount and currency it has
        within 5 days of their arrival, earliest first; empty if it is not open. Null without FINANCE_VIEW in
        all channels."""
        return await info.context.load_many(queries.candidates_by_entry, [root.id for root in roots])

    @level_field(list[Order], reach=PART_OF_IT)
    async def named_orders(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The placed orders whose number occurs in the references or the remittance information."""
        return await queries.orders_named_by(roots)


@strawberry.type
class PayoutBankEntry:
    @level_field(BankEntry | None, MANAGE, reach=OWN_SCOPE)
    async def bank_entry(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The bank entry with which it arrived, matched automatically or by `bankEntryMatchPayout`; null
        until then, and without PAYMENTS_MANAGE in all channels."""
        return await info.context.load_many(queries.entries_by_payout, [root.id for root in roots])

    @level_field(datetime | None)
    async def reconciled_at(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """When it was matched with its bank entry; null while it is not. The match proves that the money
        has arrived; it changes no amount."""
        return await info.context.load_many(queries.reconciled_by_payout, [root.id for root in roots])


@strawberry.type(description="A statement of an imported bank file.")
class ImportedBankStatement:
    imported: strawberry.Private[ImportedStatement]

    @field(reach=PART_OF_IT)
    def statement(self) -> BankStatement:
        """The statement, report or notification."""
        return self.imported.row  # type: ignore[return-value]  # a row, read as the type

    @field()
    def stored_count(self) -> int:
        """Number of entries that no earlier file had."""
        return self.imported.stored

    @field()
    def known_count(self) -> int:
        """Number of entries that an earlier file had; they are not stored again."""
        return self.imported.known

    @field()
    def skipped_count(self) -> int:
        """Number of entries that were not stored, see `BankStatement.skippedCount`."""
        return self.imported.skipped


@strawberry.type(description="Result of the import of a bank file.")
class BankStatementImport:
    statements: list[ImportedBankStatement] = doc("The statements, reports or notifications of the file.")


@strawberry.input(description="Filter conditions for bank entries.")
class BankEntryFilter:
    status: list[BankEntryStatus] | None = doc("Filter by status.", default=None)
    problem: list[BankEntryProblem] | None = doc("Filter by problem.", default=None)
    direction: list[BankEntryDirection] | None = doc("Filter by direction.", default=None)
    statement_id: IdFilter | None = doc("Filter by the statement that had it first.", default=None)
    account: StringFilter | None = doc("Filter by account.", default=None)
    booked_on: DateFilter | None = doc("Filter by booking date.", default=None)
    counterparty_name: StringFilter | None = doc(
        "Filter by the name of the payer or payee.", default=None, spelling=as_written
    )
    servicer_reference: StringFilter | None = doc("Filter by the bank's reference.", default=None)
    and_: list["BankEntryFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["BankEntryFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "BankEntryFilter | None" = doc("Condition that must not match.", default=None, name="not")


@strawberry.input(description="Filter conditions for bank statements.")
class BankStatementFilter:
    kind: list[BankFileKind] | None = doc("Filter by kind of file.", default=None)
    account: StringFilter | None = doc("Filter by account.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by time of the import.", default=None)


_account_q = partial(string_q, "account", spelled=account_number)
_entry_conditions = conditions(
    BankEntryFilter,
    models.BankEntry,
    account=_account_q,
    statement_id=lambda given: id_q("statement_id", given, "BankStatement"),
)
_statement_conditions = conditions(BankStatementFilter, models.BankStatement, account=_account_q)


@strawberry.type
class BankQuery:
    @query(MANAGE)
    async def bank_entries(
        self,
        info: strawberry.Info,
        filter: Annotated[BankEntryFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BankEntry]:
        """Entries of bank accounts, newest booking date first. Entries to be processed have the status
        OPEN."""
        rows = queries.entries_visible_to(info.context.actor).filter(combined(filter, _entry_conditions))
        return await connection(rows, PageArgs(NEWEST_ENTRY, first, after, last, before))

    @query(MANAGE)
    async def bank_statements(
        self,
        info: strawberry.Info,
        filter: Annotated[BankStatementFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BankStatement]:
        """Imported bank statements, reports and notifications, newest first."""
        rows = queries.statements_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_statement_conditions(filter))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
