"""Queries for planning: levels, sales and drafts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.core.database import among, fetch, is_postgres, moment_of, uuid_of
from app.core.refusals import NotFound
from app.inventory.location_kinds import LocationKind
from app.inventory.stock.lifecycle import StockReason
from app.inventory.transfers.lifecycle import TransferStatus

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PlannedLevel:
    """The stock of a SKU at a location, with its planning settings."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    sku: str
    on_hand: int
    available: int
    incoming: int
    reorder_point: int | None
    reorder_up_to: int | None
    created_at: datetime


async def refuse_unknown(skus: Sequence[str] | None) -> None:
    """Raise NotFound for the first unknown SKU, so that it is not silently left out."""
    known = await catalog.variants_by_sku(list(skus or ()))
    for index, sku in enumerate(skus or ()):
        if sku not in known:
            raise NotFound.of("SKU", "skus", str(index))


async def levels_to_plan(location_ids: Sequence[UUID], skus: Sequence[str] | None) -> list[PlannedLevel]:
    """The levels of stocked SKUs in own locations, sorted by SKU and location."""
    values: list[object] = [list(location_ids)]
    chosen = ""
    if skus is not None:
        values.append(list(skus))
        chosen = f"AND {among('v.sku', 2)}"
    rows = await fetch(
        f"""
        SELECT s.id, s.variant_id, s.location_id, v.sku, s.on_hand, s.incoming,
               s.on_hand - s.reserved - s.unavailable - s.safety_stock AS available,
               s.reorder_point, s.reorder_up_to, s.created_at
        FROM stock_level s
        JOIN variant v ON v.id = s.variant_id AND v.is_active
        JOIN location l ON l.id = s.location_id AND l.kind <> '{LocationKind.DROP_SHIP.value}'
        WHERE {among("s.location_id", 1)} {chosen}
        ORDER BY v.sku, l.code
        """,  # noqa: S608  # columns and a kind of ours
        *values,
    )
    return [
        PlannedLevel(
            id=uuid_of(row["id"]),
            variant_id=uuid_of(row["variant_id"]),
            location_id=uuid_of(row["location_id"]),
            sku=row["sku"],
            on_hand=row["on_hand"],
            available=row["available"],
            incoming=row["incoming"],
            reorder_point=row["reorder_point"],
            reorder_up_to=row["reorder_up_to"],
            created_at=_moment(row["created_at"]),
        )
        for row in rows
    ]


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
        until - weeks * WEEK,
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
    return {uuid_of(row["level_id"]): _moment(row["at"]) for row in rows}


def _moment(value: Any) -> datetime:
    found = moment_of(value)
    assert found is not None
    return found


async def drafted_transfers(location_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], int]:
    """The units of each variant on draft transfers to a location."""
    rows = await fetch(
        f"""
        SELECT t.destination_id, l.variant_id, SUM(l.quantity) AS units
        FROM transfer_line l JOIN transfer t ON t.id = l.transfer_id
        WHERE {among("t.destination_id", 1)} AND t.status = '{TransferStatus.DRAFT.value}'
        GROUP BY t.destination_id, l.variant_id
        """,  # noqa: S608  # a status of ours
        list(location_ids),
    )
    return {(uuid_of(r["destination_id"]), uuid_of(r["variant_id"])): int(r["units"]) for r in rows}


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
