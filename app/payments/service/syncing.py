"""Asks gateways at once how payments stand, when staff or buyers want to know."""

from uuid import UUID

from app.core.actor import Actor
from app.core.database import update_each
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.orders import queries as orders
from app.orders.models import Order
from app.payments import queries
from app.payments.gateways.protocol import GatewayRefuses, GatewaySilent
from app.payments.lifecycle import TransactionStatus
from app.payments.models import Payment
from app.payments.reconciling import Conflict
from app.payments.refusals import GatewayUnavailable
from app.payments.service import calling, reported_disputes
from app.payments.service.accounts import adapter_for
from app.payments.service.checking import locked_payment


async def sync(actor: Actor, payment_id: UUID) -> Payment:
    """Ask the gateway how a payment and its disputes stand and record it; what waits for an answer is sent
    again if needed.

    Raises:
        NotFound.
        Invalid: the payment has no gateway, or the gateway contradicts what is recorded.
        GatewayUnavailable: it did not respond.
    """
    payment, waiting = await _claim(actor, payment_id)
    for id in waiting:
        await calling.process(id)
    if payment.reference:
        (account,) = await queries.gateways_by_id([payment.account_id])
        assert account is not None
        (payment,) = await queries.by_id([payment_id])  # type: ignore[assignment]  # it exists
        try:
            gateway = adapter_for(account)
            await calling.look(gateway, account, payment)
            for dispute in await queries.reported_disputes_of(payment.id):
                await reported_disputes.look(gateway, account, dispute.reference)
        except (GatewaySilent, GatewayRefuses) as error:
            raise GatewayUnavailable(str(error), "payment_id") from error
        except Conflict as conflict:
            raise Invalid(str(conflict), "payment_id", code=ProblemCode.NOT_POSSIBLE_NOW) from conflict
    (found,) = await queries.by_id([payment_id])
    assert found is not None
    return found


@command
async def _claim(uow: UnitOfWork, payment_id: UUID) -> tuple[Payment, list[UUID]]:
    """A payment with a gateway, and its transactions that wait for an answer, due now."""
    _, payment = await locked_payment(uow, payment_id)
    if payment.account_id is None:
        raise Invalid(
            "This payment has no gateway that can be asked.", "payment_id", code=ProblemCode.WRONG_KIND
        )
    rows = [
        row
        for row in await queries.locked_transactions(payment.id)
        if row.status is TransactionStatus.PENDING
    ]
    for row in rows:
        row.next_at = uow.at
    await update_each(rows, "next_at")
    return payment, [row.id for row in rows]


async def go_on(order: Order) -> Order:
    """Call the gateways for what waits in an order, and return the order as it is then."""
    await calling.process_order(order.id)
    found = await orders.by_id(order.id)
    assert found is not None
    return found
