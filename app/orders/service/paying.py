"""Records payments on an order."""

from app.core.database import update_each
from app.core.uow import UnitOfWork
from app.core.versions import touch
from app.inventory.stock.lifecycle import ReservationPriority
from app.inventory.stock.service import reserving
from app.orders import derived_statuses, queries
from app.orders.amounts import credited
from app.orders.lifecycle import HoldKind, PaymentStatus
from app.orders.models import Order
from app.orders.service.holding import check_rules_again, release_resolved_holds
from app.orders.service.progressing import Progressed, complete_or_reopen
from app.orders.validation.rules import unpaid

_WRITTEN = (
    "paid_minor", "refunded_minor", "credited_minor", "surplus_refunded_minor", "authorized_minor", "status",
    *derived_statuses.COLUMNS, "updated_at", "version",
)  # fmt: skip


async def record_payment(
    uow: UnitOfWork,
    order: Order,
    *,
    received: int = 0,
    given_back: int = 0,
    credit: int = 0,
    authorized: int = 0,
    surplus: int = 0,
) -> None:
    """Record on a locked order what was received or refunded, in minor units, and the change of the amount
    that is authorized and not captured. What is received is negative if a bank took money back. `credit` is
    the part of a refund that is not due again in any case, and `surplus` the part by a gateway that returned
    more than the buyer had to pay.

    Updates the derived statuses. An order that is fully paid or authorized gets stock before unpaid ones, and
    its payment hold is released. An order that is no longer covered, after a void or refund, loses that
    precedence, and is held again if the rule `unpaid` of its channel holds orders.
    """
    was_covered = derived_statuses.is_covered(order)
    order.surplus_refunded_minor += surplus
    order.credited_minor += credited(order, given_back, credit)
    order.paid_minor += received - given_back
    order.refunded_minor += given_back
    order.authorized_minor += authorized
    if authorized < 0 and not order.authorized_minor and order.payment_status is PaymentStatus.AUTHORIZED:
        order.payment_status = PaymentStatus.VOIDED  # unless money has moved: see derive
    uow.book([Progressed(order, lines := await queries.lines(order.id))])
    derived_statuses.derive(order, lines)
    complete_or_reopen(uow, order)
    touch(order, uow.at)
    await update_each([order], *_WRITTEN)
    if not order.status.is_open:
        return
    is_covered = derived_statuses.is_covered(order)
    if is_covered and (received > 0 or authorized > 0):
        await prioritize(uow, order, is_covered=True)
        await release_resolved_holds(uow, order, HoldKind.PAYMENT, _REASON[received > 0])
    elif was_covered and not is_covered and received <= 0:
        await prioritize(uow, order, is_covered=False)
        await check_rules_again(uow, order, cures=False, only=(unpaid.__name__,))


async def prioritize(uow: UnitOfWork, order: Order, *, is_covered: bool) -> None:
    """Give the stock reserved for an order the priority of paid or of unpaid orders."""
    priority = ReservationPriority.PAID if is_covered else ReservationPriority.ORDER
    await reserving.promote(uow, claimant=order.id, priority=priority)


_REASON = {True: "It is paid.", False: "Its payment is authorized."}
