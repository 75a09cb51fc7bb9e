"""Changes a payment and its order by a transaction: the only module that writes amounts of payments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.database import Change as DbChange
from app.core.database import insert, update_each, write_together
from app.core.ids import new_id
from app.core.journal.event import Event
from app.core.uow import UnitOfWork
from app.engine.database.inserting import is_saved
from app.orders.amounts import surplus
from app.orders.models import Order
from app.orders.service import paying
from app.payments import queries, rules
from app.payments.events import (
    PaymentAuthorized,
    PaymentFailed,
    PaymentRecorded,
    PaymentRefunded,
    PaymentRefundReversed,
    PaymentReversed,
    PaymentVoided,
)
from app.payments.lifecycle import PaymentKind, TenderStatus, TransactionStatus
from app.payments.models import Payment, PaymentTransaction
from app.payments.reconciling import TAKEN_BACK, Change
from app.payments.rules import COLUMNS, Tender
from app.payments.service import holding
from app.stored_value import spending

MANUAL = "manual"
_EVENTS: Mapping[PaymentKind, Any] = {
    PaymentKind.AUTHORIZE: PaymentAuthorized,
    PaymentKind.CAPTURE: PaymentRecorded,
    PaymentKind.REFUND: PaymentRefunded,
    PaymentKind.VOID: PaymentVoided,
}
_NOTHING = {"received": 0, "given_back": 0, "credit": 0, "authorized": 0, "surplus": 0}
_OUTCOMES = (TransactionStatus.SUCCEEDED, TransactionStatus.FAILED, TransactionStatus.REVERSED)
_WRITTEN = (
    *COLUMNS, "status", "reference", "client_action", "is_unwanted", "is_closed", "can_increase", "can_renew",
    "updated_at", "version",
)  # fmt: skip
_OF_ROWS = (
    "status", "reference", "failure_code", "failure", "can_retry", "next_at", "token", "at",
)  # fmt: skip


def new_payment(uow: UnitOfWork, order: Order, position: int, **values: Any) -> Payment:
    """A payment of an order without any amount, which is inserted with its first transaction."""
    return Payment(
        id=new_id(),
        order_id=order.id,
        position=position,
        currency=order.currency,
        status=TenderStatus.VOIDED,
        created_at=uow.at,
        updated_at=uow.at,
        **values,
    )


def new_transaction(
    uow: UnitOfWork,
    payment: Payment,
    kind: PaymentKind,
    amount: int,
    *,
    reference: str | None = None,
    note: str = "",
    refund_id: UUID | None = None,
    at: datetime | None = None,
    is_credit: bool = False,
) -> PaymentTransaction:
    """A pending transaction of a payment; the caller inserts it."""
    return PaymentTransaction(
        id=new_id(),
        order_id=payment.order_id,
        payment_id=payment.id,
        kind=kind,
        status=TransactionStatus.PENDING,
        gateway=payment.gateway,
        amount_minor=amount,
        currency=payment.currency,
        reference=reference.strip() if reference else None,
        note=note,
        refund_id=refund_id,
        is_credit=is_credit,
        recorded_by=uow.actor.name,
        at=at or uow.at,
        created_at=uow.at,
    )


async def perform(uow: UnitOfWork, order: Order, steps: Sequence[tuple[Payment, PaymentTransaction]]) -> None:
    """Store transactions of locked payments: requested from the gateway of the payment, or, without one, as
    happened outside of the system."""
    outside = [each for each in steps if each[0].account_id is None]
    await request(uow, [each for each in steps if each[0].account_id is not None])
    if outside:
        await do_at_once(uow, order, outside)


async def request(
    uow: UnitOfWork, steps: Sequence[tuple[Payment, PaymentTransaction]], *, is_called: bool = True
) -> None:
    """Store transactions for the gateways of locked payments, which are called after the commit; without
    `is_called`, nobody is, and the result is recorded later."""
    for payment, row in steps:
        write_tender(uow, payment, rules.requested(Tender.of(payment), row.kind, row.amount_minor, row.at))
        row.next_at = uow.at if is_called else None
    await _write(steps)


async def _write(steps: Sequence[tuple[Payment, PaymentTransaction]]) -> None:
    """Write locked payments and those from `new_payment`, with their new transactions."""
    payments = list({payment.id: payment for payment, _ in steps}.values())
    new = [each for each in payments if not is_saved(each)]
    changed = [each for each in payments if is_saved(each)]
    await write_together([new, [row for _, row in steps]], [DbChange(changed, _WRITTEN)])


async def add_to_capture(uow: UnitOfWork, payment: Payment, row: PaymentTransaction, amount: int) -> None:
    """Add an amount to a pending capture of a locked payment that was not sent to its gateway yet."""
    write_tender(uow, payment, rules.raised(Tender.of(payment), amount))
    row.amount_minor += amount
    await write_together((), [DbChange([payment], _WRITTEN), DbChange([row], ("amount_minor",))])


async def follow(
    uow: UnitOfWork,
    order: Order,
    payment: Payment,
    tender: Tender,
    changes: Sequence[Change],
    rows: Sequence[PaymentTransaction] | None = None,
) -> None:
    """Store what a gateway or bank reports about a locked payment: the tender after it, and the transactions
    that change. `rows` are the transactions of the payment, if the caller has read them."""
    before = Tender.of(payment)
    write_tender(uow, payment, tender)
    new: list[PaymentTransaction] = []
    known: list[PaymentTransaction] = []
    rows = rows if rows is not None else await queries.locked_transactions(payment.id)
    taken = {(row.kind, row.reference) for row in rows}
    for change in changes:
        row = change.row or new_transaction(uow, payment, change.kind, change.amount_minor)
        (known if change.row is not None else new).append(row)
        if change.reference and (change.kind, change.reference) not in taken:
            row.reference = change.reference
            taken.add((change.kind, change.reference))
        row.status, row.failure_code, row.failure = change.status, change.code, change.message
        row.can_retry = change.can_retry
        if change.status is not TransactionStatus.PENDING:
            row.next_at, row.token = None, ""
            row.at = uow.at
        elif change.row is None:
            row.next_at = uow.at
        if change.status in _OUTCOMES:
            uow.announce(_outcome(order, row))
    await write_together([new], [DbChange([payment], _WRITTEN), DbChange(known, _OF_ROWS)])
    uow.book([*new, *known])
    is_by_gateway = payment.account_id is not None
    await _tell_order(uow, order, before, tender, _credit([*new, *known]), is_by_gateway=is_by_gateway)


async def take_back(uow: UnitOfWork, order: Order, payment: Payment, row: PaymentTransaction) -> None:
    """Store that a payment received of a locked payment counts as not received any more; `failure` of its row
    says why."""
    before = Tender.of(payment)
    after = rules.taken_back(before, row.amount_minor)
    write_tender(uow, payment, after)
    await update_each([payment], *_WRITTEN)
    row.status, row.failure_code = TransactionStatus.REVERSED, TAKEN_BACK
    await update_each([row], "status", "reference", "failure_code", "failure")
    uow.book([row])
    uow.announce(_outcome(order, row))
    await _tell_order(uow, order, before, after)


async def change_disputed(
    uow: UnitOfWork, order: Order, payment: Payment, tender: Tender, rows: Sequence[PaymentTransaction] = ()
) -> None:
    """Store the tender of a locked payment after a change of a dispute, and the chargebacks that are new or
    reversed."""
    before = Tender.of(payment)
    write_tender(uow, payment, tender)
    await update_each([payment], *_WRITTEN)
    await update_each([row for row in rows if row.status is TransactionStatus.REVERSED], "status")
    await insert([row for row in rows if row.status is not TransactionStatus.REVERSED])
    uow.book(rows)
    await _tell_order(uow, order, before, tender)


async def _tell_order(
    uow: UnitOfWork,
    order: Order,
    before: Tender,
    after: Tender,
    credit: int = 0,
    *,
    is_by_gateway: bool = False,
) -> None:
    """Record the change of a tender on its order."""
    totals = {**_NOTHING, "credit": credit}
    _add(totals, before, after)
    if is_by_gateway:
        totals["surplus"] = surplus(order, totals["given_back"])
    if any(totals.values()):
        await paying.record_payment(uow, order, **totals)
    await holding.release_ended(uow, order)


def _credit(rows: Sequence[PaymentTransaction]) -> int:
    """The amount of refunds that are credits and have just succeeded, less those that were sent back."""
    signs = {TransactionStatus.SUCCEEDED: 1, TransactionStatus.REVERSED: -1}
    return sum(signs.get(each.status, 0) * each.amount_minor for each in rows if each.is_credit)


def _outcome(order: Order, row: PaymentTransaction) -> Event:
    """The event of a transaction whose result is known."""
    if row.status is TransactionStatus.FAILED:
        return PaymentFailed(
            **_told(order, row), kind=row.kind.value, code=row.failure_code, can_retry=row.can_retry
        )
    if row.status is TransactionStatus.REVERSED:
        if row.kind is PaymentKind.CAPTURE:
            return PaymentReversed(**_told(order, row), reason=row.failure)
        return PaymentRefundReversed(**_told(order, row))
    happened: Event = _EVENTS[row.kind](**_told(order, row))
    return happened


async def do_at_once(
    uow: UnitOfWork, order: Order, steps: Sequence[tuple[Payment, PaymentTransaction]]
) -> None:
    """Store transactions that have happened outside of the system, with their effect on locked payments and
    their order."""
    totals = dict(_NOTHING)
    for payment, row in steps:
        before = Tender.of(payment)
        after = rules.requested(before, row.kind, row.amount_minor, row.at)
        after = rules.settled(after, row.kind, row.amount_minor, row.amount_minor)
        _add(totals, before, after)
        write_tender(uow, payment, after)
        row.status = TransactionStatus.SUCCEEDED
    totals["credit"] = _credit([row for _, row in steps])
    await _store(uow, order, steps, totals)


async def receive(uow: UnitOfWork, order: Order, payment: Payment, row: PaymentTransaction) -> None:
    """Store a payment received without an authorization."""
    before = Tender.of(payment)
    after = rules.received(before, row.amount_minor)
    write_tender(uow, payment, after)
    row.status = TransactionStatus.SUCCEEDED
    totals = dict(_NOTHING)
    _add(totals, before, after)
    await _store(uow, order, [(payment, row)], totals)


def _add(totals: dict[str, int], before: Tender, after: Tender) -> None:
    totals["received"] += after.captured_minor - before.captured_minor
    totals["received"] -= after.charged_back_minor - before.charged_back_minor
    totals["given_back"] += after.refunded_minor - before.refunded_minor
    totals["authorized"] += after.open_minor - before.open_minor


async def _store(
    uow: UnitOfWork, order: Order, steps: Sequence[tuple[Payment, PaymentTransaction]], totals: dict[str, int]
) -> None:
    await _return_stored_value(uow, order, steps)
    await _write(steps)
    uow.book([row for _, row in steps])
    for _, row in steps:
        announce(uow, order, row)
    await paying.record_payment(uow, order, **totals)
    await holding.release_ended(uow, order)


def write_tender(uow: UnitOfWork, payment: Payment, tender: Tender) -> None:
    """Set the amounts and the status of a payment; the caller saves it."""
    for name in COLUMNS:
        setattr(payment, name, getattr(tender, name))
    payment.status, payment.updated_at = rules.status_of(tender), uow.at
    payment.version += 1


def announce(uow: UnitOfWork, order: Order, row: PaymentTransaction) -> None:
    """Record the event of a transaction that succeeded."""
    uow.announce(_EVENTS[row.kind](**_told(order, row)))


def _told(order: Order, row: PaymentTransaction) -> dict[str, Any]:
    return {
        "subject_id": order.id,
        "channel_id": order.channel_id,
        "transaction_id": str(row.id),
        "payment_id": str(row.payment_id),
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "gateway": row.gateway,
    }


async def _return_stored_value(
    uow: UnitOfWork, order: Order, steps: Sequence[tuple[Payment, PaymentTransaction]]
) -> None:
    """Return refunds of gift cards and store credit there, before the stock of the order is locked."""
    returned = [
        spending.Returned(payment.stored_value_id, row.amount_minor, row.id, row.note)
        for payment, row in steps
        if payment.stored_value_id is not None and row.kind is PaymentKind.REFUND
    ]
    if returned:
        await spending.give_back(uow, order.id, returned)
