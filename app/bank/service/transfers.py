"""Refunds by bank transfer: asked for, and cancelled."""

from dataclasses import dataclass
from uuid import UUID

from app.access import sealing
from app.bank import queries, sepa
from app.bank.lifecycle import BankTransferFileStatus, BankTransferStatus
from app.bank.service.accounts import checked_name
from app.bank.transfer_models import BankTransfer
from app.core.database import insert
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound
from app.core.texts import checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.payments import queries as payments
from app.payments.lifecycle import TransactionStatus
from app.payments.models import Payment
from app.payments.service import refunding, settling_by_bank

T = BankTransferStatus
LONGEST_REASON = 200  # characters
CANCELLED = "cancelled"  # the code of a refund that was cancelled


@dataclass(frozen=True, slots=True)
class Payee:
    """Who gets the money."""

    iban: str
    name: str


@command
async def create(
    uow: UnitOfWork,
    payment_id: UUID,
    amount: Money,
    *,
    iban: str | None = None,
    account_holder: str | None = None,
    note: str = "",
) -> BankTransfer:
    """Ask for a refund of a payment by bank transfer. Without an IBAN, it goes to the account that paid
    all of it.

    Raises:
        NotFound. Invalid: see `refunding.refund`; another currency than euros; the payment was made by a
            gateway or with stored value; the IBAN is wrong, or missing and not known.
        AmountTooLarge, IllegalTransition: see `refunding.refund`.
    """
    (payment,) = await payments.by_id([payment_id])
    if payment is None:
        raise NotFound.of("payment", "payment_id")
    _refuse_others(payment, amount)
    payee = await _payee(payment, iban, account_holder)
    refund = await refunding.refund(
        uow, payment.order_id, amount, payment_id=payment.id, note=note, is_by_bank=True
    )
    row = BankTransfer(
        id=new_id(),
        transaction_id=refund.id,
        status=T.WAITING,
        end_to_end_id=sepa.lettered(refund.id),
        creditor=sealing.seal({"iban": payee.iban}),
        masked_iban=sepa.masked(payee.iban),
        account_holder=payee.name,
        amount_minor=amount.minor,
        currency=amount.currency,
        created_by=uow.actor.name,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([row])
    return row


def _refuse_others(payment: Payment, amount: Money) -> None:
    if payment.account_id is not None or payment.stored_value_id is not None:
        raise Invalid(
            "This payment was made by a payment gateway, a gift card or store credit. Refund it there "
            "(paymentRefund).",
            "payment_id",
            code=ProblemCode.WRONG_KIND,
        )
    if amount.currency != sepa.CURRENCY:
        raise Invalid(
            f"SEPA transfers are in {sepa.CURRENCY}. Make this transfer at the bank, and record it "
            "(paymentRefund).",
            "amount",
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=sepa.CURRENCY,
        )
    if amount.minor > sepa.LARGEST_MINOR:
        most = Money(sepa.LARGEST_MINOR, sepa.CURRENCY)
        raise Invalid(
            f"A SEPA transfer is at most {most}.",
            "amount",
            "amount",
            code=ProblemCode.TOO_LARGE,
            maximum_amount=most,
        )


async def _payee(payment: Payment, iban: str | None, name: str | None) -> Payee:
    if iban is not None:
        number = sepa.checked_iban(iban, "iban")
        if name is None:
            raise Invalid("Enter the holder of the account.", "account_holder", code=ProblemCode.REQUIRED)
        return Payee(number, checked_name(name, "account_holder"))
    known = await queries.payers_of(payment.id)
    if len(known) != 1 or not sepa.is_iban(known[0][0]):
        is_shared = len(known) > 1
        why = "it was not paid from one account alone" if is_shared else "the account that paid is not known"
        raise Invalid(f"Enter the IBAN of the buyer: {why}.", "iban", code=ProblemCode.REQUIRED)
    ((number, holder),) = known
    text = name if name is not None else holder[: sepa.LONGEST_NAME]
    return Payee(number, checked_name(text, "account_holder"))


@command
async def cancel(
    uow: UnitOfWork, transfer_id: UUID, reason: str, *, expected_version: int | None = None
) -> BankTransfer:
    """Cancel a transfer that is in no file; or record that the bank will not execute one of a file that it
    has. The amount can be refunded again.

    Raises:
        NotFound, StaleVersion. Invalid: the reason is empty or too long; the bank has executed it, or it has
            ended; it is in a file that can still be cancelled.
    """
    text = checked_note(reason.strip(), "reason", longest=LONGEST_REASON)
    if not text:
        raise Invalid("Enter why it is cancelled.", "reason", code=ProblemCode.REQUIRED)
    row = await queries.locked_transfer(transfer_id)
    refuse_stale(row, expected_version)
    await _refuse_cancel(row)
    ended = T.CANCELLED if row.status is T.WAITING else T.REJECTED
    await settling_by_bank.settle(
        uow, row.transaction_id, TransactionStatus.FAILED, code=CANCELLED, message=text
    )
    await write_changes(row, {"status": ended, "reason": text}, uow.at)
    return row


async def _refuse_cancel(row: BankTransfer) -> None:
    if row.status not in (T.WAITING, T.FILED):
        raise Invalid(
            f"The transfer is {row.status.value}. Only one that is waiting or filed can be cancelled.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if row.status is T.FILED:
        (file,) = await queries.transfer_files_by_id([row.file_id])
        if file is not None and file.status is BankTransferFileStatus.CREATED:
            raise Invalid(
                "The transfer is in a file that was not sent yet. Cancel the file first "
                "(bankTransferFileCancel).",
                "id",
                code=ProblemCode.NOT_POSSIBLE_NOW,
            )
