"""What fulfilment does when something happens to an order, in the same transaction."""

from uuid import UUID

from app.core.work import Work
from app.fulfillment import service
from app.fulfillment.events import FulfillmentLabelBought, FulfillmentShipped
from app.inventory.events import KeptLotsChanged
from app.inventory.lifecycle import ClaimantKind
from app.orders import queries as orders
from app.orders import service as orders_service
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

_WHERE = ("shipping_address", "shipping_method")


async def has_other_lots(work: Work, event: KeptLotsChanged) -> None:
    """Lots that may be in a tote are kept for its order no more. The order is locked after the commit."""
    if event.claimant_kind == ClaimantKind.ORDER.value:
        work.leave("fulfillment.lots", event.reservation_id)


async def pick_other_lots(work: Work, reservation_id: UUID) -> None:
    """Have lots that are kept no more put back, and others picked."""
    await service.put_back(work, reservation_id)


async def begins(work: Work, event: OrderConfirmed) -> None:
    """A confirmed order is given to the locations that its stock is kept in."""
    fresh = work.fresh.get(event.subject_id)
    if isinstance(fresh, FreshOrder):
        await service.allocate_fresh(work, fresh)
    else:
        await _allocate(work, event.subject_id)


async def has_other_stock(work: Work, event: OrderStockChanged) -> None:
    """What is kept for an order is elsewhere, more or less than before."""
    await _allocate(work, event.subject_id)


async def comes_later(work: Work, event: OrderDelayed) -> None:
    await _allocate(work, event.subject_id)


async def comes_earlier(work: Work, event: OrderPromised) -> None:
    await _allocate(work, event.subject_id)


async def stops(work: Work, event: OrderCancelled) -> None:
    """A cancelled order is worked on no more."""
    if event.happened_at is not None:
        return  # the history of another system, written down afterwards
    await service.stop(work, event.subject_id, f"The order was cancelled: {event.reason}.")


async def has_fewer_units(work: Work, event: OrderLinesCancelled) -> None:
    """What was cancelled of an order is not sent; what is left may be complete now."""
    if event.happened_at is not None:
        return
    await service.withdraw(work, event.subject_id, "Cancelled.")
    order = await orders.locked_by_id(event.subject_id)
    assert order is not None
    await service.tell_order(work, order)


async def is_edited(work: Work, event: OrderEdited) -> None:
    """Locations send no more than is left, where it goes now; what is added is allocated when it is kept."""
    for field in _WHERE:
        if field in event.changed:
            await service.refuse_unless_readdressable(event.subject_id, field)
    await service.withdraw(work, event.subject_id, "The order was edited.")
    order = await orders.locked_by_id(event.subject_id)
    assert order is not None
    await service.note_promise(work, order)
    await service.tell_order(work, order)


async def has_another_priority(work: Work, event: OrderUpdated) -> None:
    """The most urgent orders are worked on first."""
    if "priority" in event.changed:
        order = await orders.locked_by_id(event.subject_id)
        assert order is not None
        await service.note_promise(work, order)


async def is_held(work: Work, event: OrderHeld) -> None:
    await _mark(work, event.subject_id)


async def is_released(work: Work, event: OrderReleased) -> None:
    await _mark(work, event.subject_id)


async def _allocate(work: Work, order_id: UUID) -> None:
    order = await orders.locked_by_id(order_id)
    assert order is not None
    await service.allocate(work, order)
    await service.note_promise(work, order)
    await service.tell_order(work, order)


async def _mark(work: Work, order_id: UUID) -> None:
    if order_id in work.fresh:
        return  # a held order has no work yet
    order = await orders.locked_by_id(order_id)
    if order is not None and order.status.is_open:
        await service.mark_held(order_id, bool(order.open_holds), work)


async def is_found_by_its_parcels(work: Work, event: FulfillmentShipped) -> None:
    """An order is found by the tracking numbers of its parcels."""
    if event.tracking_numbers:
        await orders_service.index_parcels(event.subject_id, event.tracking_numbers)


async def is_found_by_its_label(work: Work, event: FulfillmentLabelBought) -> None:
    await orders_service.index_parcels(event.subject_id, [event.tracking_number])
