"""Mutations of refunds by bank transfer."""

from datetime import date
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.bank import transfer_models
from app.bank.schema.mutations import LONGEST_FILE
from app.bank.schema.transfers import BankAccount, BankTransfer, BankTransferFile, BankTransferStatusImport
from app.bank.schema.types import MANAGE
from app.bank.service import accounts, transfer_files, transfer_outcomes, transfers
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money
from app.core.spelling import as_written, parsed
from app.payments.refusals import AmountTooLarge


@strawberry.input(
    description="Input for creating or updating a bank account of the company. Omitted fields keep their "
    "values; a new account needs a name."
)
class BankAccountSetInput:
    iban: str = doc(
        "IBAN of the account, with or without spaces. It identifies the account.", spelling=parsed
    )
    name: str | None = doc("Name of the account holder, up to 70 characters.", default=strawberry.UNSET)
    bic: str | None = doc(
        "BIC of the bank, if the bank asks for it; null removes it.",
        default=strawberry.UNSET,
        spelling=as_written,
    )
    is_active: bool | None = doc(
        "Whether files can be created for it; true for a new account.", default=strawberry.UNSET
    )


@strawberry.input(description="Input for a refund by bank transfer.")
class BankTransferCreateInput:
    payment_id: strawberry.ID = doc("The payment: one that was received outside of gateways.")
    amount: MoneyInput = doc("Amount in the currency of the order, which must be EUR.")
    iban: str | None = doc(
        "IBAN of the buyer; defaults to the account from which the payment was received, if bank statements "
        "show that all of it came from there.",
        default=None,
        spelling=parsed,
    )
    account_holder: str | None = doc(
        "Name of the holder of the account, up to 70 characters; required with `iban`.",
        default=None,
        spelling=as_written,
    )
    note: Text = doc("Internal staff note, up to 500 characters.", default="")


@strawberry.input(description="Input for cancelling a refund by bank transfer.")
class BankTransferCancelInput:
    id: strawberry.ID = doc("The transfer.")
    reason: str = doc("Why, up to 200 characters; shown as the `problem` of the refund.")


@strawberry.input(description="Input for a file with refunds by bank transfer.")
class BankTransferFileCreateInput:
    account_id: strawberry.ID = doc("The account of the company that pays.")
    transfer_ids: list[strawberry.ID] | None = doc(
        "The transfers; defaults to the oldest that are WAITING, up to 1,000.",
        default=None,
        most=transfer_files.MOST_TRANSFERS,
    )
    executes_on: date | None = doc(
        "Day of execution, up to 60 days ahead; defaults to today in the time zone of the company.",
        default=None,
    )


@strawberry.input(description="Input for importing a file with rejections.")
class BankTransferStatusImportInput:
    bank_file: str = doc(
        "Content of the file: a pain.002 message of ISO 20022, in any version.",
        longest=LONGEST_FILE,
        spelling=parsed,
    )


