"""Order numbers: increasing in each channel, unique, possibly with gaps.

A counter that is incremented inside the placing transaction would make every order of a channel wait for the
commit of the previous one. So on PostgreSQL a number is drawn first, in a separate statement; an order that
is then refused leaves a gap. A repeated request draws none. SQLite has one writer anyway.
"""

from app.access.permissions import Permission
from app.channels.models import Channel
from app.core.actor import Actor
from app.core.database import among, count_up, fetch, is_postgres
from app.core.idempotency import KeyName
from app.orders.models import OrderNumber

WIDTH = 6


def are_numbers_drawn_first() -> bool:
    """Whether a number is drawn before the transaction that places the order."""
    return is_postgres()


async def draw_number(actor: Actor, channel_code: str, unless_used: KeyName | None = None) -> str | None:
    """A number for an order about to be placed; None if the channel takes none, or a key was used before.

    Refuses nothing: placing reports a channel that takes no orders.
    """
    own = actor.scope_of(Permission.ORDERS_MANAGE).channels()
    rows = await fetch(
        "INSERT INTO order_number (channel_id, value) "  # noqa: S608  # only a column name is put in
        "SELECT id, 1 FROM channel WHERE code = $1 AND is_active AND (is_public OR $2 "
        f"OR {among('id', 3)}) AND NOT EXISTS (SELECT 1 FROM idempotency_key "
        "WHERE principal = $4 AND operation = $5 AND key = $6) "
        "ON CONFLICT (channel_id) DO UPDATE SET value = order_number.value + 1 "
        "RETURNING value, (SELECT number_prefix FROM channel WHERE code = $1) AS prefix",
        channel_code,
        own is None,
        list(own or ()),
        *(unless_used or (None, None, None)),
    )
    return formatted(rows[0]["prefix"], int(rows[0]["value"])) if rows else None


async def take_number(channel: Channel) -> str:
    """The channel's next number, with its prefix."""
    return formatted(channel.number_prefix, await count_up(OrderNumber, "channel_id", channel.id))


def formatted(prefix: str, value: int) -> str:
    return f"{prefix}{value:0{WIDTH}d}"
