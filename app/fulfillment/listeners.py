"""Event handlers of fulfillment for orders, in the same transaction."""

from uuid import UUID

from app.core.uow import UnitOfWork
from app.fulfillment.events import FulfillmentLabelBought, FulfillmentShipped
from app.fulfillment.service import progress
from app.fulfillment.service.locking import locked_order
from app.fulfillment.service.warehouse import address_changes, allocating, cancelling, lost_stock, releasing
from app.inventory.stock.events import KeptLotsChanged
from app.inventory.stock.lifecycle import ClaimantKind
from app.orders import queries as orders
from app.orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelayed,
    OrderEdited,
    OrderHeld,
    OrderLinesCancelled,
    OrderPromised,
    OrderReleased,
    OrderStockChanged,
    OrderUpdated,
)
from app.orders.fresh import FreshOrder
from app.orders.service import indexing

_WHERE = ("shipping_address", "shipping_method")


async def defer_unpicking(uow: UnitOfWork, event: KeptLotsChanged) -> None:
    """Allocated lots that may be picked were replaced. The order is locked after the commit."""
    if event.claimant_kind == ClaimantKind.ORDER.value:
        uow.defer("fulfillment.lots", event.reservation_id)


async def unpick_lost_lots(uow: UnitOfWork, reservation_id: UUID) -> None:
    """Have lots that are kept no more put back, and others picked."""
    await lost_stock.unpick_lost_lots(uow, reservation_id)


async def allocate_confirmed(uow: UnitOfWork, event: OrderConfirmed) -> None:
    """Allocate a confirmed order to the locations of its reserved stock."""
    fresh = uow.fresh.get(event.subject_id)
    if isinstance(fresh, FreshOrder):
        await allocating.allocate_fresh(uow, fresh)
    else:
        await _allocate(uow, event.subject_id)


async def reallocate(uow: UnitOfWork, event: OrderStockChanged) -> None:
    """The reserved stock of an order has changed."""
    await _allocate(uow, event.subject_id)


async def reallocate_delayed(uow: UnitOfWork, event: OrderDelayed) -> None:
    await _allocate(uow, event.subject_id)


async def reallocate_promised(uow: UnitOfWork, event: OrderPromised) -> None:
    await _allocate(uow, event.subject_id)


async def cancel_all(uow: UnitOfWork, event: OrderCancelled) -> None:
    """Cancel the work of a cancelled order."""
    if event.happened_at is not None:
        return  # the history of another system, written down afterwards
    await cancelling.cancel_all(uow, event.subject_id, f"The order was cancelled: {event.reason}.")


async def cancel_units(uow: UnitOfWork, event: OrderLinesCancelled) -> None:
    """Cancelled units are not shipped; the order may be complete now."""
    if event.happened_at is not None:
        return
    await cancelling.cancel_units(uow, event.subject_id, "Cancelled.")
    order = await locked_order(event.subject_id)
    await progress.report_progress(uow, order)


async def apply_edit(uow: UnitOfWork, event: OrderEdited) -> None:
    """Update the work after an edit; added units are allocated when they are reserved."""
    for field in _WHERE:
        if field in event.changed:
            await address_changes.refuse_unless_address_changeable(event.subject_id, field)
    await cancelling.cancel_units(uow, event.subject_id, "The order was edited.")
    order = await locked_order(event.subject_id)
    await releasing.update_promise(uow, order)
    await progress.report_progress(uow, order)


async def update_priority(uow: UnitOfWork, event: OrderUpdated) -> None:
    """Update the priority of the order's work."""
    if "priority" in event.changed:
        order = await orders.locked_by_id(event.subject_id)
        assert order is not None
        await releasing.update_promise(uow, order)


async def mark_held(uow: UnitOfWork, event: OrderHeld) -> None:
    await _update_hold(uow, event.subject_id)


async def mark_released(uow: UnitOfWork, event: OrderReleased) -> None:
    await _update_hold(uow, event.subject_id)


async def _allocate(uow: UnitOfWork, order_id: UUID) -> None:
    order = await orders.locked_by_id(order_id)
    assert order is not None
    await allocating.allocate(uow, order)
    await releasing.update_promise(uow, order)
    await progress.report_progress(uow, order)


async def _update_hold(uow: UnitOfWork, order_id: UUID) -> None:
    if order_id in uow.fresh:
        return  # a held order has no work yet
    order = await orders.locked_by_id(order_id)
    if order is not None and order.status.is_open:
        await releasing.update_hold(order_id, bool(order.open_holds), uow)


async def index_tracking_numbers(uow: UnitOfWork, event: FulfillmentShipped) -> None:
    """Index an order by the tracking numbers of its parcels."""
    if event.tracking_numbers:
        await indexing.index_parcels(event.subject_id, event.tracking_numbers)


async def index_label(uow: UnitOfWork, event: FulfillmentLabelBought) -> None:
    await indexing.index_parcels(event.subject_id, [event.tracking_number])
