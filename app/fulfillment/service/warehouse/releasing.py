"""Releasing fulfillment orders, and recalling them before they are begun."""

from uuid import UUID

from app.core.database import update_each
from app.core.uow import UnitOfWork, command
from app.core.versions import touch
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.conditions import refuse_release
from app.fulfillment.events import FulfillmentRecalled, FulfillmentReleased, FulfillmentSubmitted
from app.fulfillment.models import FulfillmentOrder
from app.fulfillment.queueing import urgency
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import locked_work
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.saving import changed
from app.fulfillment.service.suppliers.requests import request_from_supplier
from app.fulfillment.service.warehouse.pick_lists import remove_from_lists
from app.orders.models import Order


@command
async def release(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> FulfillmentOrder:
    """Release a fulfillment order. A drop-ship supplier is sent a request.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        NotReleasable: the order is on hold, or must ship complete and waits for stock.
        Invalid: the supplier has no price for an item.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    row = known.row
    refuse_release(row, known.order)
    life.lifecycle.move(row, life.release)
    row.released_at = uow.at
    uow.announce(FulfillmentReleased(**event_fields(row)))
    if row.is_drop_ship:
        await request_from_supplier(uow, row)
        life.lifecycle.move(row, life.submit)
        uow.announce(FulfillmentSubmitted(**event_fields(row)))
    known.changes.append(changed(uow, row, "released_at", "purchase_order_id", "supplier_link_hash"))
    await report_progress(uow, known.order, known)
    await known.write()
    return row


@command
async def recall(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> FulfillmentOrder:
    """Recall a release before work has begun. Its lines are removed from pick lists.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    row = known.row
    life.lifecycle.move(row, life.recall)
    row.released_at = None
    await remove_from_lists(uow, await known.own_lines())
    known.changes.append(changed(uow, row, "released_at"))
    uow.announce(FulfillmentRecalled(**event_fields(row)))
    await report_progress(uow, known.order, known)
    await known.write()
    return row


async def update_promise(uow: UnitOfWork, order: Order) -> None:
    """Copy the promised day, the priority and the shipping method of an order to its fulfillment orders."""
    rows = await queries.ahead_of_order(order.id)
    now = (order.promised_on, order.priority, order.shipping_method)
    changed = [row for row in rows if (row.promised_on, row.priority, row.shipping_method) != now]
    for row in changed:
        row.promised_on, row.priority, row.shipping_method = now
        row.urgency = urgency(order.priority, row.ships_on)
        touch(row, uow.at)
    await update_each(
        changed, "promised_on", "priority", "urgency", "shipping_method", "version", "updated_at"
    )


async def update_hold(order_id: UUID, is_held: bool, uow: UnitOfWork) -> None:
    """Note on an order's work whether the order is on hold; the queue shows it, and is not released."""
    rows = [row for row in await queries.ahead_of_order(order_id) if row.is_held is not is_held]
    for row in rows:
        row.is_held = is_held
        touch(row, uow.at)
    await update_each(rows, "is_held", "version", "updated_at")
