"""Keeping what orders are found by."""

from collections.abc import Sequence
from uuid import UUID

from app.core.database import insert
from app.core.search import EntryKind, changed, entries_of, keep, rows_for
from app.core.uow import UnitOfWork
from app.orders import queries
from app.orders.fresh import FreshOrder
from app.orders.models import Order, OrderSearch
from app.orders.searching import entries_for

_OTHERS = (EntryKind.TRACKING,)


async def index_fresh(uow: UnitOfWork, fresh: FreshOrder) -> None:
    """Have an order that is being placed be found; its entries are written with it."""
    order = fresh.order
    if order._saved_in_db:  # a draft, which was found before it had a number
        uow.add(await changed(OrderSearch, order.id, entries_for(order), besides=_OTHERS))
    else:
        uow.add(rows_for(OrderSearch, order.id, entries_for(order)))


async def index(order_id: UUID) -> None:
    """Have an order be found by what it says now."""
    order = await queries.by_id(order_id)
    if order is not None:
        await keep(OrderSearch, order.id, entries_for(order), besides=_OTHERS)


async def index_many(orders: Sequence[Order]) -> None:
    """Have new orders be found that were written without being announced."""
    await insert([row for order in orders for row in rows_for(OrderSearch, order.id, entries_for(order))])


async def index_parcels(order_id: UUID, tracking_numbers: Sequence[str]) -> None:
    """Have an order be found by the tracking numbers of its parcels, with those that it had."""
    wanted = entries_of(EntryKind.TRACKING, *tracking_numbers)
    known = await queries.tracking_entries(order_id, [token for _, token in wanted])
    await insert(rows_for(OrderSearch, order_id, {entry for entry in wanted if entry[1] not in known}))
