"""Limits the share of stock that buyers' carts may reserve, so that
no visitor can make a shop appear sold out.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.core.uow import UnitOfWork
from app.inventory.stock import queries as stock
from app.inventory.stock.models import StockLevel
from app.orders import queries
from app.orders.models import Order
from app.settings import settings


async def exceeds_share(
    uow: UnitOfWork, order: Order, demand: Mapping[UUID, int], levels: Sequence[StockLevel]
) -> bool:
    """Whether a cart, whose stock was just reserved, makes buyers' carts exceed their share.

    Buyers are visitors and customers; carts of staff and API tokens are not limited. The share is of the
    units of each variant that are free or in buyers' carts at the channel's active locations. `levels` are
    the levels there after the reservation; they are locked, so concurrent carts are counted one after the
    other.
    """
    share = settings().visitor_cart_share
    if uow.actor.kind not in queries.BUYERS or share == 100 or not demand:
        return False
    free, reserved = dict.fromkeys(demand, 0), dict.fromkeys(demand, 0)
    for level in levels:
        free[level.variant_id] += max(0, stock.promisable(level))
        reserved[level.variant_id] += level.reserved
    # Carts hold no more than is reserved. They are counted only where that much would exceed the share.
    close = [id for id in demand if _exceeds(share, reserved[id], free[id])]
    if not close:
        return False
    others = await queries.held_by_buyers(close, order.channel_id, uow.at, other_than=order.id)
    return any(_exceeds(share, others.get(id, 0) + demand[id], free[id]) for id in close)


def _exceeds(share: int, held: int, free: int) -> bool:
    return held * 100 > share * (held + free)
