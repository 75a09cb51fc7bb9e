"""What orders do when something happens to them, or to the stock that is kept for them.

Stock is locked by whoever announces these, and an order is locked before its stock: so the order's part is
left to be done after the commit.
"""

from uuid import UUID

from app.core.uow import UnitOfWork
from app.inventory.stock.events import BacklogServed, PromiseChanged, ReservationDisplaced
from app.inventory.stock.lifecycle import ClaimantKind
from app.orders import service
from app.orders.events import (
    OrderDrafted,
    OrderDraftUpdated,
    OrderEdited,
    OrderExpired,
    OrderPlaced,
    OrderUpdated,
)
from app.orders.fresh import FreshOrder
from app.orders.searching import SEARCHED

ORDER = ClaimantKind.ORDER.value


async def lost_stock(uow: UnitOfWork, event: ReservationDisplaced) -> None:
    """Units that were kept for an order are not any more."""
    if event.claimant_kind == ORDER:
        uow.defer("order.stock", event.claimant_id)


async def got_stock(uow: UnitOfWork, event: BacklogServed) -> None:
    """Stock has come for an order that waited for it."""
    if event.claimant_kind == ORDER:
        uow.defer("order.promise", event.claimant_id)


async def waits_otherwise(uow: UnitOfWork, event: PromiseChanged) -> None:
    """What an order waits for comes on another day, or has come."""
    if event.claimant_kind == ORDER:
        uow.defer("order.promise", event.claimant_id)


async def find_stock(uow: UnitOfWork, order_id: UUID) -> None:
    """Keep other stock for an order that lost some; what cannot be had waits."""
    await service.find_missing_stock(uow, order_id)


async def promise(uow: UnitOfWork, order_id: UUID) -> None:
    """Tell the buyer when the order comes, if that is another day now."""
    await service.promise_by_id(uow, order_id)


async def is_found_once_placed(uow: UnitOfWork, event: OrderPlaced) -> None:
    """A placed order is found by its number, its buyer and its addresses."""
    fresh = uow.fresh.get(event.subject_id)
    if isinstance(fresh, FreshOrder):
        await service.index_fresh(uow, fresh)
    elif event.happened_at is None:
        await service.index(event.subject_id)


async def is_found_as_a_draft(uow: UnitOfWork, event: OrderDrafted) -> None:
    """A draft is found by what it says so far."""
    await service.index(event.subject_id)


async def is_found_as_the_draft_it_is_now(uow: UnitOfWork, event: OrderDraftUpdated) -> None:
    await service.index(event.subject_id)


async def is_not_found_by_what_was_deleted(uow: UnitOfWork, event: OrderExpired) -> None:
    """A draft that was deleted says nothing any more."""
    await service.index(event.subject_id)


async def is_found_as_it_is_now(uow: UnitOfWork, event: OrderUpdated) -> None:
    """What an order is found by follows what it says."""
    if SEARCHED & set(event.changed):
        await service.index(event.subject_id)


async def is_found_where_it_goes_now(uow: UnitOfWork, event: OrderEdited) -> None:
    if SEARCHED & set(event.changed):
        await service.index(event.subject_id)
