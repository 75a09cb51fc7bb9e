"""Sums of the units that were sold, by the ledger of movements."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.core.database import among, fetch, is_postgres, moment_of, uuid_of
from app.inventory.stock.lifecycle import StockReason

_WEEK = timedelta(days=7)


async def weeks_sold(level_ids: Sequence[UUID], until: datetime, weeks: int) -> dict[UUID, dict[int, int]]:
    """Units of each level shipped to buyers, by weeks before `until`; 0 is the last seven days."""
    ago = (
        "FLOOR(EXTRACT(EPOCH FROM ($2::timestamptz - at)) / 604800)::int"
        if is_postgres()
        else "CAST((julianday($2) - julianday(at)) / 7 AS INTEGER)"
    )
    rows = await fetch(
        f"""
        SELECT level_id, {ago} AS ago, SUM(quantity) AS units FROM stock_movement
        WHERE {among("level_id", 1)} AND at <= $2 AND at > $3 AND reason = '{StockReason.SALE.value}'
        GROUP BY level_id, {ago}
        """,  # noqa: S608  # expressions of ours
        list(level_ids),
        until,
        until - weeks * _WEEK,
    )
    found: dict[UUID, dict[int, int]] = {}
    for row in rows:
        found.setdefault(uuid_of(row["level_id"]), {})[int(row["ago"])] = int(row["units"])
    return found


async def last_sold(level_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When something of each level was last shipped to a buyer."""
    rows = await fetch(
        f"""
        SELECT level_id, MAX(at) AS at FROM stock_movement
        WHERE {among("level_id", 1)} AND reason = '{StockReason.SALE.value}' GROUP BY level_id
        """,  # noqa: S608  # a reason of ours
        list(level_ids),
    )
    found = {uuid_of(row["level_id"]): moment_of(row["at"]) for row in rows}
    return {level_id: at for level_id, at in found.items() if at is not None}


async def days_sold(first: datetime, until: datetime) -> dict[str, dict[int, int]]:
    """Units of each SKU shipped to buyers by day, counted from `first`."""
    after = (
        "FLOOR(EXTRACT(EPOCH FROM (m.at - $1::timestamptz)) / 86400)::int"
        if is_postgres()
        else "CAST(julianday(m.at) - julianday($1) AS INTEGER)"
    )
    rows = await fetch(
        f"""
        SELECT v.sku, {after} AS day, SUM(m.quantity) AS units
        FROM stock_movement m JOIN stock_level s ON s.id = m.level_id JOIN variant v ON v.id = s.variant_id
        WHERE m.at >= $1 AND m.at < $2 AND m.reason = '{StockReason.SALE.value}' GROUP BY v.sku, {after}
        """,  # noqa: S608  # expressions of ours
        first,
        until,
    )
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        found.setdefault(row["sku"], {})[int(row["day"])] = int(row["units"])
    return found


async def first_sale() -> datetime | None:
    """When something was first shipped to a buyer."""
    rows = await fetch("SELECT MIN(at) AS at FROM stock_movement WHERE reason = $1", StockReason.SALE.value)
    return moment_of(rows[0]["at"]) if rows[0]["at"] else None
