"""Queries of stored value, and the check of its balances."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, moment_of, read, read_locked, rows_by_id
from app.core.loading import in_order
from app.core.refusals import NotFound
from app.stored_value.codes import hash_of
from app.stored_value.models import StoredValue, StoredValueEntry

MOST_CREDITS = 50  # accounts with which one order is paid


def visible_to(actor: Actor) -> QuerySet[StoredValue]:
    """The accounts that an actor may see: a customer its own store credit, staff what was issued in their
    channels."""
    if actor.is_customer:
        return StoredValue.filter(customer_id=actor.id)
    limit = actor.scope_of(Permission.ORDERS_VIEW).rows("channel_id", None)
    return StoredValue.all() if limit is None else StoredValue.filter(limit)


async def locked(actor: Actor, id: UUID, *path: str) -> StoredValue:
    """An account for a change by staff; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist, or the actor may not see and change it.
    """
    rows = visible_to(actor)
    limit = actor.scope_of(Permission.PAYMENTS_MANAGE).rows("channel_id", None)
    rows = rows if limit is None else rows.filter(limit)
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("gift card or store credit", *path)
    return found


async def by_id(ids: list[UUID]) -> Sequence[StoredValue | None]:
    """Batch: accounts by id."""
    return in_order(ids, await rows_by_id(StoredValue, ids))


async def locked_by_id(ids: Collection[UUID]) -> dict[UUID, StoredValue]:
    """Accounts by id, locked in the order of their ids until the transaction ends."""
    rows = await read_locked(StoredValue, f"{among('id', 1)} ORDER BY id", sorted(ids))
    return {row.id: row for row in rows}


async def lock_spent_for(order_id: UUID) -> None:
    """Lock the accounts that were spent for an order, in the order of their ids."""
    await read_locked(
        StoredValue,
        "id IN (SELECT account_id FROM stored_value_entry WHERE order_id = $1) ORDER BY id",
        order_id,
    )


async def spent_for(order_id: UUID) -> int:
    """What was spent for an order and not returned, in minor units."""
    (row,) = await fetch(
        "SELECT COALESCE(-SUM(amount_minor), 0) AS spent FROM stored_value_entry "
        "WHERE order_id = $1 AND kind IN ('spend', 'return')",
        order_id,
    )
    return int(row["spent"])


async def ids_by_code(typed: Sequence[str]) -> list[UUID | None]:
    """The id of the gift card with each code."""
    hashes = [hash_of(each) for each in typed]
    rows = await read(StoredValue, among("code_hash", 1), list(dict.fromkeys(hashes)))
    found = {row.code_hash: row.id for row in rows}
    return [found.get(each) for each in hashes]


async def gift_card(code: str) -> StoredValue | None:
    """The gift card with a code."""
    return await StoredValue.get_or_none(code_hash=hash_of(code))


async def credits_of(customer_id: UUID, currency: str, at: datetime) -> list[UUID]:
    """The store credit that a customer can spend in a currency, in the order in which it is spent: what
    expires first, then the oldest."""
    rows = await read(
        StoredValue,
        "customer_id = $1 AND currency = $2 AND balance_minor > 0 AND disabled_at IS NULL "
        "AND (expires_at IS NULL OR expires_at > $3) "
        "ORDER BY expires_at IS NULL, expires_at, created_at, id LIMIT $4",
        customer_id,
        currency,
        at,
        MOST_CREDITS,
    )
    return [row.id for row in rows]


def entries_visible_to(actor: Actor) -> QuerySet[StoredValueEntry]:
    return StoredValueEntry.filter(account_id__in=Subquery(visible_to(actor).values("id")))


def entries_of(account_id: UUID) -> QuerySet[StoredValueEntry]:
    return StoredValueEntry.filter(account_id=account_id)


async def expired(at: datetime, limit: int) -> list[UUID]:
    """Accounts with a balance that have expired."""
    rows = await read(
        StoredValue, "expires_at <= $1 AND balance_minor > 0 ORDER BY expires_at, id LIMIT $2", at, limit
    )
    return [row.id for row in rows]


async def differences() -> list[str]:
    """The accounts whose balance differs from the sum of their entries, or whose last entry has another
    balance or currency."""
    rows = await fetch(
        """
        SELECT v.id, v.balance_minor, v.created_at, COALESCE(e.total, 0) AS total
        FROM stored_value v
        LEFT JOIN (
            SELECT account_id, SUM(amount_minor) AS total, MIN(currency) AS lowest, MAX(currency) AS highest
            FROM stored_value_entry GROUP BY account_id
        ) e ON e.account_id = v.id
        WHERE v.balance_minor <> COALESCE(e.total, 0) OR v.currency <> COALESCE(e.lowest, v.currency)
           OR v.currency <> COALESCE(e.highest, v.currency)
        ORDER BY v.id
        """
    )
    return [
        (
            f"stored value {row['id']} of {moment_of(row['created_at'])}: {row['balance_minor']} left, but "
            f"{row['total']} in its entries, or another currency"
        )
        for row in rows
    ]


async def entries_after(id: UUID | None, limit: int) -> list[StoredValueEntry]:
    """Entries in the order of their ids, after one of them."""
    if id is None:
        return await read(StoredValueEntry, "1 = 1 ORDER BY id LIMIT $1", limit)
    return await read(StoredValueEntry, "id > $1 ORDER BY id LIMIT $2", id, limit)
