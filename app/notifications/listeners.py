"""Whom we tell when something happens below."""

from uuid import UUID

from app.core.work import Work, listens
from app.fulfillment import queries as fulfillment
from app.fulfillment.events import FulfillmentCancelled, FulfillmentSubmitted
from app.notifications import service
from app.notifications.lifecycle import MessageKind
from app.suppliers import queries as suppliers


@listens(FulfillmentSubmitted)
async def asks_supplier(work: Work, event: FulfillmentSubmitted) -> None:
    await _tell(work, event.fulfillment_order_id, MessageKind.SUPPLIER_REQUEST)


@listens(FulfillmentCancelled)
async def calls_off(work: Work, event: FulfillmentCancelled) -> None:
    await _tell(work, event.fulfillment_order_id, MessageKind.SUPPLIER_CALL_OFF)


async def _tell(work: Work, fulfillment_order_id: UUID, kind: MessageKind) -> None:
    (row,) = await fulfillment.by_id([fulfillment_order_id])
    if row is None or row.purchase_order_id is None:
        return
    supplier = await suppliers.supplier_asked(row.purchase_order_id)
    if supplier is not None and supplier.email:
        await service.queue(work, kind, supplier.email, row.id)
