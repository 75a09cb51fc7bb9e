"""Mutations of bank statements."""

from typing import Annotated

import strawberry

from app.bank import models
from app.bank.schema.types import MANAGE, BankEntry, BankStatementImport, ImportedBankStatement
from app.bank.service import allocating, closing, importing, payouts, unmatching
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import ExpectedVersion, MoneyInput, arg, doc
from app.core.ids import row_id
from app.core.money import Money
from app.core.spelling import parsed
from app.payments.refusals import AmountTooLarge

LONGEST_FILE = 5_000_000  # characters; the size of a request is limited, too


@strawberry.input(description="Input for importing a bank file.")
class BankStatementImportInput:
    bank_file: str = doc(
        "Content of the file: a camt.053, camt.052 or camt.054 message of ISO 20022, in any version.",
        longest=LONGEST_FILE,
        spelling=parsed,
    )


@strawberry.input(description="An order that a bank entry pays.")
class BankEntryOrderInput:
    order_id: strawberry.ID = doc("The order.")
    amount: MoneyInput | None = doc(
        "Amount in the currency of the entry; defaults to the amount due, at most the rest of the entry.",
        default=None,
    )


@strawberry.input(description="Input for matching a bank entry with orders.")
class BankEntryMatchInput:
    id: strawberry.ID = doc("The bank entry.")
    orders: list[BankEntryOrderInput] = doc("The orders that it pays: 1 to 50.", most=allocating.MOST_ORDERS)
    accept_overpayment: bool = doc("Whether to accept more than the amount due for an order.", default=False)


@strawberry.input(description="Input for matching a bank entry with a payout.")
class BankEntryMatchPayoutInput:
    id: strawberry.ID = doc("The bank entry.")
    payout_id: strawberry.ID = doc("The payout.")


@strawberry.input(description="Input for closing a bank entry.")
class BankEntryCloseInput:
    id: strawberry.ID = doc("The bank entry.")
    note: str = doc("Why the entry, or the rest of it, belongs to no order; up to 500 characters.")


@strawberry.type
class BankMutation:
    @mutation("BankStatementImportResult", BankStatementImport, policy=MANAGE)
    async def bank_statement_import(
        self, info: strawberry.Info, input: Annotated[BankStatementImportInput, arg("The file.")]
    ) -> BankStatementImport:
        """Import a bank file. Each entry is stored once, however many files have it. An entry is matched if
        it names one order and its amount is exactly what is due: its payment is recorded, and work that
        waited for it continues. Other entries stay open, each with its `problem`. Importing a file again
        changes nothing."""
        found = await importing.import_statements(info.context.actor, input.bank_file)
        return BankStatementImport(statements=[ImportedBankStatement(imported=each) for each in found])

    @mutation(
        "BankEntryMatchResult",
        BankEntry,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists, AmountTooLarge),
    )
    async def bank_entry_match(
        self,
        info: strawberry.Info,
        input: Annotated[BankEntryMatchInput, arg("The orders.")],
        expected_version: ExpectedVersion = None,
    ) -> models.BankEntry:
        """Record an open bank entry, or parts of it, as payments of orders. An entry whose whole amount is
        recorded is matched; otherwise it stays open with the rest."""
        shares = [
            allocating.Share(
                row_id(each.order_id, "Order", "orders", str(index), "order_id"),
                _amount(each.amount, index),
            )
            for index, each in enumerate(input.orders)
        ]
        return await allocating.match(
            info.context.actor,
            row_id(input.id, "BankEntry", "id"),
            shares,
            accept_overpayment=input.accept_overpayment,
            expected_version=expected_version,
        )

    @mutation(
        "BankEntryMatchPayoutResult",
        BankEntry,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists,),
    )
    async def bank_entry_match_payout(
        self,
        info: strawberry.Info,
        input: Annotated[BankEntryMatchPayoutInput, arg("The entry and the payout.")],
        expected_version: ExpectedVersion = None,
    ) -> models.BankEntry:
        """Record an open bank entry as the arrival of a payout of a payment gateway. Amount and currency must
        be those of the payout; money paid out is matched with a payout whose total is negative."""
        return await payouts.match_payout(
            info.context.actor,
            row_id(input.id, "BankEntry", "id"),
            row_id(input.payout_id, "Payout", "payout_id"),
            expected_version=expected_version,
        )

    @mutation("BankEntryUnmatchResult", BankEntry, policy=MANAGE)
    async def bank_entry_unmatch(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The bank entry.")],
        expected_version: ExpectedVersion = None,
    ) -> models.BankEntry:
        """Undo the match of a bank entry with orders or a payout. Its payments are REVERSED, their orders are
        due again, and the entry is open with the problem UNMATCHED. It is refused if a payment was
        refunded."""
        return await unmatching.unmatch(
            info.context.actor, row_id(id, "BankEntry", "id"), expected_version=expected_version
        )

    @mutation("BankEntryCloseResult", BankEntry, policy=MANAGE)
    async def bank_entry_close(
        self,
        info: strawberry.Info,
        input: Annotated[BankEntryCloseInput, arg("The entry.")],
        expected_version: ExpectedVersion = None,
    ) -> models.BankEntry:
        """Close an open bank entry whose amount, or the rest of it, belongs to no order: a fee, a transfer,
        money paid out."""
        return await closing.close(
            info.context.actor,
            row_id(input.id, "BankEntry", "id"),
            input.note,
            expected_version=expected_version,
        )

    @mutation("BankEntryReopenResult", BankEntry, policy=MANAGE)
    async def bank_entry_reopen(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The bank entry.")],
        expected_version: ExpectedVersion = None,
    ) -> models.BankEntry:
        """Reopen a closed bank entry."""
        return await closing.reopen(
            info.context.actor, row_id(id, "BankEntry", "id"), expected_version=expected_version
        )


def _amount(given: MoneyInput | None, index: int) -> Money | None:
    if given is None:
        return None
    return Money.of(given.amount, given.currency.upper(), "orders", str(index), "amount", "amount")
