"""Refunds: from one payment, or distributed over the payments of an order."""

from collections.abc import Sequence
from uuid import UUID

from app.channels import queries as channels
from app.channels.lifecycle import RefundOrder
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.money import Money
from app.core.refusals import NotFound
from app.core.uow import UnitOfWork, command, transact
from app.orders.models import Order
from app.payments import queries
from app.payments.conditions import disputed_until, refuse_refund
from app.payments.lifecycle import PaymentKind
from app.payments.models import Dispute, Payment, PaymentTransaction
from app.payments.refusals import AmountTooLarge
from app.payments.rules import Tender
from app.payments.service.checking import (
    REFUND,
    locked_order,
    refuse_bad_input,
    refuse_known,
    refuse_own_reference,
)
from app.payments.service.limiting import refuse_above_limit
from app.payments.service.moving import new_transaction, perform, request
from app.payments.splitting import split_credit_first, split_last_first, split_refund


class _Previewed(Exception):
    def __init__(self, found: PaymentTransaction) -> None:
        super().__init__()
        self.found = found


@command
async def refund(
    uow: UnitOfWork,
    order_id: UUID,
    amount: Money,
    *,
    payment_id: UUID | None = None,
    refund_order: RefundOrder | None = None,
    reference: str | None = None,
    note: str = "",
    expected_version: int | None = None,
    is_for_gift_cards: bool = False,
    is_by_bank: bool = False,
) -> PaymentTransaction:
    """Refund a payment, or distribute a refund over all of the order.

    The gateway of a payment is asked to make it; without one it is recorded as made outside the system, or,
    with `is_by_bank`, as pending until `settling_by_bank` records what the bank has done.

    Money for gift cards that the order has bought is refunded by `refund_gift_cards` only, which sets
    `is_for_gift_cards`.

    Without `refund_order`, that of the order's channel applies. What was paid with a gift card or store
    credit is returned there.

    Returns the transaction of the first payment that gives money back; it lists all `parts`.

    Raises:
        NotFound, StaleVersion.
        Invalid: no amount, another currency or a text that is too long; a draft; a payment of which nothing
            is captured.
        AlreadyExists: a refund of the order has this reference already.
        IllegalTransition: the payment has nothing to refund.
        AmountTooLarge: it exceeds the amount received less earlier refunds and what was paid for gift cards,
            or what the actor may still refund of the order.
    """
    order = await locked_order(uow, order_id, expected_version, right=REFUND)
    refuse_bad_input(order, amount, reference, note)
    await refuse_known(order, PaymentKind.REFUND, reference)
    payments = await queries.locked_of(order.id)
    if not is_for_gift_cards:
        await _refuse_money_for_gift_cards(order, payments, amount)
    if payment_id is not None:
        payments = [each for each in payments if each.id == payment_id]
        if not payments:
            raise NotFound.of("payment", "payment_id")
        refuse_refund(payments[0], await _open_disputes(payments))
    _refuse_too_much(payments, amount, await _open_disputes(payments))
    limits = await refuse_above_limit(uow, order, amount, "gift_card_ids" if is_for_gift_cards else "amount")
    captures = await queries.captures_of(order.id)
    if is_for_gift_cards:
        shares = _shares_for_gift_cards(payments, captures, amount)
    else:
        shares = _shares(payments, captures, amount, refund_order or await _refund_order_of(order, payments))
    for payment, _ in shares:
        refuse_own_reference(payment, reference)
    steps = _steps(uow, shares, reference, note, is_credit=is_for_gift_cards)
    for _, row in steps:
        row.refunded_by_id = limits.staff_id
    await (request(uow, steps, is_called=False) if is_by_bank else perform(uow, order, steps))
    rows = [row for _, row in steps]
    rows[0].known_parts = rows
    return rows[0]


async def _open_disputes(payments: Sequence[Payment]) -> list[Dispute]:
    """The open disputes of payments, without inquiries."""
    ids = [each.id for each in payments if each.disputed_minor]
    found = await queries.disputes_by_payment(ids) if ids else []
    return [each for own in found for each in own if each.blocked_minor]


