"""Records the shipment of a supplier to the buyer."""

from uuid import UUID

from app.access.permissions import Permission
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment.conditions import refuse_ship_direct
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.service.locking import locked_with_order
from app.fulfillment.service.suppliers.answers import accept
from app.fulfillment.service.warehouse.shipping import ShipData, ship


@command
async def ship_direct(
    uow: UnitOfWork, id: UUID, data: ShipData, *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Record that a supplier shipped a request; this accepts a request that was not answered.

    Raises:
        What `ship` raises.
        Invalid: it is not shipped by a supplier.
    """
    order, row = await locked_with_order(
        uow, id, permission=Permission.DROP_SHIP_ANSWER, expected_version=expected_version
    )
    refuse_ship_direct(row, order)
    if life.accept.leads_from(row.status):
        await accept(uow, id)
    return await ship(uow, id, data, permission=Permission.DROP_SHIP_ANSWER)
