"""Payments with gift cards and store credit: the rows of what was spent, and what is returned."""

from collections.abc import Sequence
from uuid import UUID

from app.channels.lifecycle import RefundOrder
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.gift_cards import payable_with_stored_value, refuse_stored_value
from app.orders.models import Order
from app.payments import queries, rules
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import Payment, PaymentTransaction
from app.payments.refusals import AmountTooLarge
from app.payments.rules import Tender
from app.payments.service.checking import locked_order, refuse_bad_input
from app.payments.service.gift_cards import paid_with_stored_value
from app.payments.service.moving import (
    announce,
    do_at_once,
    new_payment,
    new_transaction,
    receive,
    write_tender,
)
from app.payments.splitting import split_refund
from app.stored_value import spending
from app.stored_value.spending import Spent, Tenders

CANCELLED = "The order was cancelled."


def add_placed(uow: UnitOfWork, order: Order, spent: Sequence[Spent]) -> None:
    """Add the payments of an order that is being placed, to be inserted with it. Its own amounts have been
    set."""
    payments, rows = [], []
    for position, each in enumerate(spent, 1):
        payment, row = _captured(uow, order, position, each)
        write_tender(uow, payment, rules.received(Tender(), each.amount_minor))
        row.status = TransactionStatus.SUCCEEDED
        announce(uow, order, row)
        payments.append(payment)
        rows.append(row)
    uow.add(payments)
    uow.add(rows)
    uow.book(rows)


def _captured(
    uow: UnitOfWork, order: Order, position: int, spent: Spent, note: str = ""
) -> tuple[Payment, PaymentTransaction]:
    payment = new_payment(uow, order, position, gateway=spent.gateway, stored_value_id=spent.account.id)
    row = new_transaction(uow, payment, PaymentKind.CAPTURE, spent.amount_minor, note=note)
    row.id = spent.transaction_id
    return payment, row


@command
async def apply(
    uow: UnitOfWork,
    order_id: UUID,
    *,
    code: str | None = None,
    amount: Money | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> Order:
    """Pay for an open order with a gift card or, without a code, with the store credit of its customer:
    without an amount, all that is due and not authorized.

    Raises:
        NotFound, StaleVersion.
        Invalid, ValidationFailed: it would pay for gift cards; an amount in another currency, a note that is
            too long; a draft; the gift
            card cannot pay for the order; the order has no customer with store credit.
        AmountTooLarge: more than is due, or than is left on the card or of the credit.
    """
    order = await locked_order(uow, order_id, expected_version)
    refuse_bad_input(order, amount, None, note)
    owed = due(order)
    wanted = amount.minor if amount is not None else owed - order.authorized_minor
    if wanted <= 0 or wanted > owed:
        raise AmountTooLarge.above_due_for_stored_value(Money(max(0, owed), order.currency))
    if code is None and order.customer_id is None:
        raise Invalid("The order has no customer.", "order_id", code=ProblemCode.NOT_APPLICABLE)
    credit_of = order.customer_id if code is None else None
    tenders = Tenders([] if code is None else [code], credit_of, ("gift_card_code",))
    known = await queries.locked_of(order.id)
    most = payable_with_stored_value(order, await orders.lines(order.id)) - paid_with_stored_value(known)
    if most < (wanted if amount is not None else 1):
        raise refuse_stored_value(["amount" if amount is not None else "order_id"])
    wanted = min(wanted, most)
    spent = await spending.spend(uow, order.id, order.currency, wanted, tenders)
    found = sum(each.amount_minor for each in spent)
    if not found or (amount is not None and found < amount.minor):
        raise AmountTooLarge.above_stored_value(Money(found, order.currency))
    for position, each in enumerate(spent, len(known) + 1):
        payment, row = _captured(uow, order, position, each, note)
        await receive(uow, order, payment, row)
    return order


async def return_cancelled(uow: UnitOfWork, order_id: UUID) -> None:
    """Return what was spent for a cancelled order, up to the amount that is to be refunded. What was returned
    before is not returned again."""
    order = await orders.locked_by_id(order_id)
    assert order is not None
    owed = -due(order)
    if owed <= 0:
        return
    stored = [each for each in await queries.locked_of(order.id) if each.stored_value_id is not None]
    refundable = [Tender.of(each).refundable_minor for each in stored]
    parts = split_refund(min(owed, sum(refundable)), refundable, RefundOrder.LAST_FIRST)
    steps = [
        (payment, new_transaction(uow, payment, PaymentKind.REFUND, part, note=CANCELLED))
        for payment, part in zip(stored, parts, strict=True)
        if part
    ]
    if steps:
        await do_at_once(uow, order, steps)