def _refuse_too_much(payments: Sequence[Payment], amount: Money, open_disputes: Sequence[Dispute]) -> None:
    """Raise AmountTooLarge if the payments together cannot give back an amount."""
    most = Money(sum(Tender.of(each).refundable_minor for each in payments), amount.currency)
    if amount.minor <= most.minor:
        return
    if open_disputes:
        raise AmountTooLarge.while_disputed(most, disputed_until(open_disputes))
    raise AmountTooLarge.above_paid(most)


def _steps(
    uow: UnitOfWork,
    shares: Sequence[tuple[Payment, int]],
    reference: str | None,
    note: str,
    *,
    is_credit: bool,
) -> list[tuple[Payment, PaymentTransaction]]:
    """The transactions of a refund, which share an id if there are several."""
    refund_id = new_id() if len(shares) > 1 else None
    steps = []
    for payment, part in shares:
        row = new_transaction(
            uow,
            payment,
            PaymentKind.REFUND,
            part,
            reference=reference,
            note=note,
            refund_id=refund_id,
            is_credit=is_credit,
        )
        steps.append((payment, row))
    return steps


async def _refund_order_of(order: Order, payments: Sequence[Payment]) -> RefundOrder:
    """The refund order of an order's channel, if there is more than one payment."""
    if len(payments) < 2:
        return RefundOrder.LAST_FIRST
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    chosen: RefundOrder = channel.refund_order
    return chosen


def _shares(
    payments: Sequence[Payment], captures: Sequence[PaymentTransaction], amount: Money, order: RefundOrder
) -> list[tuple[Payment, int]]:
    """The part that each payment gives back, without payments that give nothing."""
    refundable = [Tender.of(each).refundable_minor for each in payments]
    if order is RefundOrder.PROPORTIONAL:
        parts = split_refund(amount.minor, refundable, order)
    else:
        received = [(row.payment_id, row.amount_minor) for row in captures]
        left = {payment.id: most for payment, most in zip(payments, refundable, strict=True)}
        credit = {each.id for each in payments if each.stored_value_id is not None}
        by_payment = (
            split_credit_first(amount.minor, received, left, credit)
            if order is RefundOrder.CREDIT_FIRST
            else split_last_first(amount.minor, received, left)
        )
        parts = [by_payment.get(payment.id, 0) for payment in payments]
    return [(payment, part) for payment, part in zip(payments, parts, strict=True) if part]


async def _refuse_money_for_gift_cards(order: Order, payments: Sequence[Payment], amount: Money) -> None:
    """Raise AmountTooLarge if a refund would pay out what the order has paid for gift cards."""
    kept = await queries.kept_for_gift_cards(order.id)
    most = sum(Tender.of(each).refundable_minor for each in payments) - kept
    if kept and amount.minor > most:
        currency = order.currency
        raise AmountTooLarge.for_gift_cards(Money(max(0, most), currency), Money(kept, currency))


def _shares_for_gift_cards(
    payments: Sequence[Payment], captures: Sequence[PaymentTransaction], amount: Money
) -> list[tuple[Payment, int]]:
    """The part that each payment gives back for gift cards: those with stored value, which did not pay for
    them, last."""
    left = {each.id: Tender.of(each).refundable_minor for each in payments}
    received = [(row.payment_id, row.amount_minor) for row in captures]
    first = {each.id for each in payments if each.stored_value_id is None}
    parts = split_credit_first(amount.minor, received, left, first)
    return [(each, parts[each.id]) for each in payments if parts.get(each.id)]


async def preview_refund(
    actor: Actor,
    order_id: UUID,
    amount: Money,
    *,
    payment_id: UUID | None = None,
    refund_order: RefundOrder | None = None,
    reference: str | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> PaymentTransaction:
    """The exact result of `refund`: it is executed and rolled back.

    Raises:
        What `refund` raises.
    """

    async def look(uow: UnitOfWork) -> None:
        found = await refund(
            uow,
            order_id,
            amount,
            payment_id=payment_id,
            refund_order=refund_order,
            reference=reference,
            note=note,
            expected_version=expected_version,
        )
        raise _Previewed(found)

    try:
        await transact(actor, look)
    except _Previewed as seen:
        return seen.found
    raise AssertionError("ends a preview")
