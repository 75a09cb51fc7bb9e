"""Reserves the stock of a priced order; reports shortages in terms of its lines."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.access.permissions import Permission
from app.core.uow import UnitOfWork
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import ReservationPriority
from app.inventory.stock.refusals import InsufficientStock, Shortage
from app.inventory.stock.service import renewing, reserving
from app.inventory.stock.service.reserving import ReservationResult
from app.orders.service.pricing import Item, PricedOrder


async def reserve_stock(
    uow: UnitOfWork,
    priced: PricedOrder,
    *,
    channel_id: UUID,
    claimant: UUID,
    expires_at: datetime | None = None,
    is_paid: bool = False,
    adds_rows: bool = False,
) -> ReservationResult:
    """Reserve the demand, all or nothing, with the priority of paid orders if `is_paid`; `adds_rows`: see
    `reserve`.

    Raises:
        InsufficientStock: every SKU of the lines without enough stock; a bundle if its components fall short.
    """
    kept = reserving.reserve(
        uow,
        channel_id=channel_id,
        demand=priced.demand,
        claimant=claimant,
        expires_at=expires_at,
        priority=ReservationPriority.PAID if is_paid else None,
        to=priced.place,
        adds_rows=adds_rows,
    )
    return await _by_line(uow, priced, channel_id, kept)


async def renew(
    uow: UnitOfWork, priced: PricedOrder, *, channel_id: UUID, claimant: UUID, expires_at: datetime
) -> ReservationResult:
    """Reserve the demand until a time instead of what the claimant has reserved; if it falls short, that
    stays reserved. The caller writes the new rows with `uow.write_added`.

    Raises:
        InsufficientStock: like `reserve_stock`.
    """
    kept = renewing.renew(
        uow,
        channel_id=channel_id,
        demand=priced.demand,
        claimant=claimant,
        expires_at=expires_at,
        to=priced.place,
        adds_rows=True,
    )
    return await _by_line(uow, priced, channel_id, kept)


async def _by_line(
    uow: UnitOfWork, priced: PricedOrder, channel_id: UUID, kept: Awaitable[ReservationResult]
) -> ReservationResult:
    """A result whose shortages are reported in terms of the lines."""
    try:
        return await kept
    except InsufficientStock as refusal:
        short = await _as_sold(refusal.shortages, priced.items)
        sees_stock = uow.actor.scope_of(Permission.STOCK_VIEW).covers(channel_id)
        raise InsufficientStock(
            [_for_buyer(each, priced.items, sees_stock) for each in short], "lines"
        ) from None


def _for_buyer(shortage: Shortage, items: list[Item], sees_stock: bool) -> Shortage:
    """A shortage for the buyer; the available quantity is for callers who may see stock."""
    item = next(item for item in items if item.sold.sku == shortage.sku)
    return replace(
        shortage,
        available=shortage.available if sees_stock else None,
        name=" ".join(filter(None, (item.sold.product_name, item.sold.name))),
        path=() if item.place is None else ("lines", str(item.place), "quantity"),
    )


async def _as_sold(shortages: list[Shortage], items: list[Item]) -> list[Shortage]:
    """Shortages of components as shortages of their bundles."""
    bundles = [item for item in items if item.sold.is_bundle]
    if not bundles:
        return shortages
    skus = await stock.skus_of(part.part_id for item in bundles for part in item.components)
    own = {item.sold.sku for item in items if not item.sold.is_bundle}
    found = [each for each in shortages if each.sku in own]
    for item in bundles:
        needed = {skus[part.part_id]: part.quantity for part in item.components}
        short = [each for each in shortages if each.sku in needed]
        if short:
            there = min((each.available or 0) // needed[each.sku] for each in short)
            found.append(Shortage(item.sold.sku, item.quantity, min(there, item.quantity)))
    return found
