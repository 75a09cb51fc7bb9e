"""The results of refunds that a bank makes: executed, rejected, or sent back."""

from uuid import UUID

from app.core.characters import harmless_line
from app.core.uow import UnitOfWork
from app.orders import queries as orders
from app.payments import queries, rules
from app.payments.lifecycle import TransactionStatus
from app.payments.reconciling import Change
from app.payments.rules import Tender
from app.payments.service.disputing import charge_excess
from app.payments.service.moving import follow
from app.payments.service.noting import LONGEST_CODE, LONGEST_MESSAGE


async def settle(
    uow: UnitOfWork,
    transaction_id: UUID,
    status: TransactionStatus,
    *,
    reference: str = "",
    code: str = "",
    message: str = "",
) -> None:
    """Record the result of a refund that was asked for, or that one has come back after it was made."""
    known = await queries.transaction(transaction_id)
    assert known is not None
    order = await orders.locked_by_id(known.order_id)
    assert order is not None
    payment = next(each for each in await queries.locked_of(order.id) if each.id == known.payment_id)
    rows = await queries.locked_transactions(payment.id)
    row = next(each for each in rows if each.id == transaction_id)
    tender = rules.followed(Tender.of(payment), row.kind, row.amount_minor, row.status, status)
    change = Change(
        row.kind,
        row.amount_minor,
        status,
        row,
        reference[:120],
        code[:LONGEST_CODE],
        harmless_line(message)[:LONGEST_MESSAGE],
        can_retry=status is not TransactionStatus.SUCCEEDED,
    )
    await follow(uow, order, payment, tender, [change])
    if status is not TransactionStatus.SUCCEEDED:
        await charge_excess(uow, order, payment)
