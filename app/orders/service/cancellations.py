"""Records cancellations."""

from collections.abc import Sequence

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.orders.lifecycle import CancelReason
from app.orders.models import Order, OrderCancellation, OrderLine
from app.orders.proration import Leaving
from app.orders.recorded import CancelledLine, taxes_as_json


def cancellation_of(
    uow: UnitOfWork,
    order: Order,
    lines: Sequence[OrderLine],
    gone: Leaving,
    reason: CancelReason,
    note: str,
    amount_minor: int | None = None,
) -> OrderCancellation:
    """The row of a cancellation; `amount_minor` overrides the amount of the units."""
    return OrderCancellation(
        id=new_id(),
        order_id=order.id,
        reason=reason,
        note=note,
        lines=[
            CancelledLine(
                lines[index].id,
                gone.units[index],
                worth.total_minor,
                lines[index].sku,
                worth.discount_minor,
                worth.tax_minor,
            ).to_json()
            for index, worth in gone.lines.items()
        ],
        amount_minor=gone.total_minor if amount_minor is None else amount_minor,
        taxes=taxes_as_json(gone.taxes),
        at=uow.at,
    )
