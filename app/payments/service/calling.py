"""Calls payment gateways for transactions that wait for an answer, between two transactions of the database.

A transaction is stored as PENDING before its gateway is called, with the time of the next call. The process
that makes the call claims the row; if it ends, or the gateway does not respond, the sweeper continues: it
asks how the payment stands, and sends a capture, void or refund again with the same key. An authorization is
sent once.
"""

import asyncio
from collections.abc import Awaitable, Collection, Iterator
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from app.core import clock
from app.core.actor import SYSTEM
from app.core.characters import harmless_line
from app.core.database import update_where
from app.orders import queries as orders
from app.payments import queries, rules
from app.payments.gateways.protocol import (
    Gateway,
    GatewayRefuses,
    GatewaySilent,
    GatewayState,
    Prepared,
    Standing,
    Wanted,
)
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import Payment, PaymentGateway, PaymentTransaction
from app.payments.reconciling import Conflict
from app.payments.rules import Tender
from app.payments.service import noting, settling
from app.payments.service.accounts import adapter_for

PATIENCE = 60.0  # seconds for all calls for one transaction
CLAIMED_FOR = timedelta(seconds=90)  # longer than PATIENCE
LONGEST_REFERENCE = 120
NOT_RECEIVED_AFTER = timedelta(
    seconds=60
)  # an authorization that the gateway does not know then never arrived
AT_ONCE = 40
TOGETHER = 8  # concurrent calls
T = TypeVar("T")

_log = structlog.get_logger("payments")


async def call(account: PaymentGateway, request: Awaitable[T]) -> T:
    """The result of a method of a gateway's adapter. It must not be called within a transaction.

    Raises:
        GatewayRefuses.
        GatewaySilent: also for any other exception of the adapter, which is logged.
    """
    try:
        return await request
    except (GatewayRefuses, GatewaySilent):
        raise
    except Exception as error:
        _log.error("gateway.failed", gateway=account.code, error=type(error).__name__, exc_info=error)
        raise GatewaySilent(
            f"The response of {account.name} cannot be read ({type(error).__name__}). See the log."
        ) from error


async def process(transaction_id: UUID) -> None:
    """Call the gateway for a transaction that waits and is due. Repeated calls have no further effect."""
    if not await _claim(transaction_id, clock.now()):
        return  # settled, not due, or claimed by another process
    row = await queries.transaction(transaction_id)
    assert row is not None
    payment, account = await _of(row)
    try:
        async with asyncio.timeout(PATIENCE):
            await _carry_out(adapter_for(account), account, payment, row)
    except TimeoutError:
        await noting.note_silence(SYSTEM, row, "The gateway did not respond in time.")
    except GatewaySilent as silence:
        await noting.note_silence(SYSTEM, row, str(silence))
    except Conflict as conflict:
        await noting.note_silence(SYSTEM, row, str(conflict), code=noting.CONFLICT)


async def _claim(transaction_id: UUID, now: datetime) -> bool:
    """Claim a transaction for its next call, which is counted; False if it is not due."""
    changed = await update_where(
        PaymentTransaction,
        "attempts = attempts + 1, next_at = $3",
        "id = $1 AND next_at <= $2 AND status = $4",
        transaction_id,
        now,
        now + CLAIMED_FOR,
        TransactionStatus.PENDING.value,
    )
    return changed == 1


async def _of(row: PaymentTransaction) -> tuple[Payment, PaymentGateway]:
    (payment,) = await queries.by_id([row.payment_id])
    assert payment is not None
    (account,) = await queries.gateways_by_id([payment.account_id])
    assert account is not None
    return payment, account


async def _carry_out(
    gateway: Gateway, account: PaymentGateway, payment: Payment, row: PaymentTransaction
) -> None:
    try:
        if row.kind is PaymentKind.AUTHORIZE and not payment.authorized_minor:
            standing = await _authorize(gateway, account, payment, row)
        else:
            standing = await _move(gateway, account, payment, row)
    except GatewayRefuses as refusal:
        await _refused(gateway, account, row, refusal)
        return
    if standing is None or row.id in await take_over(gateway, account, payment, standing):
        await noting.note_waiting(SYSTEM, row)


async def _authorize(
    gateway: Gateway, account: PaymentGateway, payment: Payment, row: PaymentTransaction
) -> Standing | None:
    """The standing after the next step of an authorization; None if it waits for the buyer."""
    wanted = await _wanted(payment, row)
    if not payment.reference:
        if payment.is_unwanted:
            raise GatewayRefuses("cancelled", "The payment was cancelled.", can_retry=True)
        prepared = await call(account, gateway.prepare(wanted))
        _check(prepared)
        goes_on = await noting.note_prepared(SYSTEM, row, prepared)
        payment.version += 1
        if prepared.action is not None or not goes_on:
            return None
        return await call(account, gateway.confirm(prepared.reference, wanted))
    if payment.is_unwanted:
        return await call(account, gateway.void(payment.reference, f"{row.id}-void"))
    is_ready = row.token or payment.renews_id is not None
    if is_ready and row.asked_at is None and await noting.note_asked(SYSTEM, row):
        return await call(account, gateway.confirm(payment.reference, wanted))
    standing = await call(account, gateway.look(payment.reference))
    is_lost = row.asked_at is not None and clock.now() - row.asked_at >= NOT_RECEIVED_AFTER
    if standing.state is GatewayState.WAITING and is_lost:
        # The confirmation was lost. It is ruled out before the buyer may try again.
        return await call(account, gateway.void(payment.reference, f"{row.id}-void"))
    return standing


