"""Whoever works on a fulfillment order holds its order's row first: one story at a time for each order."""

from uuid import UUID

from app.core.refusals import NotFound
from app.core.versions import refuse_stale
from app.core.work import Work
from app.fulfillment import queries
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.orders import queries as orders
from app.orders.models import Order


async def locked_with_order(
    work: Work, id: UUID, *path: str, expected_version: int | None = None
) -> tuple[Order, FulfillmentOrder]:
    """A fulfillment order and its order, both locked.

    Raises:
        NotFound: there is none that the actor may see.
        StaleVersion.
    """
    known = await queries.fulfillment_order(work.actor, id, *path)
    order = await orders.locked_by_id(known.order_id)
    if order is None:
        raise NotFound.of("order", *(path or ("id",)))
    row = await queries.locked(id)
    refuse_stale(row, expected_version)
    return order, row


async def lines_of(row: FulfillmentOrder) -> list[FulfillmentLine]:
    return await queries.lines_of([row.id])
