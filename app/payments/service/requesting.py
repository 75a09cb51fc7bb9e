"""Requests to payment gateways: stored as pending transactions, which `calling` sends."""

from uuid import UUID

from app.core.database import update_each
from app.core.uow import UnitOfWork
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order
from app.payments import queries, reconciling, rules
from app.payments.lifecycle import PaymentKind
from app.payments.models import Payment, PaymentTransaction
from app.payments.rules import Tender
from app.payments.service.moving import new_transaction, request

ENDED = (OrderStatus.CANCELLED, OrderStatus.EXPIRED)
CANCELLED = "The order is cancelled."


async def request_void(uow: UnitOfWork, payment: Payment, amount: int, note: str = "") -> PaymentTransaction:
    """Request the end of a locked payment's authorization; nothing can be captured from now on."""
    payment.is_unwanted = True
    row = new_transaction(uow, payment, PaymentKind.VOID, amount, note=note)
    await request(uow, [(payment, row)])
    return row


async def cancel_authorization(uow: UnitOfWork, payment: Payment) -> PaymentTransaction:
    """Have the pending authorization of a locked payment cancelled."""
    rows = await queries.locked_transactions(payment.id)
    row = reconciling.waiting(rows, PaymentKind.AUTHORIZE)
    assert row is not None
    payment.is_unwanted = True
    payment.version, payment.updated_at, row.next_at = payment.version + 1, uow.at, uow.at
    await update_each([payment], "is_unwanted", "version", "updated_at")
    await update_each([row], "next_at")
    return row


async def give_back(uow: UnitOfWork, order: Order, payment: Payment) -> None:
    """Request the voids and refunds that return the money of a locked payment that is not needed any more.

    An open authorization is voided; for an order that has ended, what was captured is refunded.
    """
    tender = Tender.of(payment)
    has_ended = order.status in ENDED
    note = CANCELLED if has_ended else ""
    if tender.authorized_pending_minor:
        await cancel_authorization(uow, payment)
    elif not await is_voiding(payment.id) and (rest := rules.voidable(tender)):
        await request_void(uow, payment, rest, note)
    if has_ended and Tender.of(payment).refundable_minor > 0:
        amount = Tender.of(payment).refundable_minor
        await request(uow, [(payment, new_transaction(uow, payment, PaymentKind.REFUND, amount, note=note))])


async def is_voiding(payment_id: UUID) -> bool:
    rows = await queries.locked_transactions(payment_id)
    return reconciling.waiting(rows, PaymentKind.VOID) is not None
