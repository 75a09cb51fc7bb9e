"""Records payments on an order."""

from app.core.database import update_each
from app.core.uow import UnitOfWork
from app.core.versions import touch
from app.inventory.stock.lifecycle import ReservationPriority
from app.inventory.stock.service import reserving
from app.orders import derived_statuses, queries
from app.orders.amounts import goodwill
from app.orders.lifecycle import HoldKind
from app.orders.models import Order
from app.orders.service.holding import release_resolved_holds
from app.orders.service.progressing import complete_or_reopen


async def record_payment(uow: UnitOfWork, order: Order, *, received: int = 0, given_back: int = 0) -> None:
    """Record on a locked order what was received or refunded, in minor units.

    Updates the derived statuses. A fully paid order gets stock before unpaid ones, and its payment hold is
    released.
    """
    order.credited_minor += goodwill(order, given_back)
    order.paid_minor += received - given_back
    order.refunded_minor += given_back
    derived_statuses.derive(order, await queries.lines(order.id))
    complete_or_reopen(uow, order)
    touch(order, uow.at)
    await update_each(
        [order],
        "paid_minor",
        "refunded_minor",
        "credited_minor",
        "status",
        *derived_statuses.COLUMNS,
        "updated_at",
        "version",
    )
    if received and derived_statuses.is_covered(order) and order.status.is_open:
        await reserving.promote(uow, claimant=order.id, priority=ReservationPriority.PAID)
        await release_resolved_holds(uow, order, HoldKind.PAYMENT, "It is paid.")
