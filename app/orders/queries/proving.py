"""Reading an order without an account: the access token proves that the caller is its buyer.

The tracking link is made to be shared, so its token shows neither amounts nor addresses. The access token is
another secret, given to the caller who creates or places the order and to staff who may change it. It opens
the cart, and the order for the number of days after placing that the channel sets.
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
    """The secret with which a guest reads an order. It is derived when needed and not stored.

    It depends on the order's customer: when that changes, earlier tokens become invalid.
    """
    whose = [str(order.customer_id)] if order.customer_id is not None else []
    return derived_secret(
        secrets.deployment_key(), "access", str(order.id), str(order.tracking_generation), *whose
    )


def is_access_token(order: Order, token: str) -> bool:
    return hmac.compare_digest(access_token(order).encode(), token.encode("utf-8", "replace"))


def proves_draft(order: Order, token: str) -> bool:
    """Whether a token is valid for a draft: its access token or its tracking token."""
    return is_access_token(order, token) or order.tracking_hash == fingerprint(token)


async def with_token(id: UUID | None, number: str, token: str) -> Order | None:
    """The order with an id or number, if the token is valid for it; `is_open_to_guests` checks the time
    limit.
    """
    found = await (read(Order, "id = $1", id) if id else read(Order, among("number", 1), spellings(number)))
    return next((order for order in found if _proves(order, token)), None)


def _proves(order: Order, token: str) -> bool:
    is_draft = order.status is OrderStatus.DRAFT
    return proves_draft(order, token) if is_draft else is_access_token(order, token)


def is_open_to_guests(order: Order, channel: Channel, at: datetime) -> bool:
    """Whether a guest may still read an order: a cart always, an order for some days after placing."""
    if order.status is OrderStatus.DRAFT:
        return True
    since = order.placed_at or order.updated_at
    return at < since + timedelta(days=channel.guest_order_days)
