"""Captures by the rule of an order. The gateways are called after the commit; see `calling`."""

from collections.abc import Sequence

from app.channels.lifecycle import CaptureRule
from app.core.money import Money
from app.core.uow import UnitOfWork
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order, OrderLine
from app.orders.service.progressing import progressed
from app.payments import capture_rules, queries, reconciling, rules
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import Payment
from app.payments.reconciling import Change
from app.payments.rules import Tender
from app.payments.service import holding, renewing
from app.payments.service.lacking import lacks_capture, rule_of
from app.payments.service.moving import add_to_capture, new_transaction, request
from app.payments.service.requesting import request_void
from app.payments.splitting import split_capture

# Rules that can capture a part of an authorization and leave the rest for later.
_BY_SHIPMENT = (CaptureRule.AT_FIRST_SHIPMENT, CaptureRule.AT_SHIPMENT)
_MOVES = (PaymentKind.AUTHORIZE, PaymentKind.CAPTURE, PaymentKind.VOID)


async def capture_by_rule(
    uow: UnitOfWork,
    order: Order,
    *,
    lines: Sequence[OrderLine] | None = None,
    payments: Sequence[Payment] | None = None,
) -> None:
    """Request the captures of a locked order that its rule asks for. The lines and the locked payments are
    read unless the caller has them.

    Authorizations without a gateway are left out: they were made outside of the system, where they are also
    captured. A payment of which a capture waits for an answer is captured when the answer is there. When
    everything is paid and has left, what is authorized beyond that is released.
    """
    is_completed = order.status is OrderStatus.COMPLETED
    if order.authorized_minor <= 0 or not (order.status.is_open or is_completed):
        return
    rule = await rule_of(order)
    if rule is CaptureRule.BY_HAND:
        return
    lines = lines if lines is not None else await orders.lines(order.id)
    payments = payments if payments is not None else await queries.locked_of(order.id)
    amount = 0 if is_completed else capture_rules.lacking(rule, order, lines, payments)
    amount -= sum(each.captured_pending_minor for each in payments)
    amount = await _add_to_unsent(uow, payments, amount)
    if amount > 0:
        await _capture(uow, rule, lines, payments, amount)
    else:
        await _release_rest(uow, order, lines, payments)


async def _add_to_unsent(uow: UnitOfWork, payments: Sequence[Payment], amount: int) -> int:
    """Add an amount to captures that were not sent to their gateway yet, such as that of another parcel that
    has just left; return the rest. An authorization may permit one capture only."""
    for payment in payments:
        tender = Tender.of(payment)
        if amount <= 0 or not tender.captured_pending_minor or rules.is_expired(tender, uow.at):
            continue
        row = reconciling.waiting(await queries.locked_transactions(payment.id), PaymentKind.CAPTURE)
        part = min(amount, tender.uncaptured_minor)
        if row is not None and not row.attempts and part and not payment.is_unwanted:
            await add_to_capture(uow, payment, row, part)
            amount -= part
    return amount


async def _capture(
    uow: UnitOfWork, rule: CaptureRule, lines: Sequence[OrderLine], payments: Sequence[Payment], amount: int
) -> None:
    found = [each for each in payments if each.account_id is not None and not each.is_unwanted]
    tenders = [Tender.of(each) for each in found]
    most = [rules.capturable(tender, uow.at) for tender in tenders]
    authorized = [min(limit, tender.uncaptured_minor) for limit, tender in zip(most, tenders, strict=True)]
    more = [
        0 if payment.charged_back_minor else limit - each  # no more of a payment that the buyer has disputed
        for payment, limit, each in zip(found, most, authorized, strict=True)
    ]
    # Gift cards of an order whose goods are still to leave are captured with them, if a capture now would end
    # the authorization of the goods.
    waits = rule in _BY_SHIPMENT and capture_rules.is_nothing_shipped(lines)
    note = f"Captured by the rule {rule.name}."
    steps = [
        (payment, new_transaction(uow, payment, PaymentKind.CAPTURE, part, note=note))
        for payment, part in zip(found, split_capture(amount, authorized, more), strict=True)
        if part and not (waits and rules.is_lost_by(Tender.of(payment), part, can_renew=payment.can_renew))
    ]
    if steps:
        await request(uow, steps)


async def go_on(
    uow: UnitOfWork,
    order: Order,
    payment: Payment,
    changes: Sequence[Change],
    payments: Sequence[Payment] | None = None,
) -> None:
    """Continue a locked order after results of a payment's transactions: capture what was authorized,
    authorize the rest anew if no further capture is permitted, and hold the order if a capture failed.
    `payments` are those of the order, one of which is `payment`, if the caller has locked them."""
    payments = payments if payments is not None else await queries.locked_of(order.id)
    await renewing.follow_renewal(uow, order, payment, changes, payments)
    results = {(each.kind, each.status) for each in changes}
    if not any(kind in _MOVES for kind, _ in results):
        return
    if order.status is OrderStatus.COMPLETED:
        await _capture_known(uow, order, payments)  # only what is left is released
    if not order.status.is_open:
        return
    rule = await rule_of(order)
    if rule is CaptureRule.BY_HAND:
        return
    if (PaymentKind.CAPTURE, TransactionStatus.FAILED) in results:
        if await lacks_capture(order):
            await holding.hold_failed(uow, order, payment, *_failure(order, changes))
        return
    if rule in _BY_SHIPMENT:
        await renewing.renew_rest(uow, order, payment, _released(changes))
    if any(status is TransactionStatus.SUCCEEDED for _, status in results):
        await _capture_known(uow, order, payments)


async def _capture_known(uow: UnitOfWork, order: Order, payments: Sequence[Payment]) -> None:
    """`capture_by_rule` with the lines that were read when a payment was recorded."""
    known = progressed(uow, order.id)
    await capture_by_rule(uow, order, lines=known.lines if known else None, payments=payments)


async def _release_rest(
    uow: UnitOfWork, order: Order, lines: Sequence[OrderLine], payments: Sequence[Payment]
) -> None:
    """Release what gateways have authorized beyond the amount of a locked order, when all of it has left."""
    if due(order) > 0 or not capture_rules.is_all_shipped(lines):
        return
    for payment in payments:
        rest = rules.voidable(Tender.of(payment))
        if rest and payment.account_id is not None and not payment.is_unwanted:
            await request_void(uow, payment, rest, "Everything is paid.")


def _failure(order: Order, changes: Sequence[Change]) -> tuple[Money, str]:
    """The amount and the gateway's message of a capture that failed."""
    failed = next(
        each
        for each in changes
        if each.kind is PaymentKind.CAPTURE and each.status is TransactionStatus.FAILED
    )
    return Money(failed.amount_minor, order.currency), failed.message


def _released(changes: Sequence[Change]) -> int:
    """The authorized amount that was released."""
    return sum(
        each.amount_minor
        for each in changes
        if each.kind is PaymentKind.VOID and each.status is TransactionStatus.SUCCEEDED
    )
