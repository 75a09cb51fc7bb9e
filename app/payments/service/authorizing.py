"""Authorizations made outside the system, their captures and their end."""

from datetime import datetime
from uuid import UUID

from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid
from app.core.uow import UnitOfWork, command
from app.orders.amounts import due
from app.payments import queries, rules
from app.payments.conditions import refuse_capture, refuse_void
from app.payments.lifecycle import PaymentKind
from app.payments.models import PaymentTransaction
from app.payments.refusals import AmountTooLarge
from app.payments.rules import Tender
from app.payments.service.checking import (
    locked_order,
    locked_payment,
    refuse_bad_input,
    refuse_known,
    refuse_own_reference,
)
from app.payments.service.moving import MANUAL, do_at_once, new_payment, new_transaction, perform
from app.payments.service.requesting import cancel_authorization, request_void
from app.payments.service.starting import begin


@command
async def authorize_by_gateway(
    uow: UnitOfWork,
    order_id: UUID,
    gateway: str,
    amount: Money,
    *,
    token: str = "",
    return_url: str = "",
    note: str = "",
    expected_version: int | None = None,
) -> PaymentTransaction:
    """Request the authorization of an amount by a payment gateway.

    Raises:
        NotFound, StaleVersion.
        Invalid: no amount, another currency; a draft.
        What `begin` raises.
    """
    order = await locked_order(uow, order_id, expected_version)
    refuse_bad_input(order, amount, None, note)
    return await begin(uow, order, gateway, amount, token=token, return_url=return_url, note=note)


@command
async def authorize(
    uow: UnitOfWork,
    order_id: UUID,
    amount: Money,
    *,
    reference: str,
    note: str = "",
    capture_before: datetime | None = None,
    expected_version: int | None = None,
) -> PaymentTransaction:
    """Record an amount that was authorized outside the system, as a new payment of the order.

    Raises:
        NotFound, StaleVersion.
        Invalid: no amount, another currency, a text that is too long, an expiry in the past; a draft.
        AlreadyExists: a payment of the order has this reference already.
        AmountTooLarge: more than is due and not authorized yet.
    """
    order = await locked_order(uow, order_id, expected_version)
    refuse_bad_input(order, amount, reference, note, needs_reference=True)
    if capture_before is not None and capture_before <= uow.at:
        raise Invalid(
            "The authorization has expired already.", "capture_before", code=ProblemCode.IN_THE_PAST
        )
    known = await queries.locked_of(order.id)
    if any(each.gateway == MANUAL and each.reference == reference.strip() for each in known):
        raise AlreadyExists("A payment of the order has this reference already.", "reference")
    unpaid = due(order) - order.authorized_minor
    if amount.minor > unpaid:
        raise AmountTooLarge.above_unpaid(Money(unpaid, order.currency))
    payment = new_payment(
        uow,
        order,
        len(known) + 1,
        gateway=MANUAL,
        reference=reference.strip(),
        capture_before=capture_before,
    )
    row = new_transaction(uow, payment, PaymentKind.AUTHORIZE, amount.minor, reference=reference, note=note)
    await do_at_once(uow, order, [(payment, row)])
    return row


@command
async def capture(
    uow: UnitOfWork,
    payment_id: UUID,
    amount: Money | None = None,
    *,
    reference: str | None = None,
    note: str = "",
) -> PaymentTransaction:
    """Capture an amount of a payment: without one, all that is due and can be captured.

    Raises:
        NotFound.
        IllegalTransition: nothing is authorized.
        Invalid: the authorization has expired or was captured as often as it can be; nothing is due; another
            currency or a text that is too long.
        AmountTooLarge: more than is due or can be captured.
        AlreadyExists: a payment received or a capture of the order has this reference already.
    """
    order, payment = await locked_payment(uow, payment_id)
    refuse_bad_input(order, amount, reference, note)
    refuse_own_reference(payment, reference)
    refuse_capture(payment, order, uow.at)
    owed, most = due(order), rules.capturable(Tender.of(payment), uow.at)
    wanted = min(owed, most) if amount is None else amount.minor
    if wanted > min(owed, most):
        raise AmountTooLarge.above_capturable(Money(most, order.currency), Money(owed, order.currency))
    await refuse_known(order, PaymentKind.CAPTURE, reference)
    row = new_transaction(uow, payment, PaymentKind.CAPTURE, wanted, reference=reference, note=note)
    await perform(uow, order, [(payment, row)])
    return row


@command
async def void(uow: UnitOfWork, payment_id: UUID, *, note: str = "") -> PaymentTransaction:
    """End an authorization: what was not captured is released. An authorization that waits for the buyer
    or the gateway is cancelled, and its transaction is returned.

    Raises:
        NotFound.
        IllegalTransition: nothing is authorized.
        Invalid: the note is too long; the gateway has not answered to a capture or a void.
    """
    order, payment = await locked_payment(uow, payment_id)
    refuse_bad_input(order, None, None, note)
    refuse_void(payment)
    if payment.authorized_pending_minor:
        return await cancel_authorization(uow, payment)
    released = rules.voidable(Tender.of(payment))
    if payment.account_id is not None:
        return await request_void(uow, payment, released, note)
    row = new_transaction(uow, payment, PaymentKind.VOID, released, note=note)
    await do_at_once(uow, order, [(payment, row)])
    return row
