"""Estimated delivery dates from carriers."""

from datetime import date, timedelta
from uuid import UUID

from app.core.database import update_each
from app.core.uow import UnitOfWork, command
from app.core.versions import touch
from app.fulfillment import queries
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.service.locking import locked_by_shipment
from app.inventory.locations.clocks import company_day
from app.orders.service import promising

P = ShipmentStage
FURTHEST = timedelta(days=366)  # a later date comes from a clock that was never set


@command
async def update_delivery_estimate(uow: UnitOfWork, shipment_id: UUID, package_id: UUID, day: date) -> None:
    """Note the day on which a carrier thinks that a package arrives; its order is promised by that day.

    The date of a shipment is that of its last package. Dates of delivered packages and implausible dates are
    ignored.
    """
    if abs(day - company_day(uow.at)) > FURTHEST:
        return
    known, shipment = await locked_by_shipment(uow, shipment_id)
    (packages,) = await queries.packages_by_shipment([shipment.id])
    package = next(each for each in packages if each.id == package_id)
    if package.stage in (P.DELIVERED, P.RETURNED_TO_SENDER) or package.expected_on == day:
        return
    package.expected_on = day
    await update_each([package], "expected_on")
    ahead = [each for each in packages if each.stage not in (P.DELIVERED, P.RETURNED_TO_SENDER)]
    shipment.expected_on = max(each.expected_on for each in ahead if each.expected_on)
    touch(shipment, uow.at)
    await update_each([shipment], "expected_on", "version", "updated_at")
    last = await queries.last_day_in_transit(known.order.id)
    if last is not None:
        await promising.arrives_on(uow, known.order, last)
