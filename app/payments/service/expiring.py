"""Authorizations that expire: a day before they are renewed or the order is held, and the amount is released
at the end."""

from datetime import datetime
from uuid import UUID

from app.core.actor import SYSTEM
from app.core.database import update_each
from app.core.uow import UnitOfWork, command
from app.orders import derived_statuses
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.models import Order
from app.payments import queries, rules
from app.payments.lifecycle import PaymentKind
from app.payments.models import Payment
from app.payments.rules import Tender
from app.payments.service import holding, renewing
from app.payments.service.moving import do_at_once, new_transaction
from app.payments.service.requesting import request_void

EXPIRED = "The authorization has expired."


async def warn_of_expiring(at: datetime, limit: int) -> int:
    """Renew authorizations of open orders with an amount due that expire within a day, or hold the order;
    return the number of authorizations."""
    found = await queries.expiring(at, at + holding.WARNED_BEFORE, limit)
    for payment in found:
        await _warn(SYSTEM, payment.id, payment.order_id)
    return len(found)


async def end_expired(at: datetime, limit: int) -> int:
    """Release the amounts of authorizations that have expired; return their number."""
    found = await queries.expired(at, limit)
    for payment in found:
        await _end(SYSTEM, payment.id, payment.order_id)
    return len(found)


@command
async def _warn(uow: UnitOfWork, payment_id: UUID, order_id: UUID) -> None:
    order, payment = await _locked(payment_id, order_id)
    if payment.warned_at is not None or not Tender.of(payment).uncaptured_minor:
        return
    if not order.status.is_open or due(order) <= 0:
        return
    if await renewing.renew_expiring(uow, order, payment):
        payment.warned_at = uow.at
        await update_each([payment], "warned_at")
    else:
        await holding.warn(uow, order, payment)


@command
async def _end(uow: UnitOfWork, payment_id: UUID, order_id: UUID) -> None:
    order, payment = await _locked(payment_id, order_id)
    tender = Tender.of(payment)
    released = rules.voidable(tender)
    if not released or not rules.is_expired(tender, uow.at) or payment.is_unwanted:
        return
    # The order is held before its warning is released, so that it is not confirmed in between, and before the
    # gateway has answered, so that nothing is shipped meanwhile.
    gone = await holding.expired_amount(uow, order)
    if order.status.is_open and not derived_statuses.is_covered(order, without=gone):
        await holding.hold_expired(uow, order, EXPIRED)
    if payment.account_id is not None:
        await request_void(uow, payment, released, EXPIRED)  # its gateway knows whether it has expired
        return
    row = new_transaction(uow, payment, PaymentKind.VOID, released, note=EXPIRED)
    await do_at_once(uow, order, [(payment, row)])


async def _locked(payment_id: UUID, order_id: UUID) -> tuple[Order, Payment]:
    order = await orders.locked_by_id(order_id)
    assert order is not None
    return order, next(each for each in await queries.locked_of(order_id) if each.id == payment_id)
