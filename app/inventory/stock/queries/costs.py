"""Queries of stock value."""

from collections.abc import Iterable
from uuid import UUID

from app.core.database import among, fetch, uuid_of
from app.inventory.location_kinds import LocationKind
from app.inventory.stock.models import CostLayer

IS_SUPPLIERS = f"l.kind = '{LocationKind.DROP_SHIP.value}'"


async def suppliers_levels(level_ids: Iterable[UUID]) -> set[UUID]:
    """The levels among `level_ids` whose stock belongs to a supplier and is not the company's asset."""
    rows = await fetch(
        f"""
        SELECT s.id FROM stock_level s JOIN location l ON l.id = s.location_id
        WHERE {among("s.id", 1)} AND {IS_SUPPLIERS}
        """,  # noqa: S608  # a column and a kind of ours
        list(level_ids),
    )
    return {uuid_of(row["id"]) for row in rows}


async def open_layers(level_ids: Iterable[UUID]) -> tuple[list[CostLayer], set[UUID]]:
    """The open cost layers of levels, oldest first by level; and the levels whose stock belongs to a
    supplier.
    """
    rows = await fetch(
        f"""
        SELECT c.*, s.id AS of_level, CASE WHEN {IS_SUPPLIERS} THEN 1 ELSE 0 END AS is_suppliers
        FROM stock_level s JOIN location l ON l.id = s.location_id
        LEFT JOIN cost_layer c ON c.level_id = s.id AND c.is_open AND NOT c.in_transit
        WHERE {among("s.id", 1)} ORDER BY c.received_at, c.id
        """,  # noqa: S608  # a column and a kind of ours
        list(level_ids),
    )
    layers = [CostLayer.of_record(row) for row in rows if row["id"] is not None]
    return layers, {uuid_of(row["of_level"]) for row in rows if row["is_suppliers"]}


async def last_cost(level_id: UUID) -> tuple[int, int]:
    """The last cost of a level's variant at any own location: a value, and the number of units."""
    rows = await fetch(
        f"""
        SELECT c.value_minor, c.quantity FROM cost_layer c JOIN stock_level s ON s.id = c.level_id
        JOIN location l ON l.id = s.location_id AND NOT {IS_SUPPLIERS}
        WHERE s.variant_id = (SELECT variant_id FROM stock_level WHERE id = $1) AND NOT c.is_estimated
        ORDER BY c.received_at DESC, c.id DESC LIMIT 1
        """,  # noqa: S608  # a kind of ours
        level_id,
    )
    return (int(rows[0]["value_minor"]), int(rows[0]["quantity"])) if rows else (0, 0)


async def level_values(ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """The units and value of each level's cost layers, in minor units."""
    wanted = list(ids)
    rows = await fetch(
        f"""
        SELECT level_id, SUM(remaining) AS units, SUM(remaining_minor) AS value FROM cost_layer
        WHERE {among("level_id", 1)} AND is_open AND NOT in_transit GROUP BY level_id
        """,  # noqa: S608  # a column of ours
        wanted,
    )
    found = {uuid_of(row["level_id"]): (int(row["units"]), int(row["value"])) for row in rows}
    return {id: found.get(id, (0, 0)) for id in wanted}
