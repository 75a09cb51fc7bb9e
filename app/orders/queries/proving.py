"""Reading an order without an account: whoever has its access token is its buyer.

The tracking link is made to be shared, so its token shows neither amounts nor addresses. The access token is
another secret, given to whoever begins or places the order and to staff who may change it. It opens the cart
as long as it is one, and the order for as many days after it was placed as the channel says.
"""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from app.access import secrets
from app.channels.models import Channel
from app.core.database import among, read
from app.core.ids import derived_secret, fingerprint
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order
from app.orders.searching import spellings


def access_token(order: Order) -> str:
    """The secret with which a guest reads an order. It is made again when needed, and stored nowhere.

    It is another one for each customer that the order belongs to: whoever had it before reads it no more.
    """
    whose = [str(order.customer_id)] if order.customer_id is not None else []
    return derived_secret(
        secrets.deployment_key(), "access", str(order.id), str(order.tracking_generation), *whose
    )


def is_access_token(order: Order, token: str) -> bool:
    return hmac.compare_digest(access_token(order).encode(), token.encode("utf-8", "replace"))


def proves_draft(order: Order, token: str) -> bool:
    """Whether a token is one of a draft's own: its access token, or that of its tracking link to be."""
    return is_access_token(order, token) or order.tracking_hash == fingerprint(token)


async def with_token(id: UUID | None, number: str, token: str) -> Order | None:
    """The order of an id or number, if the token is its own; see `is_open_to_guests` for until when."""
    found = await (read(Order, "id = $1", id) if id else read(Order, among("number", 1), spellings(number)))
    return next((order for order in found if _proves(order, token)), None)


def _proves(order: Order, token: str) -> bool:
    is_draft = order.status is OrderStatus.DRAFT
    return proves_draft(order, token) if is_draft else is_access_token(order, token)


def is_open_to_guests(order: Order, channel: Channel, at: datetime) -> bool:
    """Whether a guest may read an order still: a cart may be, an order for some days after its placing."""
    if order.status is OrderStatus.DRAFT:
        return True
    since = order.placed_at or order.updated_at
    return at < since + timedelta(days=channel.guest_order_days)
