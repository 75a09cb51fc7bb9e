"""Holds of orders because of an authorization: one that expires soon, or one that has expired."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from app.channels import queries as channels
from app.core.database import update_each
from app.core.money import Money
from app.core.uow import UnitOfWork
from app.orders import derived_statuses
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.lifecycle import FulfillmentStatus, HoldKind
from app.orders.models import Hold, Order
from app.orders.service.holding import BY_CURE, put_hold, release_locked
from app.orders.service.validating import LONGEST_REASON
from app.payments import queries, rules
from app.payments.models import Payment
from app.payments.rules import Tender
from app.payments.service.lacking import lacks_capture

# Codes of holds that payments put and release; no validation rule has them.
EXPIRING = "authorization_expiring"
EXPIRED = "authorization_expired"
UNANSWERED = "payment_unanswered"
USED_UP = "authorization_used_up"
RENEWING = "authorization_renewing"
CAPTURE_FAILED = "capture_failed"
DISPUTED = "payment_disputed"
REVERSED = "payment_reversed"

# Holds that the buyer is not told about, because only staff or a gateway can do something.
NOT_TOLD = (EXPIRING, UNANSWERED, RENEWING, CAPTURE_FAILED, DISPUTED)

WARNED_BEFORE = timedelta(hours=24)  # the expiry
_NOTHING_LEFT = (FulfillmentStatus.SHIPPED, FulfillmentStatus.DELIVERED, FulfillmentStatus.CANCELLED)


async def warn(uow: UnitOfWork, order: Order, payment: Payment) -> None:
    """Hold a locked open order because an authorization expires soon, unless it is held for that already. The
    reason has the date and time of the channel."""
    payment.warned_at = uow.at
    await update_each([payment], "warned_at")
    if any(each.rule == EXPIRING and each.payment_id == payment.id for each in await _open(order)):
        return
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    assert payment.capture_before is not None
    ends = payment.capture_before.astimezone(ZoneInfo(channel.time_zone))
    reason = (
        f"The authorization of payment {payment.position} expires on {ends:%Y-%m-%d %H:%M} "
        f"({channel.time_zone}). Capture it before, or ask for another payment."
    )
    await put_hold(uow, order, kind=HoldKind.PAYMENT, rule=EXPIRING, reason=reason, payment_id=payment.id)


async def _open(order: Order) -> list[Hold]:
    return await orders.open_holds(order.id) if order.open_holds else []


async def hold_expired(uow: UnitOfWork, order: Order, note: str) -> None:
    """Hold a locked open order until it is paid or authorized again, unless it is held for that already."""
    if all(each.rule != EXPIRED for each in await _open(order)):
        reason = f"{note} Ask for another payment."
        await put_hold(uow, order, kind=HoldKind.PAYMENT, rule=EXPIRED, reason=reason)


async def hold_unanswered(uow: UnitOfWork, order: Order, payment: Payment) -> None:
    """Hold a locked open order because a gateway has not answered for days."""
    reason = f"The gateway has not answered about payment {payment.position}. Compare it there (paymentSync)."
    if all((each.rule, each.payment_id) != (UNANSWERED, payment.id) for each in await _open(order)):
        await put_hold(
            uow, order, kind=HoldKind.PAYMENT, rule=UNANSWERED, reason=reason, payment_id=payment.id
        )


async def hold_renewing(uow: UnitOfWork, order: Order, payment: Payment) -> None:
    """Hold a locked open order while the rest of an authorization, which permits no further capture, is
    authorized again without the buyer."""
    reason = (
        f"The rest of payment {payment.position} is being authorized again, because its authorization "
        "permits no further capture."
    )
    await put_hold(uow, order, kind=HoldKind.PAYMENT, rule=RENEWING, reason=reason, payment_id=payment.id)


async def hold_used_up(uow: UnitOfWork, order: Order, payment: Payment) -> None:
    """Hold a locked open order until it is paid or authorized again, because an authorization permits no
    further capture. The hold replaces that of `hold_renewing`."""
    holds = await _open(order)
    if all(each.rule != USED_UP for each in holds):
        reason = (
            f"The authorization of payment {payment.position} permits no further capture, and the rest of it "
            "was released. Ask for another payment."
        )
        await put_hold(uow, order, kind=HoldKind.PAYMENT, rule=USED_UP, reason=reason, payment_id=payment.id)
    tried = [each for each in holds if (each.rule, each.payment_id) == (RENEWING, payment.id)]
    if tried:
        await release_locked(uow, order, tried, by=BY_CURE, note="It was not authorized again.")


async def hold_failed(uow: UnitOfWork, order: Order, payment: Payment, amount: Money, message: str) -> None:
    """Hold a locked open order because a capture failed that its rule asks for."""
    if all(each.rule != CAPTURE_FAILED for each in await _open(order)):
        reason = (
            f"The capture of {amount} of payment {payment.position} failed: {message} Capture it again "
            "(paymentCapture), or ask for another payment."
        )
        await put_hold(
            uow,
            order,
            kind=HoldKind.PAYMENT,
            rule=CAPTURE_FAILED,
            reason=reason[:LONGEST_REASON],
            payment_id=payment.id,
        )


async def hold_disputed(uow: UnitOfWork, order: Order, reason: str) -> None:
    """Hold a locked open order with something left to ship because of a dispute, unless it is held for
    one."""
    if not order.status.is_open or order.fulfillment_status in _NOTHING_LEFT:
        return
    if all(each.rule != DISPUTED for each in await orders.open_holds(order.id)):
        await put_hold(uow, order, kind=HoldKind.PAYMENT, rule=DISPUTED, reason=reason)


async def hold_reversed(uow: UnitOfWork, order: Order, amount: Money) -> None:
    """Hold a locked open order with something left to ship, because the bank took a payment back, until it is
    paid or authorized again."""
    if not order.status.is_open or order.fulfillment_status in _NOTHING_LEFT:
        return
    if derived_statuses.is_covered(order) or any(each.rule == REVERSED for each in await _open(order)):
        return
    reason = f"The bank took {amount} back. Ask for another payment."
    await put_hold(uow, order, kind=HoldKind.PAYMENT, rule=REVERSED, reason=reason)


async def release_ended(uow: UnitOfWork, order: Order) -> None:
    """Release the holds of a locked order that no longer apply.

    The warning of an authorization ends when the authorization is captured, voided or expired, or when
    nothing is due; the holds after an expiry, the last permitted capture and a reversal end when the order is
    paid or authorized, the hold after a capture that failed when the amount is received, the hold of a
    gateway that does not answer when no transaction waits, and the hold of a dispute when none is open and
    the order is paid or authorized."""
    if not order.open_holds:
        return
    holds = await orders.open_holds(order.id)
    warnings = [each for each in holds if each.rule == EXPIRING]
    ended = await _ended(uow, order, warnings) if warnings else []
    if ended:
        note = "The authorization has ended." if due(order) > 0 else "Nothing is due."
        await release_locked(uow, order, ended, by=BY_CURE, note=note)
    expired = [each for each in holds if each.rule in (EXPIRED, USED_UP, RENEWING, REVERSED)]
    if expired and derived_statuses.is_covered(order, without=await expired_amount(uow, order)):
        note = "Its payment is authorized." if due(order) > 0 else "It is paid."
        await release_locked(uow, order, expired, by=BY_CURE, note=note)
    failed = [each for each in holds if each.rule == CAPTURE_FAILED]
    if failed and not await lacks_capture(order):
        await release_locked(uow, order, failed, by=BY_CURE, note="The amount is received.")
    unanswered = [each for each in holds if each.rule == UNANSWERED]
    if unanswered and not await queries.has_unanswered(order.id):
        await release_locked(uow, order, unanswered, by=BY_CURE, note="The gateway has answered.")
    disputed = [each for each in holds if each.rule == DISPUTED]
    if disputed and derived_statuses.is_covered(order) and not await _is_disputed(order):
        await release_locked(uow, order, disputed, by=BY_CURE, note="No dispute is open, and it is paid.")


async def _is_disputed(order: Order) -> bool:
    return any(each.disputed_minor for each in await queries.locked_of(order.id))


async def expired_amount(uow: UnitOfWork, order: Order, known: Sequence[Payment] | None = None) -> int:
    """The expired amount of a locked order, which is part of its authorized amount. `known` are its locked
    payments, if the caller has them."""
    payments = known if known is not None else await queries.locked_of(order.id)
    return sum(rules.expired_minor(Tender.of(each), uow.at) for each in payments)


async def _ended(uow: UnitOfWork, order: Order, warnings: Sequence[Hold]) -> list[Hold]:
    """The warnings that no longer apply. The job warns again of a payment whose warning has ended, if its
    amount is due again or its gateway has extended it."""
    payments = await queries.locked_of(order.id)
    valid = {each.id for each in payments if due(order) > 0 and _expires_soon(uow, each)}
    ended = [each for each in warnings if each.payment_id not in valid]
    gone = {each.payment_id for each in ended}
    again = [each for each in payments if each.id in gone]
    for each in again:
        each.warned_at = None
    await update_each(again, "warned_at")
    return ended


def _expires_soon(uow: UnitOfWork, payment: Payment) -> bool:
    tender = Tender.of(payment)
    if tender.uncaptured_minor <= 0 or tender.capture_before is None or rules.is_expired(tender, uow.at):
        return False
    return tender.capture_before <= uow.at + WARNED_BEFORE