async def _move(
    gateway: Gateway, account: PaymentGateway, payment: Payment, row: PaymentTransaction
) -> Standing | None:
    """The standing after a step of an authorized payment, which may have been sent before."""
    reference = payment.reference or ""
    if row.attempts > 1:
        standing = await call(account, gateway.look(reference))
        await take_over(gateway, account, payment, standing)
        known = await queries.transaction(row.id)
        if known is None or known.status is not TransactionStatus.PENDING or known.reference:
            return None
        (found,) = await queries.by_id([payment.id])
        assert found is not None
        payment.version = found.version
    key = str(row.id)
    if row.kind is PaymentKind.AUTHORIZE and not payment.is_unwanted:
        total = payment.authorized_minor + row.amount_minor
        return await call(account, gateway.increase(reference, total, row.currency, key))
    if row.kind is PaymentKind.CAPTURE:
        is_last = rules.is_last_capture(Tender.of(payment))
        return await call(
            account, gateway.capture(reference, row.amount_minor, row.currency, key, is_last=is_last)
        )
    if row.kind is PaymentKind.REFUND:
        return await call(account, gateway.refund(reference, row.amount_minor, row.currency, key))
    return await call(account, gateway.void(reference, key))


async def _refused(
    gateway: Gateway, account: PaymentGateway, row: PaymentTransaction, refusal: GatewayRefuses
) -> None:
    """What was refused may have happened before, such as a capture at the gateway's own desk."""
    payment, _ = await _of(row)
    if payment.reference:
        await look(gateway, account, payment)
    await noting.note_refusal(SYSTEM, row, refusal)


async def look(gateway: Gateway, account: PaymentGateway, payment: Payment) -> None:
    """Ask how a payment stands, and record it.

    Raises:
        GatewaySilent, GatewayRefuses.
        Conflict: it contradicts what is recorded.
    """
    standing = await call(account, gateway.look(payment.reference or ""))
    await take_over(gateway, account, payment, standing)


async def take_over(
    gateway: Gateway, account: PaymentGateway, payment: Payment, standing: Standing
) -> Collection[UUID]:
    """Record a standing that was received after `payment` was read; returns the transactions of the payment
    that wait for an answer then.

    If the payment has changed since, the standing may be older than the change, and the gateway is asked
    again.

    Raises:
        What `look` raises.
    """
    for _ in range(5):
        waiting = await settling.settle(SYSTEM, payment.order_id, payment.id, payment.version, standing)
        if waiting is not None:
            return waiting
        (found,) = await queries.by_id([payment.id])
        assert found is not None
        payment = found
        standing = await call(account, gateway.look(payment.reference or standing.reference))
    raise GatewaySilent("The payment was changed several times in the meantime.")


async def _wanted(payment: Payment, row: PaymentTransaction) -> Wanted:
    (order,) = await orders.orders_by_id([payment.order_id])
    assert order is not None
    renewed = (await queries.by_id([payment.renews_id]))[0] if payment.renews_id is not None else None
    return Wanted(
        key=str(row.id),
        amount_minor=row.amount_minor,
        currency=row.currency,
        order_number=order.number or "",
        email=order.email,
        token=row.token,
        return_url=row.return_url,
        renews=(renewed.reference or "") if renewed is not None else "",
        is_again=bool(payment.reference),
    )


def _check(prepared: Prepared) -> None:
    """Raises GatewaySilent: the reference cannot be stored."""
    reference = prepared.reference
    if not 1 <= len(reference) <= LONGEST_REFERENCE or harmless_line(reference) != reference:
        raise GatewaySilent("The gateway sent no usable reference.")


async def process_due() -> int:
    """Call gateways for all transactions that are due now, some at a time; return how many."""
    seen, now = set[UUID](), clock.now()
    while due := [id for id in await queries.due_calls(now, AT_ONCE) if id not in seen]:
        waiting = iter(due)
        await asyncio.gather(*(_process_each(waiting) for _ in range(TOGETHER)))
        seen.update(due)
    return len(seen)


async def _process_each(waiting: Iterator[UUID]) -> None:
    for id in waiting:
        await _process_or_log(id)


async def _process_or_log(id: UUID) -> None:
    try:
        await process(id)
    except Exception as error:
        _log.warning("payment.failed", transaction=str(id), error=type(error).__name__, exc_info=error)


async def carry_out(row: PaymentTransaction) -> PaymentTransaction:
    """Call the gateways for a transaction that was just stored, or for all parts of a refund, and for what
    follows from the answers, such as a capture by the rule of the order; return it as it is then."""
    if all(each.next_at is None for each in row.known_parts or [row]):
        return row
    await process_order(row.order_id)
    return await queries.transaction(row.id) or row


async def process_order(order_id: UUID) -> None:
    """Call the gateways for what is due of an order, and for what follows from the answers."""
    seen: set[UUID] = set()
    while waiting := [id for id in await queries.waiting_of(order_id) if id not in seen]:
        for id in waiting:
            await process(id)
        seen.update(waiting)
