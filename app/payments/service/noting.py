"""Notes the progress of transactions that wait for a gateway."""

from datetime import timedelta

from app.core.characters import harmless_line
from app.core.database import Change as DbChange
from app.core.database import update_each, update_where, write_together
from app.core.uow import UnitOfWork, command
from app.orders import queries as orders
from app.orders.models import Order
from app.payments import queries
from app.payments.gateways.protocol import GatewayRefuses, Prepared
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import GatewayMessage, Payment, PaymentTransaction
from app.payments.reconciling import Change
from app.payments.rules import Tender, followed
from app.payments.service import capturing, holding
from app.payments.service.disputing import charge_excess
from app.payments.service.moving import follow

NO_ANSWER, CONFLICT = "no_answer", "conflict"
LONGEST_CODE, LONGEST_MESSAGE = 60, 500
DELAYS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
GIVEN_UP_AFTER = timedelta(days=7)


async def _locked(known: PaymentTransaction) -> tuple[Order, Payment, PaymentTransaction]:
    """A transaction with its order and payment, locked in the sequence of all commands."""
    order = await orders.locked_by_id(known.order_id)
    assert order is not None
    payment = next(each for each in await queries.locked_of(order.id) if each.id == known.payment_id)
    rows = await queries.locked_transactions(payment.id)
    return order, payment, next(each for each in rows if each.id == known.id)


@command
async def note_prepared(uow: UnitOfWork, known: PaymentTransaction, prepared: Prepared) -> bool:
    """Store the gateway's reference of a payment and what the buyer has to do; return whether the
    authorization is still wanted.

    Messages about the reference that arrived before are processed next.
    """
    _, payment, row = await _locked(known)
    payment.reference = prepared.reference
    payment.client_action = prepared.action.to_json() if prepared.action else None
    payment.version, payment.updated_at = payment.version + 1, uow.at
    goes_on = not payment.is_unwanted and prepared.action is None
    if goes_on:
        row.asked_at = uow.at
    written = DbChange([payment], ("reference", "client_action", "version", "updated_at"))
    await write_together((), [written, DbChange([row] if goes_on else [], ("asked_at",))])
    await update_where(
        GatewayMessage,
        "next_at = $3",
        "account_id = $1 AND reference = $2 AND done_at IS NULL",
        payment.account_id,
        prepared.reference,
        uow.at,
    )
    return goes_on


@command
async def note_asked(uow: UnitOfWork, known: PaymentTransaction) -> bool:
    """Note that an authorization is sent now; False if it was sent before or is not wanted any more."""
    _, payment, row = await _locked(known)
    if row.asked_at is not None or payment.is_unwanted or row.status is not TransactionStatus.PENDING:
        return False
    row.asked_at = uow.at
    await update_each([row], "asked_at")
    return True


@command
async def note_silence(
    uow: UnitOfWork, known: PaymentTransaction, problem: str, *, code: str = NO_ANSWER
) -> None:
    """The result is unknown: the gateway is asked later."""
    order, payment, row = await _locked(known)
    if row.status is TransactionStatus.PENDING:
        row.failure_code, row.failure = code, harmless_line(problem)[:LONGEST_MESSAGE]
        await _ask_later(uow, order, payment, row)


@command
async def note_waiting(uow: UnitOfWork, known: PaymentTransaction) -> None:
    """The gateway has answered; if it has not decided, it is asked later."""
    order, payment, row = await _locked(known)
    if row.status is TransactionStatus.PENDING:
        if row.failure_code in (NO_ANSWER, CONFLICT):
            row.failure_code = row.failure = ""
        await _ask_later(uow, order, payment, row)


@command
async def note_refusal(uow: UnitOfWork, known: PaymentTransaction, refusal: GatewayRefuses) -> None:
    """A request was refused and has not happened otherwise: the transaction has failed."""
    order, payment, row = await _locked(known)
    if row.status is not TransactionStatus.PENDING:
        return
    if row.kind is PaymentKind.VOID:
        payment.is_unwanted = False
    change = Change(
        row.kind,
        row.amount_minor,
        TransactionStatus.FAILED,
        row,
        code=harmless_line(refusal.code)[:LONGEST_CODE] or "refused",
        message=harmless_line(refusal.message)[:LONGEST_MESSAGE],
        can_retry=refusal.can_retry,
    )
    tender = followed(Tender.of(payment), row.kind, row.amount_minor, row.status, TransactionStatus.FAILED)
    await follow(uow, order, payment, tender, [change])
    if row.kind is PaymentKind.REFUND:
        await charge_excess(uow, order, payment)
    await capturing.go_on(uow, order, payment, [change])


async def _ask_later(uow: UnitOfWork, order: Order, payment: Payment, row: PaymentTransaction) -> None:
    """Set the time of the next call. After a week the order is held, and a page that the buyer did not use is
    closed."""
    is_old = uow.at - row.created_at >= GIVEN_UP_AFTER
    row.next_at = uow.at + DELAYS[min(max(row.attempts, 1), len(DELAYS)) - 1]
    if is_old and payment.client_action is not None and not payment.is_unwanted:
        payment.is_unwanted, payment.version = True, payment.version + 1
        await update_each([payment], "is_unwanted", "version")
    elif is_old:
        row.next_at = None
        if order.status.is_open:
            await holding.hold_unanswered(uow, order, payment)
    await update_each([row], "next_at", "failure_code", "failure")
