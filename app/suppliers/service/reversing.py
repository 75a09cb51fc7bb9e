"""Reversing incorrect receipts of purchase orders."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.database import update_each
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.core.versions import write_changes
from app.inventory.receiving import queries as receiving_queries
from app.inventory.receiving import service as receiving_service
from app.suppliers import lifecycle, queries
from app.suppliers.conditions import PERMISSIONS, refuse_unreceived
from app.suppliers.events import PurchaseOrderReceiptReversed
from app.suppliers.lifecycle import PurchaseOrderStatus
from app.suppliers.models import PurchaseOrder, PurchaseOrderLine
from app.suppliers.service.ordering import SOURCE, locked_for_goods

S = PurchaseOrderStatus


@command
async def reverse_purchase_receipt(
    uow: UnitOfWork,
    receipt_id: UUID,
    *,
    items: Sequence[receiving_service.ReversedItem] | None = None,
    note: str = "",
) -> PurchaseOrder:
    """Reverse a receipt of a purchase order, all of it or pieces of some lines.

    Stock, value and the order are as before the receipt: the goods are expected again, unless the order was
    closed.

    Raises:
        NotFound: the receipt does not exist.
        Invalid, ValidationFailed: it has no purchase order, or what `reverse_receipt` refuses.
    """
    receipt = await receiving_queries.receipt(uow.actor, receipt_id, "receipt_id")
    if receipt.source_kind != SOURCE or receipt.source_id is None:
        raise Invalid(
            ("This receipt does not belong to a purchase order. Reverse it with stockReceiptReverse."),
            "receipt_id",
            code=ProblemCode.WRONG_KIND,
        )
    order = await locked_for_goods(uow, PERMISSIONS[LifecycleStep.REVERSE], receipt.source_id, None)
    lines = await queries.lines_of(order.id)
    if items is None:
        refuse_unreceived(lines)
    back = await receiving_service.reverse_receipt(
        uow,
        receipt_id,
        items=items,
        note=note,
        source=(SOURCE, order.id),
        expects_again=order.status is not S.CLOSED,
    )
    changed = [line for line in lines if line.variant_id in back]
    for line in changed:
        line.received = max(0, line.received - back[line.variant_id])
    await update_each(changed, "received")
    status = _status(order, lines)
    lifecycle.lifecycle.move(order, lifecycle.REVERSED[status])
    changes: dict[str, Any] = {"status": status}
    if status not in (S.RECEIVED, S.CLOSED):
        changes["received_at"] = None
    await write_changes(order, changes, uow.at)
    uow.announce(
        PurchaseOrderReceiptReversed(subject_id=order.id, number=order.number, units=sum(back.values()))
    )
    return order


def _status(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> PurchaseOrderStatus:
    """The status of an order, by what was received of it."""
    if order.status is S.CLOSED:
        return S.CLOSED
    if all(line.received >= line.quantity for line in lines):
        return S.RECEIVED
    if any(line.received for line in lines):
        return S.PARTIALLY_RECEIVED
    return S.SENT if order.confirmed_at is None else S.CONFIRMED