@strawberry.type
class BankTransferMutation:
    @mutation("BankAccountSetResult", BankAccount, policy=MANAGE)
    async def bank_account_set(
        self,
        info: strawberry.Info,
        input: Annotated[BankAccountSetInput, arg("The account.")],
        expected_version: ExpectedVersion = None,
    ) -> transfer_models.BankAccount:
        """Create a bank account of the company, or update the given fields of the one with this IBAN."""
        changes = changes_of(input, nullable=("bic",), besides=("iban",))
        return await accounts.set_account(
            info.context.actor, input.iban, changes, expected_version=expected_version
        )

    @mutation(
        "BankTransferCreateResult",
        BankTransfer,
        policy=needs(Permission.PAYMENTS_REFUND, everywhere=True),
        refuses=(AmountTooLarge,),
        once=transfer_models.BankTransfer,
    )
    async def bank_transfer_create(
        self, info: strawberry.Info, input: Annotated[BankTransferCreateInput, arg("The refund.")]
    ) -> Effect:
        """Refund a payment by bank transfer. The refund is PENDING until the bank has executed it; the amount
        cannot be refunded otherwise meanwhile. Put it into a file with `bankTransferFileCreate`."""
        payment_id = row_id(input.payment_id, "Payment", "payment_id")
        amount = Money.of(input.amount.amount, input.amount.currency.upper(), "amount", "amount")
        return lambda uow: transfers.create(
            uow,
            payment_id,
            amount,
            iban=input.iban,
            account_holder=input.account_holder,
            note=input.note,
        )

    @mutation("BankTransferCancelResult", BankTransfer, policy=MANAGE)
    async def bank_transfer_cancel(
        self,
        info: strawberry.Info,
        input: Annotated[BankTransferCancelInput, arg("The transfer.")],
        expected_version: ExpectedVersion = None,
    ) -> transfer_models.BankTransfer:
        """Cancel a transfer that is in no file, or record that the bank will not execute one that it has. The
        refund is FAILED, and the amount can be refunded again."""
        return await transfers.cancel(
            info.context.actor,
            row_id(input.id, "BankTransfer", "id"),
            input.reason,
            expected_version=expected_version,
        )

    @mutation(
        "BankTransferFileCreateResult",
        BankTransferFile,
        policy=MANAGE,
        once=transfer_models.BankTransferFile,
    )
    async def bank_transfer_file_create(
        self, info: strawberry.Info, input: Annotated[BankTransferFileCreateInput, arg("The file.")]
    ) -> Effect:
        """Create a file for the bank with transfers that wait (pain.001). A transfer is in one file only,
        unless that is cancelled. Download it at its `downloadPath`."""
        account_id = row_id(input.account_id, "BankAccount", "account_id")
        ids = (
            None
            if input.transfer_ids is None
            else [
                row_id(each, "BankTransfer", "transfer_ids", str(index))
                for index, each in enumerate(input.transfer_ids)
            ]
        )
        return lambda uow: transfer_files.create(
            uow, account_id, transfer_ids=ids, executes_on=input.executes_on
        )

    @mutation("BankTransferFileMarkSentResult", BankTransferFile, policy=MANAGE)
    async def bank_transfer_file_mark_sent(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The file.")],
        expected_version: ExpectedVersion = None,
    ) -> transfer_models.BankTransferFile:
        """Record that the bank has a file. It cannot be cancelled any more."""
        return await transfer_files.mark_sent(
            info.context.actor, row_id(id, "BankTransferFile", "id"), expected_version=expected_version
        )

    @mutation("BankTransferFileCancelResult", BankTransferFile, policy=MANAGE)
    async def bank_transfer_file_cancel(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The file.")],
        expected_version: ExpectedVersion = None,
    ) -> transfer_models.BankTransferFile:
        """Cancel a file that the bank does not have. Its transfers wait for another file, and it cannot be
        downloaded any more. Copies must not be sent to the bank."""
        return await transfer_files.cancel(
            info.context.actor, row_id(id, "BankTransferFile", "id"), expected_version=expected_version
        )

    @mutation("BankTransferStatusImportResult", BankTransferStatusImport, policy=MANAGE)
    async def bank_transfer_status_import(
        self, info: strawberry.Info, input: Annotated[BankTransferStatusImportInput, arg("The file.")]
    ) -> BankTransferStatusImport:
        """Import what the bank says about a file with transfers (pain.002). Rejected transfers are REJECTED,
        and their amounts can be refunded again. Executed ones are known from the statement. Importing a file
        again changes nothing."""
        found = await transfer_outcomes.import_rejections(info.context.actor, input.bank_file)
        return BankTransferStatusImport(
            rejected=found.rejected,  # type: ignore[arg-type]  # rows, read as the type
            known_count=found.known,
            conflict_count=found.conflicts,
            unknown_count=found.unknown,
        )
