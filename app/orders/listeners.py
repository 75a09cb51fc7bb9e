"""Event handlers of orders.

The emitters of these events have locked stock, and an order is locked before its stock, so the order's part
is deferred until after the commit.
"""

from uuid import UUID

from app.core.uow import UnitOfWork
from app.customers.events import CustomerEmailProven, CustomerMerged
from app.inventory.stock.events import BacklogServed, PromiseChanged, ReservationDisplaced
from app.inventory.stock.lifecycle import ClaimantKind
from app.orders.events import (
    OrderDrafted,
    OrderEdited,
    OrderExpired,
    OrderPlaced,
    OrderUpdated,
)
from app.orders.fresh import FreshOrder
from app.orders.searching import SEARCHED
from app.orders.service import claiming, indexing, promising, reallocating, reassigning

ORDER = ClaimantKind.ORDER.value


async def defer_stock_search(uow: UnitOfWork, event: ReservationDisplaced) -> None:
    """Defer the search for other stock for an order whose reserved units are missing."""
    if event.claimant_kind == ORDER:
        uow.defer("order.stock", event.claimant_id)


async def defer_promise(uow: UnitOfWork, event: BacklogServed) -> None:
    """Defer the update of the promised day of a waiting order for which stock was reserved."""
    if event.claimant_kind == ORDER:
        uow.defer("order.promise", event.claimant_id)


async def defer_changed_promise(uow: UnitOfWork, event: PromiseChanged) -> None:
    """Defer the update of the promised day of an order whose incoming stock has arrived or has a new day."""
    if event.claimant_kind == ORDER:
        uow.defer("order.promise", event.claimant_id)


async def find_stock(uow: UnitOfWork, order_id: UUID) -> None:
    """Reserve other stock for an order that lost some; the rest is backordered."""
    await reallocating.find_missing_stock(uow, order_id)


async def promise(uow: UnitOfWork, order_id: UUID) -> None:
    """Update the promised day of an order, and notify the buyer if it changed."""
    await promising.promise_by_id(uow, order_id)


async def defer_claim(uow: UnitOfWork, event: CustomerEmailProven) -> None:
    uow.defer("order.claim", event.subject_id)


async def claim(uow: UnitOfWork, customer_id: UUID) -> None:
    """Assign guest orders to the customer who proved their e-mail address."""
    await claiming.claim_guest_orders(uow, customer_id)


async def take_over_orders(uow: UnitOfWork, event: CustomerMerged) -> None:
    """Assign the orders and carts of a merged customer to the one it was merged into."""
    await reassigning.reassign(uow, event.subject_id, event.into_id)


async def index_placed(uow: UnitOfWork, event: OrderPlaced) -> None:
    """Index a placed order for search."""
    fresh = uow.fresh.get(event.subject_id)
    if isinstance(fresh, FreshOrder):
        await indexing.index_fresh(uow, fresh)
    elif event.happened_at is None:
        await indexing.index(event.subject_id)


async def index_draft(uow: UnitOfWork, event: OrderDrafted) -> None:
    """Index a draft for search."""
    await indexing.index(event.subject_id)


async def index_deleted_draft(uow: UnitOfWork, event: OrderExpired) -> None:
    """Remove a deleted draft from the search index."""
    await indexing.index(event.subject_id)


async def index_updated(uow: UnitOfWork, event: OrderUpdated) -> None:
    """Update the search index of an order."""
    if SEARCHED & set(event.changed):
        await indexing.index(event.subject_id)


async def index_edited(uow: UnitOfWork, event: OrderEdited) -> None:
    if SEARCHED & set(event.changed):
        await indexing.index(event.subject_id)
