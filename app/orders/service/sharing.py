"""Limits the share of stock that buyers' carts may reserve, so that
nobody can make a shop appear sold out.
"""

from collections.abc import Mapping
from uuid import UUID

from app.core.uow import UnitOfWork
from app.inventory.stock import queries as stock
from app.orders import queries
from app.orders.models import Order
from app.settings import settings


async def exceeds_share(uow: UnitOfWork, order: Order, demand: Mapping[UUID, int]) -> bool:
    """Whether a cart, whose stock was just reserved, makes buyers' carts exceed their share.

    Buyers are visitors and customers; carts of staff and API tokens are not limited. The share is of the
    units of each variant that are free or in buyers' carts. The levels are locked, so concurrent carts are
    counted one after the other.
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
