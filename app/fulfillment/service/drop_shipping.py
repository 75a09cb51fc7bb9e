"""What suppliers send straight to the buyer: they were asked, they accept or reject, and then they ship."""

from datetime import date
from uuid import UUID

from app.access.permissions import Permission
from app.core.days import checked_coming_day
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.conditions import refuse_ship_direct
from app.fulfillment.events import FulfillmentAccepted
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.queueing import urgency
from app.fulfillment.service.event_fields import event_fields, report_progress
from app.fulfillment.service.locking import locked_with_order
from app.fulfillment.service.releasing import save
from app.fulfillment.service.shipping import ShipData, ship
from app.orders import service as order_service
from app.suppliers import service as purchasing


@command
async def accept(
    uow: UnitOfWork, id: UUID, *, ships_on: date | None = None, expected_version: int | None = None
) -> FulfillmentOrder:
    """Note that a supplier will send what it was asked for, and on which day. Its buyer is told a later one.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: a day that is over.
    """
    if ships_on is not None:
        checked_coming_day(ships_on, "ships_on")
    order, row = await locked_with_order(
        uow, id, permission=Permission.DROP_SHIP_ANSWER, expected_version=expected_version
    )
    life.lifecycle.move(row, life.accept)
    is_other = ships_on not in (None, row.ships_on)
    row.ships_on = ships_on or row.ships_on
    row.urgency = urgency(row.priority, row.ships_on)
    await save(uow, row, "ships_on", "urgency")
    if row.purchase_order_id is not None:
        await purchasing.confirm_drop_ship(uow, row.purchase_order_id, row.ships_on)
    uow.announce(FulfillmentAccepted(**event_fields(row), ships_on=row.ships_on.isoformat()))
    await report_progress(uow, order)
    if is_other:
        await order_service.leaves_on(uow, order, row.location_id, row.ships_on)
        return await queries.locked(row.id)
    return row


@command
async def ship_direct(
    uow: UnitOfWork, id: UUID, data: ShipData, *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Note that a supplier has sent what it was asked for. One that had not said so accepts it by that.

    Raises:
        What `ship` raises.
        Invalid: it is not sent by a supplier.
    """
    order, row = await locked_with_order(
        uow, id, permission=Permission.DROP_SHIP_ANSWER, expected_version=expected_version
    )
    refuse_ship_direct(row, order)
    if life.accept.leads_from(row.status):
        await accept(uow, id)
    return await ship(uow, id, data, permission=Permission.DROP_SHIP_ANSWER)
