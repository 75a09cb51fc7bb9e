"""Records how a payment stands at its gateway, under the lock of its order."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.core.characters import harmless_line
from app.core.database import update_each
from app.core.money import Money
from app.core.uow import UnitOfWork, command
from app.orders import derived_statuses
from app.orders import queries as orders
from app.orders.models import Order
from app.payments import queries, reconciling, rules
from app.payments.gateways.protocol import GatewayState, Standing
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import Payment, PaymentTransaction
from app.payments.rules import Tender
from app.payments.service import capturing, holding
from app.payments.service.disputing import charge_excess
from app.payments.service.moving import follow
from app.payments.service.noting import CONFLICT, LONGEST_CODE, LONGEST_MESSAGE, NO_ANSWER
from app.payments.service.requesting import ENDED, give_back

_UNDONE = (TransactionStatus.FAILED, TransactionStatus.REVERSED)


@command
async def settle(
    uow: UnitOfWork, order_id: UUID, payment_id: UUID, version: int, standing: Standing
) -> Collection[UUID] | None:
    """Record a standing of a payment of an order; returns the transactions that wait for an answer then.
    None if the payment has another version, so that the standing may be outdated.

    Raises:
        Conflict: it contradicts what is recorded; nothing is changed.
    """
    order = await orders.locked_by_id(order_id)
    assert order is not None
    payments = await queries.locked_of(order.id)
    payment = next(each for each in payments if each.id == payment_id)
    if payment.version != version:
        return None
    if payment.is_unwanted and standing.state is GatewayState.CLOSED:
        standing = replace(standing, declined=None)  # it was cancelled, whatever the gateway calls it
    rows = await queries.locked_transactions(payment.id)
    before = Tender.of(payment)
    tender, changes = reconciling.plan(before, rows, standing, payment.currency)
    waits = any(
        row.kind is PaymentKind.AUTHORIZE and row.status is TransactionStatus.PENDING for row in rows
    ) and not any(each.kind is PaymentKind.AUTHORIZE for each in changes)
    is_asked = waits and standing.state is GatewayState.ACTION
    await _note_declined(reconciling.waiting(rows, PaymentKind.AUTHORIZE), standing if is_asked else None)
    after = _facts(payment, standing, is_asked)
    if (
        not changes
        and tender == before
        and all(getattr(payment, name) == value for name, value in after.items())
    ):
        return _waiting(rows)
    for name, value in after.items():
        setattr(payment, name, value)
    payment.is_unwanted = payment.is_unwanted and not payment.is_closed
    await _hold_lost(uow, order, before, changes)
    await follow(uow, order, payment, tender, [_harmless(each) for each in changes], rows)
    for each in changes:
        if each.kind is PaymentKind.CAPTURE and each.status is TransactionStatus.REVERSED:
            await holding.hold_reversed(uow, order, Money(each.amount_minor, order.currency))
    if any(each.kind is PaymentKind.REFUND and each.status in _UNDONE for each in changes):
        await charge_excess(uow, order, payment)
    if payment.is_unwanted or order.status in ENDED:
        await give_back(uow, order, payment)
    await capturing.go_on(uow, order, payment, changes, payments)
    return _waiting(rows)


def _waiting(rows: Sequence[PaymentTransaction]) -> set[UUID]:
    return {row.id for row in rows if row.status is TransactionStatus.PENDING}


def _facts(payment: Payment, standing: Standing, is_asked: bool) -> dict[str, Any]:
    """Columns of a payment besides its amounts, after a standing; `is_asked`: the buyer has to act."""
    stated = standing.action.to_json() if standing.action else payment.client_action
    return {
        "client_action": stated if is_asked else None,
        "is_closed": standing.state is GatewayState.CLOSED,
        "can_increase": standing.can_increase and standing.state is GatewayState.AUTHORIZED,
        "can_renew": standing.can_renew,
        "reference": standing.reference,
    }


async def _note_declined(row: PaymentTransaction | None, standing: Standing | None) -> None:
    """Store why a try failed that the buyer can repeat at the gateway; None: the buyer has nothing to do."""
    why = standing.declined if standing else None
    if row is None or (why is None and row.failure_code in ("", NO_ANSWER, CONFLICT)):
        return
    row.failure_code = harmless_line(why.code)[:LONGEST_CODE] if why else ""
    row.failure = harmless_line(why.message)[:LONGEST_MESSAGE] if why else ""
    row.can_retry = why is not None
    await update_each([row], "failure_code", "failure", "can_retry")


async def _hold_lost(
    uow: UnitOfWork, order: Order, before: Tender, changes: list[reconciling.Change]
) -> None:
    """Hold an open order that loses its authorization by its expiry."""
    released = sum(
        each.amount_minor
        for each in changes
        if each.kind is PaymentKind.VOID and each.status is TransactionStatus.SUCCEEDED
    )
    if not released or not rules.is_expired(before, uow.at) or not order.status.is_open:
        return
    if not derived_statuses.is_covered(order, without=released):
        await holding.hold_expired(uow, order, "The authorization has expired.")


def _harmless(change: reconciling.Change) -> reconciling.Change:
    """A change with texts that can be stored."""
    return reconciling.Change(
        change.kind,
        change.amount_minor,
        change.status,
        change.row,
        harmless_line(change.reference)[:120],
        harmless_line(change.code)[:LONGEST_CODE],
        harmless_line(change.message)[:LONGEST_MESSAGE],
        change.can_retry,
    )
