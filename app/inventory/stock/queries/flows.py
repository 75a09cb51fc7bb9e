"""Queries of cost flows."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from app.core.database import among, fetch, is_postgres, read, uuid_of
from app.inventory.stock.models import CostFlow, CostLayer


async def flows_since(versions: Mapping[UUID, int]) -> list[CostFlow]:
    """The flows of some layers, for each from a version of its level on."""
    rows = await fetch(
        f"SELECT f.* FROM cost_flow f {_wanted()} AND f.version >= w.version",  # noqa: S608  # names of ours
        *_listed(versions),
    )
    return [CostFlow.of_record(row) for row in rows]


async def held_before(versions: Mapping[UUID, int]) -> dict[UUID, tuple[int, int]]:
    """The units and current value of some layers, each before a version of its level."""
    rows = await fetch(
        f"""
        SELECT f.layer_id, SUM(f.quantity) AS units,
               SUM(CASE WHEN f.quantity > 0 THEN f.value_minor ELSE -f.value_minor END) AS value
        FROM cost_flow f {_wanted()} AND f.version < w.version GROUP BY f.layer_id
        """,  # noqa: S608  # names of ours
        *_listed(versions),
    )
    return {uuid_of(row["layer_id"]): (int(row["units"]), int(row["value"])) for row in rows}


def _wanted() -> str:
    """Joins layers and the versions of their levels, which are the statement's first values."""
    listed = (
        "unnest($1::uuid[], $2::int[]) AS w(layer_id, version)"
        if is_postgres()
        else "(SELECT i.value AS layer_id, v.value AS version FROM json_each($1) i "
        "JOIN json_each($2) v ON v.key = i.key) w"
    )
    return f"JOIN {listed} ON f.layer_id = w.layer_id"


def _listed(versions: Mapping[UUID, int]) -> tuple[list[UUID], list[int]]:
    return list(versions), list(versions.values())


async def flows_into(batch_ids: Iterable[UUID]) -> list[CostFlow]:
    """The flows that came in from some batches."""
    return await read(CostFlow, f"{among('batch_id', 1)} AND quantity > 0", list(batch_ids))


async def flows_out_with(batch_ids: Iterable[UUID]) -> list[CostFlow]:
    """The flows that left in some batches."""
    return await read(CostFlow, f"{among('batch_id', 1)} AND quantity < 0", list(batch_ids))


async def flows_sold_to(reference_id: UUID, variant_id: UUID) -> list[CostFlow]:
    """The flows of a variant that left for a claimant, in order."""
    rows = await fetch(
        """
        SELECT f.* FROM cost_flow f JOIN stock_level s ON s.id = f.level_id
        WHERE f.reference_id = $1 AND s.variant_id = $2 AND f.reason = 'sale' AND f.quantity < 0
        ORDER BY f.at, f.id
        """,
        reference_id,
        variant_id,
    )
    return [CostFlow.of_record(row) for row in rows]


async def sold_before_flows(reference_id: UUID, variant_id: UUID) -> tuple[int, int]:
    """The units that left for a claimant before cost flows were recorded and were not returned, with their
    cost.
    """
    rows = await fetch(
        """
        SELECT SUM(CASE WHEN m.reason = 'sale' THEN m.quantity ELSE -m.quantity END) AS units,
               SUM(CASE WHEN m.reason = 'sale' THEN v.amount_minor ELSE -v.amount_minor END) AS cost
        FROM stock_movement m JOIN stock_level s ON s.id = m.level_id
        LEFT JOIN value_entry v ON v.level_id = m.level_id AND v.movement_id = m.id
        WHERE m.reference_id = $1 AND s.variant_id = $2 AND m.reason IN ('sale', 'return')
          AND NOT EXISTS (
              SELECT 1 FROM cost_flow f
              WHERE f.movement_id = m.id AND (f.quantity < 0 OR f.batch_id IS NOT NULL)
          )
        """,
        reference_id,
        variant_id,
    )
    return int(rows[0]["units"] or 0), int(rows[0]["cost"] or 0)


async def opening_flows(level_id: UUID) -> list[CostFlow]:
    """The opening flows of a level's layers that are older than the flows: their remaining units at that
    time.
    """
    return await read(CostFlow, "level_id = $1 AND id = layer_id ORDER BY version, at, id", level_id)


