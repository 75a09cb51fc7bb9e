"""Recording payments that were received outside the system."""

from datetime import datetime, timedelta
from uuid import UUID

from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.orders.amounts import due
from app.orders.models import Order
from app.payments import queries
from app.payments.lifecycle import PaymentKind
from app.payments.models import Payment, PaymentTransaction
from app.payments.refusals import AmountTooLarge
from app.payments.service.checking import locked_order, refuse_bad_input, refuse_known
from app.payments.service.moving import MANUAL, new_payment, new_transaction, receive

_AHEAD = timedelta(minutes=5)  # tolerance for clocks that are ahead


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
    order = await locked_order(uow, order_id, expected_version)
    refuse_bad_input(order, amount, reference, note)
    if received_at is not None and received_at > uow.at + _AHEAD:
        raise Invalid(
            "The time of receipt must not be in the future.", "received_at", code=ProblemCode.IN_THE_FUTURE
        )
    await refuse_known(order, PaymentKind.CAPTURE, reference)
    left = due(order)
    if amount.minor > left and not accept_overpayment:
        raise AmountTooLarge.above_due(Money(left, order.currency))
    payment = await _outside_payment(uow, order)
    row = new_transaction(
        uow, payment, PaymentKind.CAPTURE, amount.minor, reference=reference, note=note, at=received_at
    )
    await receive(uow, order, payment, row)
    return row


async def _outside_payment(uow: UnitOfWork, order: Order) -> Payment:
    """The payment of a locked order to which all money without an authorization belongs."""
    known = await queries.locked_of(order.id)
    for payment in known:
        if payment.gateway == MANUAL and payment.reference is None:
            return payment
    return new_payment(uow, order, len(known) + 1, gateway=MANUAL)
