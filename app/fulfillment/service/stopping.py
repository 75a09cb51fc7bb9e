"""Ending work that is not wanted any more."""

from uuid import UUID

from app.core.work import Work
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.events import FulfillmentCancelled
from app.fulfillment.service.asking import call_off
from app.fulfillment.service.listing import unlist
from app.fulfillment.service.packing import open_packages
from app.fulfillment.service.releasing import save
from app.fulfillment.service.telling import told


async def stop(work: Work, order_id: UUID, reason: str) -> None:
    """Cancel all work of an order that is still to leave. The order's row is locked."""
    for known in await queries.ahead_of_order(order_id):
        row = await queries.locked(known.id)
        life.lifecycle.move(row, life.cancel)
        row.cancel_reason = reason[:500]
        await open_packages(work, row)
        await unlist(work, await queries.lines_of([row.id]))
        await save(work, row, "cancel_reason")
        await call_off(work, row)
        work.announce(FulfillmentCancelled(**told(row), reason=reason))