async def opening_flows_of_origin(origin_id: UUID) -> list[CostFlow]:
    """The same for a receipt's line, wherever its units were transferred."""
    return await read(
        CostFlow,
        "id = layer_id AND id IN (SELECT id FROM cost_layer WHERE origin_id = $1) ORDER BY level_id, id",
        origin_id,
    )


async def remaining_of_pool(level_id: UUID, receipt_id: UUID, until: datetime) -> tuple[int, int]:
    """The fraction of what a receipt added to a level's average that was still there at a time."""
    rows = await fetch(
        """
        SELECT from_account, quantity, balance_quantity, reference_id FROM value_entry
        WHERE level_id = $1 AND at <= $2 AND quantity > 0 ORDER BY at, id
        """,
        level_id,
        until,
    )
    kept, whole, has_come = 1, 1, False
    for row in rows:
        came = row["reference_id"] is not None and uuid_of(row["reference_id"]) == receipt_id
        has_come = has_come or came
        if has_come and row["from_account"] == "asset":
            left = int(row["balance_quantity"])
            kept, whole = kept * left, whole * (left + int(row["quantity"]))
    return (kept, whole) if has_come else (0, 1)


async def layers_by_id(ids: Iterable[UUID]) -> list[CostLayer]:
    return await read(CostLayer, among("id", 1), list(ids))


async def layers_of_origin(origin_id: UUID) -> list[CostLayer]:
    """The layers of a receipt's line, wherever its units were transferred."""
    return await read(CostLayer, "origin_id = $1 ORDER BY id", origin_id)


_ON_SHELF = "layer_id IN (SELECT id FROM cost_layer WHERE level_id = $1 AND NOT in_transit)"


async def version_after(level_id: UUID, at: datetime) -> int | None:
    """The level's version of the first movement of its stock after a time; None if there is none."""
    rows = await fetch(
        f"SELECT version FROM cost_flow WHERE level_id = $1 AND at > $2 AND {_ON_SHELF} "  # noqa: S608
        "ORDER BY version, at, id LIMIT 1",
        level_id,
        at,
    )
    return int(rows[0]["version"]) if rows else None


async def layers_moved_since(level_ids: Iterable[UUID], at: datetime) -> dict[UUID, int]:
    """The layers of some levels with movements after a time, and the version of the first one."""
    rows = await fetch(
        f"""
        SELECT layer_id, MIN(version) AS version FROM cost_flow
        WHERE {among("level_id", 1)} AND at > $2 GROUP BY layer_id
        """,  # noqa: S608  # a column of ours
        list(level_ids),
        at,
    )
    return {uuid_of(row["layer_id"]): int(row["version"]) for row in rows}


async def flows_in_level_since(level_id: UUID, version: int) -> list[CostFlow]:
    """The flows in and out of a level's stock from a version on."""
    return await read(CostFlow, f"level_id = $1 AND version >= $2 AND {_ON_SHELF}", level_id, version)


async def held_in_level_before(level_id: UUID, version: int) -> dict[UUID, int]:
    """The units of each layer in a level's stock before a version."""
    rows = await fetch(
        f"""
        SELECT layer_id, SUM(quantity) AS units FROM cost_flow
        WHERE level_id = $1 AND version < $2 AND {_ON_SHELF} GROUP BY layer_id
        """,  # noqa: S608  # names of ours
        level_id,
        version,
    )
    return {uuid_of(row["layer_id"]): int(row["units"]) for row in rows if int(row["units"])}


async def balance_at(level_id: UUID, at: datetime) -> tuple[int, int]:
    """The units and value of a level's stock at a time, from the value ledger."""
    rows = await fetch(
        """
        SELECT SUM(CASE WHEN to_account = 'asset' THEN quantity ELSE -quantity END) AS units,
               SUM(CASE WHEN to_account = 'asset' THEN amount_minor ELSE -amount_minor END) AS value
        FROM value_entry WHERE level_id = $1 AND at <= $2 AND 'asset' IN (from_account, to_account)
        """,
        level_id,
        at,
    )
    return int(rows[0]["units"] or 0), int(rows[0]["value"] or 0)
