"""Stopping an order."""

from uuid import UUID

from app.channels import queries as channels
from app.core.ids import new_id
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.versions import refuse_stale
from app.core.work import Work, verb
from app.inventory import service as inventory
from app.orders import facets, lifecycle, queries
from app.orders.events import OrderCancelled
from app.orders.lifecycle import CancelReason
from app.orders.models import Order, OrderCancellation, OrderLine
from app.orders.refusals import OrderAlreadyShipped


@verb
async def cancel(
    work: Work,
    id: UUID,
    *,
    reason: CancelReason,
    note: str = "",
    expected_version: int | None = None,
) -> Order:
    """Stop an order before anything of it leaves the building. Its stock is free again at once.

    Raises:
        NotFound, StaleVersion.
        Invalid: an overlong note.
        IllegalTransition: it is a draft, or cancelled already.
        OrderAlreadyShipped: something of it has left.
    """
    checked_note(note, "note", longest=LONGEST_REMARK)
    order = await queries.locked(work.actor, id)
    refuse_stale(order, expected_version)
    lines = await queries.lines(order.id)
    if any(line.quantity_shipped for line in lines):
        raise OrderAlreadyShipped.of(order)
    lifecycle.lifecycle.move(order, lifecycle.cancel)
    await _cancel_lines(work, order, lines, reason, note)
    released = await inventory.release(work, claimant=order.id)
    await inventory.give_capacity_back(work, order.sourcing)
    for discount in (await channels.discounts(order.channel_id, order.discount_codes)).values():
        await channels.give_discount_back(discount.id)
    order.cancel_reason = reason
    order.cancelled_at = order.updated_at = work.at
    order.fulfillment_status = facets.fulfillment_status(order.status, lines)
    order.tracking_stage = facets.tracking_stage(order.status, order.fulfillment_status)
    order.version += 1
    await order.save(
        update_fields=[
            "status", "cancel_reason", "cancelled_at", "updated_at", "fulfillment_status",
            "tracking_stage", "version",
        ]
    )  # fmt: skip
    work.announce(
        OrderCancelled(
            subject_id=order.id,
            channel_id=order.channel_id,
            reason=reason.value,
            note=note,
            released_units=released,
        )
    )
    return order


async def _cancel_lines(
    work: Work, order: Order, lines: list[OrderLine], reason: CancelReason, note: str
) -> None:
    left = [(line, line.quantity - line.quantity_cancelled) for line in lines]
    await OrderCancellation.create(
        id=new_id(),
        order_id=order.id,
        reason=reason,
        note=note,
        lines=[
            {"line_id": str(line.id), "quantity": quantity, "amount_minor": line.unit_price_minor * quantity}
            for line, quantity in left
            if quantity
        ],
        amount_minor=order.total_minor,
        at=work.at,
    )
    for line in lines:
        line.quantity_cancelled = line.quantity
    await OrderLine.bulk_update(lines, fields=["quantity_cancelled"])
