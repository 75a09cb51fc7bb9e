"""Sums of the value of stock in locations, for reports. Rows are mappings by the names of the columns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.database import among, fetch, read
from app.inventory.stock.lifecycle import COUNTED, ValueAccount
from app.inventory.stock.models import ValueEntry


async def value_by_level(locations: Sequence[UUID], at: datetime) -> list[Any]:
    return await fetch(
        f"""
        SELECT e.level_id, SUM(CASE WHEN e.to_account = 'asset' THEN e.amount_minor ELSE 0 END)
            - SUM(CASE WHEN e.from_account = 'asset' THEN e.amount_minor ELSE 0 END) AS value
        FROM value_entry e JOIN stock_level s ON s.id = e.level_id
        WHERE {among("s.location_id", 1)} AND e.at <= $2 GROUP BY e.level_id
        """,  # noqa: S608  # a column of ours
        list(locations),
        at,
    )


async def units_by_level(locations: Sequence[UUID], at: datetime) -> list[Any]:
    sums = ", ".join(
        f"SUM(CASE WHEN m.to_bucket = '{name}' THEN m.quantity ELSE 0 END) "
        f"- SUM(CASE WHEN m.from_bucket = '{name}' THEN m.quantity ELSE 0 END) AS {name}"
        for name in COUNTED
    )
    return await fetch(
        f"""
        SELECT m.level_id, s.location_id, {sums},
               SUM(CASE WHEN m.to_bucket <> 'outside' THEN m.quantity ELSE 0 END)
               - SUM(CASE WHEN m.from_bucket <> 'outside' THEN m.quantity ELSE 0 END) AS on_hand
        FROM stock_movement m JOIN stock_level s ON s.id = m.level_id
        WHERE {among("s.location_id", 1)} AND m.at <= $2 GROUP BY m.level_id, s.location_id
        """,  # noqa: S608  # only our own names are put in
        list(locations),
        at,
    )


async def value_until(locations: Sequence[UUID], moment: datetime) -> tuple[int, int]:
    """Units and value of stock in some locations before a moment."""
    rows = await fetch(
        f"""
        SELECT SUM(CASE WHEN e.to_account = 'asset' THEN e.quantity ELSE -e.quantity END) AS units,
               SUM(CASE WHEN e.to_account = 'asset' THEN e.amount_minor ELSE -e.amount_minor END) AS value
        FROM value_entry e JOIN stock_level s ON s.id = e.level_id
        WHERE {among("s.location_id", 1)} AND e.at < $2
          AND (e.from_account = 'asset' OR e.to_account = 'asset')
        """,  # noqa: S608  # a column of ours
        list(locations),
        moment,
    )
    return int(rows[0]["units"] or 0), int(rows[0]["value"] or 0)


async def entries_between(locations: Sequence[UUID], start: datetime, end: datetime) -> list[Any]:
    """Units and value that came and went, by account and reason."""
    return await fetch(
        f"""
        SELECT e.from_account, e.to_account, e.reason,
               SUM(e.quantity) AS units, SUM(e.amount_minor) AS value
        FROM value_entry e JOIN stock_level s ON s.id = e.level_id
        WHERE {among("s.location_id", 1)} AND e.at >= $2 AND e.at < $3
          AND (e.from_account = 'asset' OR e.to_account = 'asset')
        GROUP BY e.from_account, e.to_account, e.reason, e.quantity = 0
        """,  # noqa: S608  # a column of ours
        list(locations),
        start,
        end,
    )


async def moves_between(locations: Sequence[UUID], start: datetime, end: datetime) -> list[Any]:
    """Each movement with its value entry, and the balance of its level at that time."""
    return await fetch(
        f"""
        SELECT m.reason, m.from_bucket, m.to_bucket, m.quantity,
               e.amount_minor, b.balance_quantity, b.balance_minor
        FROM stock_movement m
        JOIN stock_level s ON s.id = m.level_id
        LEFT JOIN value_entry e ON e.level_id = m.level_id AND e.movement_id = m.id
        LEFT JOIN value_entry b ON b.id = (
            SELECT x.id FROM value_entry x WHERE x.level_id = m.level_id AND x.at <= m.at
            ORDER BY x.at DESC, x.id DESC LIMIT 1
        )
        WHERE {among("s.location_id", 1)} AND m.at >= $2 AND m.at < $3
        """,  # noqa: S608  # a column of ours
        list(locations),
        start,
        end,
    )


async def reserved_units(locations: Sequence[UUID]) -> list[Any]:
    """The reservations in some locations, with the day on which each is due."""
    return await fetch(
        f"""
        SELECT r.level_id, r.due_on, r.quantity, r.waiting FROM reservation r
        JOIN stock_level s ON s.id = r.level_id WHERE {among("s.location_id", 1)}
        """,  # noqa: S608  # a column of ours
        list(locations),
    )


async def commitment_moves(locations: Sequence[UUID], start: datetime, end: datetime) -> list[Any]:
    """Reserved value whose day of shipping changed in a period."""
    return await fetch(
        f"""
        SELECT c.from_on, c.to_on, c.quantity, c.amount_minor FROM commitment_move c
        JOIN stock_level s ON s.id = c.level_id
        WHERE {among("s.location_id", 1)} AND c.at >= $2 AND c.at < $3
        """,  # noqa: S608  # a column of ours
        list(locations),
        start,
        end,
    )


async def value_by_account() -> dict[ValueAccount, int]:
    """The balance of each account of the value ledger, over all locations."""
    rows = await fetch(
        """
        SELECT account, SUM(minor) AS minor FROM (
            SELECT to_account AS account, SUM(amount_minor) AS minor FROM value_entry GROUP BY to_account
            UNION ALL
            SELECT from_account, -SUM(amount_minor) FROM value_entry GROUP BY from_account
        ) sides GROUP BY account
        """
    )
    return {ValueAccount(row["account"]): int(row["minor"]) for row in rows}


async def value_entries_after(id: UUID | None, limit: int) -> list[ValueEntry]:
    """Entries of the value ledger in the order of their ids, after one of them."""
    if id is None:
        return await read(ValueEntry, "1 = 1 ORDER BY id LIMIT $1", limit)
    return await read(ValueEntry, "id > $1 ORDER BY id LIMIT $2", id, limit)
