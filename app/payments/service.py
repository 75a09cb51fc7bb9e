"""Recording payments and refunds."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import insert
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.conditions import Right
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order
from app.orders.service import paying
from app.payments import queries
from app.payments.events import PaymentRecorded, PaymentRefunded
from app.payments.lifecycle import PaymentKind
from app.payments.models import PaymentTransaction
from app.payments.refusals import AmountTooLarge

MANUAL = "manual"
LONGEST_REFERENCE = 120
_AHEAD = timedelta(minutes=5)  # tolerance for clocks that are ahead
_UNSOLD = (OrderStatus.DRAFT, OrderStatus.EXPIRED)


@command
async def record(
    uow: UnitOfWork,
    order_id: UUID,
    amount: Money,
    *,
    reference: str | None = None,
    note: str = "",
    received_at: datetime | None = None,
    accept_overpayment: bool = False,
    expected_version: int | None = None,
) -> PaymentTransaction:
    """Record a payment received outside the system: by bank transfer, in cash, by cheque.

    When the order is fully paid, work that waited for the payment continues, and its stock gets precedence
    over unpaid orders.

    Raises:
        NotFound, StaleVersion.
        Invalid: no amount, another currency, a text that is too long, a time in the future; a draft.
        AlreadyExists: a payment of the order has this reference already.
        AmountTooLarge: it exceeds the amount due, and overpayment was not accepted.
    """
    order = await _locked(uow, order_id, expected_version)
    _check(order, amount, reference, note)
    if received_at is not None and received_at > uow.at + _AHEAD:
        raise Invalid(
            "The time of receipt must not be in the future.", "received_at", code=ProblemCode.IN_THE_FUTURE
        )
    await _refuse_known(order, PaymentKind.CAPTURE, reference)
    left = due(order)
    if amount.minor > left and not accept_overpayment:
        raise AmountTooLarge.above_due(Money(left, order.currency))
    row = _row(uow, order, PaymentKind.CAPTURE, amount, reference, note, received_at)
    await insert([row])
    uow.announce(PaymentRecorded(**_told(order, row)))
    await paying.record_payment(uow, order, received=amount.minor)
    return row


@command
async def refund(
    uow: UnitOfWork,
    order_id: UUID,
    amount: Money,
    *,
    reference: str | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> PaymentTransaction:
    """Record a refund made outside the system.

    Raises:
        NotFound, StaleVersion.
        Invalid: no amount, another currency or a text that is too long; a draft.
        AlreadyExists: a refund of the order has this reference already.
        AmountTooLarge: it exceeds the amount received less earlier refunds.
    """
    order = await _locked(uow, order_id, expected_version)
    _check(order, amount, reference, note)
    await _refuse_known(order, PaymentKind.REFUND, reference)
    if amount.minor > order.paid_minor:
        raise AmountTooLarge.above_paid(Money(order.paid_minor, order.currency))
    row = _row(uow, order, PaymentKind.REFUND, amount, reference, note, None)
    await insert([row])
    uow.announce(PaymentRefunded(**_told(order, row)))
    await paying.record_payment(uow, order, given_back=amount.minor)
    return row


async def _locked(uow: UnitOfWork, order_id: UUID, expected_version: int | None) -> Order:
    order = await orders.locked(uow.actor, order_id, Right(Permission.PAYMENTS_MANAGE), "order_id")
    refuse_stale(order, expected_version)
    if order.status in _UNSOLD:
        raise Invalid(
            "Payments cannot be recorded for a draft. Place the order first.",
            "order_id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    return order


def _check(order: Order, amount: Money, reference: str | None, note: str) -> None:
    problems = Problems()
    if amount.currency != order.currency:
        problems.add(
            f"The amount must be in {order.currency}.",
            "amount",
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=order.currency,
        )
    if amount.minor <= 0:
        problems.add(
            "The amount must be greater than 0.",
            "amount",
            "amount",
            code=ProblemCode.TOO_SMALL,
            minimum=0,
        )
    with problems.caught():
        checked_note(note, "note", longest=LONGEST_REMARK)
    if reference is not None and not 1 <= len(reference.strip()) <= LONGEST_REFERENCE:
        problems.add(
            (f"The reference must have 1 to {LONGEST_REFERENCE} characters. Omit it if there is none."),
            "reference",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=LONGEST_REFERENCE,
        )
    problems.refuse()


async def _refuse_known(order: Order, kind: PaymentKind, reference: str | None) -> None:
    if reference is not None and await queries.is_known(order.id, kind, reference.strip()):
        raise AlreadyExists(
            "A transaction with this reference is already recorded for the order.", "reference"
        )


def _row(
    uow: UnitOfWork,
    order: Order,
    kind: PaymentKind,
    amount: Money,
    reference: str | None,
    note: str,
    at: datetime | None,
) -> PaymentTransaction:
    return PaymentTransaction(
        id=new_id(),
        order_id=order.id,
        kind=kind,
        gateway=MANUAL,
        amount_minor=amount.minor,
        currency=amount.currency,
        reference=reference.strip() if reference else None,
        note=note,
        recorded_by=uow.actor.name,
        at=at or uow.at,
        created_at=uow.at,
    )


def _told(order: Order, row: PaymentTransaction) -> dict[str, Any]:
    return {
        "subject_id": order.id,
        "channel_id": order.channel_id,
        "transaction_id": str(row.id),
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "gateway": row.gateway,
    }
