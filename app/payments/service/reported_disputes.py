"""Disputes that gateways report."""

from uuid import UUID

from app.core.actor import SYSTEM
from app.core.characters import harmless_line
from app.core.database import insert_if_new, update_each
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.core.versions import touch
from app.orders import queries as orders
from app.payments import queries
from app.payments.gateways.protocol import Disputed, Gateway, GatewaySilent
from app.payments.models import Dispute, Payment, PaymentGateway
from app.payments.reconciling import Conflict
from app.payments.service import calling
from app.payments.service.disputing import WRITTEN, Before, follow

LONGEST_REFERENCE, LONGEST_REASON = 120, 120
_TRIES = 5


async def look(gateway: Gateway, account: PaymentGateway, reference: str) -> Payment | None:
    """Ask how a dispute stands, and record it. Returns its payment; None if that is not known, in which case
    the dispute is kept without one.

    Raises:
        GatewaySilent, GatewayRefuses.
        Conflict: it is in another currency than its payment; it is kept without the payment.
    """
    for _ in range(_TRIES):
        known = await queries.dispute_of(account.code, reference)
        said = await calling.call(account, gateway.dispute(reference))
        _check(said, reference)
        if await settle(SYSTEM, account, said, known.version if known is not None else None):
            break
    else:
        raise GatewaySilent("The dispute was changed several times in the meantime.")
    dispute = await queries.dispute_of(account.code, reference)
    assert dispute is not None
    if dispute.payment_id is not None:
        (payment,) = await queries.by_id([dispute.payment_id])
        return payment
    if await queries.payment_of(account.id, said.payment_reference, None) is not None:
        raise Conflict(f"The dispute is in {said.currency}, another currency than that of the payment.")
    return None


def _check(said: Disputed, reference: str) -> None:
    """Raises GatewaySilent: the answer cannot be stored."""
    is_own = said.reference == reference and 1 <= len(reference) <= LONGEST_REFERENCE
    if not is_own or said.amount_minor <= 0 or len(said.payment_reference) > LONGEST_REFERENCE:
        raise GatewaySilent("The gateway sent no usable dispute.")


@command
async def settle(uow: UnitOfWork, account: PaymentGateway, said: Disputed, version: int | None) -> bool:
    """Record how a dispute stands; False if it has another version than before the gateway was asked, so that
    the answer may be outdated. `version` is None for a dispute that was not known."""
    payment_id = await _payment_of(account, said)
    order = payment = None
    if payment_id is not None:
        (found,) = await queries.by_id([payment_id])
        assert found is not None
        order = await orders.locked_by_id(found.order_id)
        assert order is not None
        payment = next(each for each in await queries.locked_of(order.id) if each.id == payment_id)
    known = await queries.dispute_of(account.code, said.reference)
    if known is None:
        if version is not None:
            return False
        dispute = _new(uow, account, said)
        before = Before()
        if not await insert_if_new(dispute):
            return False
    else:
        dispute = await queries.locked_dispute(known.id)
        if dispute.version != version:
            return False
        before = Before.of(dispute)
        touch(dispute, uow.at)
    _take(account, dispute, said)
    if order is not None and payment is not None:
        dispute.payment_id, dispute.order_id = payment.id, order.id
        await follow(uow, order, payment, dispute, before)
    else:
        if not dispute.status.is_open:
            dispute.closed_at = dispute.closed_at or uow.at
        uow.book([dispute])
    await update_each([dispute], *WRITTEN)
    return True


async def _payment_of(account: PaymentGateway, said: Disputed) -> UUID | None:
    """The payment of a dispute, if it is known and has its currency."""
    known = await queries.dispute_of(account.code, said.reference)
    if known is not None and known.payment_id is not None:
        return UUID(str(known.payment_id))
    if not said.payment_reference:
        return None
    payment = await queries.payment_of(account.id, said.payment_reference, None)
    return payment.id if payment is not None and payment.currency == said.currency else None


def _new(uow: UnitOfWork, account: PaymentGateway, said: Disputed) -> Dispute:
    return Dispute(
        id=new_id(),
        gateway=account.code,
        reference=said.reference,
        account_id=account.id,
        status=said.status,
        amount_minor=said.amount_minor,
        currency=said.currency,
        opened_at=said.opened_at or uow.at,
        recorded_by=uow.actor.name,
        created_at=uow.at,
        updated_at=uow.at,
    )


def _take(account: PaymentGateway, dispute: Dispute, said: Disputed) -> None:
    """Set what the gateway reports."""
    dispute.account_id = account.id
    dispute.payment_reference = said.payment_reference
    dispute.status, dispute.is_inquiry = said.status, said.is_inquiry
    dispute.reason = harmless_line(said.reason).strip()[:LONGEST_REASON]
    if dispute.chargeback_id is None:
        dispute.amount_minor = said.amount_minor
    dispute.evidence_due_at = said.evidence_due_at
    if said.fee_minor is not None:
        dispute.fee_minor, dispute.fee_currency = said.fee_minor, said.fee_currency
