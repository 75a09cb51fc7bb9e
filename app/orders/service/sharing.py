"""What buyers' carts may keep of the stock: a share, so that nobody makes a shop look sold out."""

from collections.abc import Mapping
from uuid import UUID

from app.core.uow import UnitOfWork
from app.inventory.stock import queries as stock
from app.orders import queries
from app.orders.models import Order
from app.settings import settings


async def keeps_beyond_share(uow: UnitOfWork, order: Order, demand: Mapping[UUID, int]) -> bool:
    """Whether a cart, whose stock was kept a moment ago, makes buyers' carts hold more than their share.

    Buyers are visitors and customers; what staff and programs keep for a cart is not limited. The share is of
    what is free or in buyers' carts, of each variant. The levels are locked by then, so carts that are made
    at once are counted one after the other.
    """
    share = settings().visitor_cart_share
    if uow.actor.kind not in queries.BUYERS or share == 100 or not demand:
        return False
    variants = list(demand)
    free = await stock.availability([(id, order.channel_id) for id in variants])
    others = await queries.held_by_buyers(variants, order.channel_id, uow.at, other_than=order.id)
    for id, left in zip(variants, free, strict=True):
        held = others.get(id, 0) + demand[id]
        if held * 100 > share * (held + max(0, left)):
            return True
    return False
