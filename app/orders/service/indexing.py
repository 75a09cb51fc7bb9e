"""Maintains the search entries of orders."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.database import insert
from app.core.search import EntryKind, changed, entries_of, rows_for, store_entries
from app.core.uow import UnitOfWork
from app.engine.database.inserting import is_saved
from app.orders import queries
from app.orders.fresh import FreshOrder
from app.orders.models import Order, OrderSearch
from app.orders.searching import entries_for, searched_values

_OTHERS = (EntryKind.TRACKING,)


async def index_fresh(uow: UnitOfWork, fresh: FreshOrder) -> None:
    """Index an order that is being placed; its entries are inserted with it."""
    order = fresh.order
    if is_saved(order):  # a former draft, whose entries exist
        uow.add(await changed(OrderSearch, order.id, entries_for(order), besides=_OTHERS))
    else:
        uow.add(rows_for(OrderSearch, order.id, entries_for(order)))


async def index(order_id: UUID) -> None:
    """Update the search entries of an order."""
    order = await queries.by_id(order_id)
    if order is not None:
        await store_entries(OrderSearch, order.id, entries_for(order), besides=_OTHERS)


async def index_changed(uow: UnitOfWork, order: Order, before: tuple[Any, ...]) -> None:
    """Update the search entries of an order whose searched values were `before`; the new ones are inserted by
    `uow.write_added`.
    """
    if searched_values(order) != before:
        uow.add(await changed(OrderSearch, order.id, entries_for(order), besides=_OTHERS))


async def index_many(orders: Sequence[Order]) -> None:
    """Index new orders that were inserted without events."""
    await insert([row for order in orders for row in rows_for(OrderSearch, order.id, entries_for(order))])


async def index_parcels(order_id: UUID, tracking_numbers: Sequence[str]) -> None:
    """Add the tracking numbers of an order's parcels to its search entries."""
    wanted = entries_of(EntryKind.TRACKING, *tracking_numbers)
    known = await queries.tracking_entries(order_id, [token for _, token in wanted])
    await insert(rows_for(OrderSearch, order_id, {entry for entry in wanted if entry[1] not in known}))
