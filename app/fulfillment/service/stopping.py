"""Ending work that is not wanted any more."""

from uuid import UUID

from app.core.uow import UnitOfWork
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.events import FulfillmentCancelled
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.listing import unlist
from app.fulfillment.service.packing import open_packages
from app.fulfillment.service.releasing import save
from app.fulfillment.service.supplier_requests import cancel_request


async def stop(uow: UnitOfWork, order_id: UUID, reason: str) -> None:
    """Cancel all work of an order that is still to leave. The order's row is locked."""
    for known in await queries.ahead_of_order(order_id):
        row = await queries.locked(known.id)
        life.lifecycle.move(row, life.cancel)
        row.cancel_reason = reason[:500]
        await open_packages(uow, row)
        await unlist(uow, await queries.lines_of([row.id]))
        await save(uow, row, "cancel_reason")
        await cancel_request(uow, row)
        uow.announce(FulfillmentCancelled(**event_fields(row), reason=reason))
