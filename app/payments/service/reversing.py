"""Payments received outside of the system that a bank takes back, or that were matched by mistake."""

from uuid import UUID

from app.access.permissions import Permission
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.orders import queries as orders
from app.orders.conditions import Right
from app.orders.models import Order
from app.payments import queries
from app.payments.conditions import refuse_reverse
from app.payments.models import Payment, PaymentTransaction
from app.payments.service import holding
from app.payments.service.moving import take_back

_MANAGE = Right(Permission.PAYMENTS_MANAGE)


@command
async def reverse(uow: UnitOfWork, transaction_id: UUID, reason: str) -> PaymentTransaction:
    """Record that the bank took a payment received back: a returned direct debit, a cheque that was not
    honored.

    The amount is due again, and an order with something left to ship is held until it is paid.

    Raises:
        NotFound. Invalid: the reason is empty or too long; it is not a payment received outside of the
        system, was taken
            back before, or a part of it was refunded or charged back.
    """
    text = checked_note(reason.strip(), "reason", longest=LONGEST_REMARK)
    if not text:
        raise Invalid("Enter why the bank took it back.", "reason", code=ProblemCode.REQUIRED)
    order, payment, row = await _locked(uow, transaction_id)
    refuse_reverse(row, payment)
    row.failure = text
    await take_back(uow, order, payment, row)
    await holding.hold_reversed(uow, order, Money(row.amount_minor, row.currency))
    return row


@command
async def undo_match(uow: UnitOfWork, transaction_id: UUID, reason: str) -> None:
    """Take a payment off an order to which it does not belong. Its reference can be recorded again.

    Raises:
        NotFound.
        Invalid: a part of it was refunded or charged back.
    """
    order, payment, row = await _locked(uow, transaction_id)
    refuse_reverse(row, payment)
    row.reference, row.failure = None, reason
    await take_back(uow, order, payment, row)


async def _locked(uow: UnitOfWork, transaction_id: UUID) -> tuple[Order, Payment, PaymentTransaction]:
    """A transaction with its order and payment, locked in the sequence of all commands."""
    known = await queries.transaction(transaction_id)
    if known is None:
        raise NotFound.of("payment transaction", "transaction_id")
    try:
        order = await orders.locked(uow.actor, known.order_id, _MANAGE, "transaction_id")
    except NotFound as error:
        raise NotFound.of("payment transaction", "transaction_id") from error
    payment = next(each for each in await queries.locked_of(order.id) if each.id == known.payment_id)
    rows = await queries.locked_transactions(payment.id)
    return order, payment, next(each for each in rows if each.id == transaction_id)
