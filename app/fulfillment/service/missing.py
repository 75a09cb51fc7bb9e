"""Units that were not on the shelf where they should be."""

from collections.abc import Sequence

from app.core.database import update_each
from app.core.work import Work
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.events import FulfillmentCancelled, FulfillmentPickedShort
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.telling import told
from app.inventory import service as inventory
from app.inventory.lifecycle import ReservationPriority
from app.orders import service as order_service
from app.orders.models import Order


async def resolve_missing(
    work: Work, order: Order, row: FulfillmentOrder, missing: Sequence[tuple[FulfillmentLine, int]]
) -> None:
    """Write missing units off, look for others, and end the fulfillment order if nothing is left of it.

    Another location sends them if one has them, else they wait for stock.
    """
    for part, units in missing:
        part.quantity -= units
        row.units -= units
        waiting = 0
        if part.tracks_stock:
            waiting = await inventory.replace_missing(
                work,
                channel_id=order.channel_id,
                location_id=row.location_id,
                variant_id=part.variant_id,
                quantity=units,
                claimant=order.id,
                priority=ReservationPriority.ORDER,
                to=order.shipping_address,
            )
        work.announce(
            FulfillmentPickedShort(
                **told(row),
                sku=part.sku,
                units=units,
                found_elsewhere=units - waiting,
                backordered=waiting,
                cancelled=0,
            )
        )
    gone = [part for part, _ in missing if part.quantity == 0]
    await queries.drop_lines([part.id for part in gone])
    await update_each([part for part, _ in missing if part.quantity], "quantity")
    if row.units == 0:
        life.lifecycle.move(row, life.cancel)
        row.cancel_reason = "Nothing of it was on the shelf."
        work.announce(FulfillmentCancelled(**told(row), reason=row.cancel_reason))
    await update_each([row], "units", "status", "cancel_reason")
    await order_service.promise_anew(work, order)  # what was found elsewhere is allocated by its listener
