"""Authorizes an amount again without the buyer, with the means of payment of an earlier payment.

The facts of an authorization say whether its gateway permits that (`can_renew`). The new authorization is
another payment of the order.
"""

from collections.abc import Sequence

from app.core.uow import UnitOfWork
from app.orders import derived_statuses
from app.orders.amounts import due
from app.orders.models import Order
from app.payments import queries, rules
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import Payment
from app.payments.reconciling import Change
from app.payments.rules import Tender
from app.payments.service import holding
from app.payments.service.moving import new_payment, new_transaction, request
from app.payments.service.requesting import request_void

_USED = "The authorization permits no further capture."


async def renew_rest(uow: UnitOfWork, order: Order, payment: Payment, released: int) -> None:
    """Authorize anew what the last permitted capture of a locked payment has left.

    The rest is released first, unless its gateway has done so; `released` is the amount that was just
    released. The order is held until it is paid or authorized again.
    """
    tender = Tender.of(payment)
    if not rules.is_used_up(tender) or rules.is_expired(tender, uow.at):
        return
    if tender.uncaptured_minor and not payment.is_unwanted:
        await request_void(uow, payment, tender.uncaptured_minor, _USED)
        return
    if not released or derived_statuses.is_covered(order):
        return
    missing = min(released, due(order) - order.authorized_minor)
    if await renew(uow, order, payment, missing, f"The rest of payment {payment.position}."):
        await holding.hold_renewing(uow, order, payment)
    else:
        await holding.hold_used_up(uow, order, payment)


async def renew_expiring(uow: UnitOfWork, order: Order, payment: Payment) -> bool:
    """Authorize what is due of a locked order anew before a locked payment expires; False if that is not
    possible. The old authorization is voided when the new one is there."""
    tender = Tender.of(payment)
    others = order.authorized_minor - tender.open_minor
    amount = min(tender.uncaptured_minor, due(order) - others)
    if amount <= 0:
        return False
    return await renew(uow, order, payment, amount, f"Renews payment {payment.position} before it expires.")


async def follow_renewal(
    uow: UnitOfWork, order: Order, payment: Payment, changes: Sequence[Change], known: Sequence[Payment]
) -> None:
    """End the authorization that a locked payment has renewed; if the renewal was declined or needs the
    buyer, hold the locked order because the old authorization expires. `known` are the locked payments of the
    order.

    An authorization of which a capture is pending is ended after the capture.
    """
    if not order.status.is_open:
        return
    if (PaymentKind.CAPTURE, TransactionStatus.SUCCEEDED) in {(each.kind, each.status) for each in changes}:
        for renewal in known:
            if renewal.renews_id == payment.id and Tender.of(renewal).open_minor:
                await _end_renewed(uow, order, payment, renewal)
    if payment.renews_id is None:
        return
    old = next(each for each in known if each.id == payment.renews_id)
    tender = Tender.of(old)
    results = {each.status for each in changes if each.kind is PaymentKind.AUTHORIZE}
    if TransactionStatus.SUCCEEDED in results:
        await _end_renewed(uow, order, old, payment)
    elif TransactionStatus.FAILED in results or payment.client_action is not None:
        if derived_statuses.is_covered(order) and rules.capturable(tender, uow.at):
            await holding.warn(uow, order, old)
        elif rules.is_used_up(tender) and not derived_statuses.is_covered(order):
            await holding.hold_used_up(uow, order, old)


async def _end_renewed(uow: UnitOfWork, order: Order, old: Payment, renewal: Payment) -> None:
    """Void what is left of a locked authorization that was renewed, unless it is still needed, because a
    capture failed that was pending when it was renewed."""
    rest = rules.voidable(Tender.of(old))
    if rest and not old.is_unwanted and derived_statuses.is_covered(order, without=rest):
        await request_void(uow, old, rest, f"Authorized anew as payment {renewal.position}.")


async def renew(uow: UnitOfWork, order: Order, payment: Payment, amount: int, note: str) -> bool:
    """Request the authorization of an amount with the means of payment of a locked payment; False if its
    gateway does not permit it or takes no new payments in the order's channel, or an authorization of the
    order waits."""
    known = await queries.locked_of(order.id)
    if not payment.can_renew or any(each.authorized_pending_minor for each in known):
        return False
    if await queries.gateway_offered_in(order.channel_id, payment.gateway) is None:
        return False
    made = new_payment(
        uow,
        order,
        len(known) + 1,
        gateway=payment.gateway,
        account_id=payment.account_id,
        renews_id=payment.id,
    )
    await request(uow, [(made, new_transaction(uow, made, PaymentKind.AUTHORIZE, amount, note=note))])
    return True
