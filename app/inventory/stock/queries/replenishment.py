"""Reads of the levels that are planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.database import among, fetch, moment_of, uuid_of
from app.inventory.location_kinds import LocationKind


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


def _moment(value: Any) -> datetime:
    found = moment_of(value)
    assert found is not None
    return found
