"""Reserves the stock of a priced order; reports shortages in terms of its lines."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.access.permissions import Permission
from app.core.uow import UnitOfWork
from app.inventory.stock import queries as stock
from app.inventory.stock.refusals import InsufficientStock, Shortage
from app.inventory.stock.service import reserving
from app.inventory.stock.service.reserving import ReservationResult
from app.orders.service.pricing import Item, PricedOrder


async def keep(
    uow: UnitOfWork,
    priced: PricedOrder,
    *,
    channel_id: UUID,
    claimant: UUID,
    expires_at: datetime | None = None,
) -> ReservationResult:
    """Reserve the demand, all or nothing.

    Raises:
        InsufficientStock: every SKU of the lines without enough stock; a bundle if its components fall short.
    """
    try:
        return await reserving.reserve(
            uow,
            channel_id=channel_id,
            demand=priced.demand,
            claimant=claimant,
            expires_at=expires_at,
            to=priced.place,
        )
    except InsufficientStock as refusal:
        short = await _as_sold(refusal.shortages, priced.items)
        sees_stock = uow.actor.scope_of(Permission.STOCK_VIEW).covers(channel_id)
        raise InsufficientStock([_told(each, priced.items, sees_stock) for each in short], "lines") from None


def _told(shortage: Shortage, items: list[Item], sees_stock: bool) -> Shortage:
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
