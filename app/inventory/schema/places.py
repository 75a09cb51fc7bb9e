"""Where a permission holds, for objects that are in a location."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import strawberry

from app.core.database import values_of
from app.inventory import queries
from app.inventory.models import Location, LotLevel, ReceiptLine, StockCountLine, StockMovement

OF_LEVELS = (LotLevel, ReceiptLine, StockCountLine, StockMovement)


async def held_at(info: strawberry.Info, permission: str, rows: Sequence[Any]) -> list[bool]:
    """Whether a permission of the caller holds where each of some rows is.

    The rows are locations, or have one, or belong to a stock level that has. Nothing is read for a caller
    whose permission holds everywhere.
    """
    if info.context.actor.scope_of(permission).is_everywhere or not rows:
        return [True] * len(rows)
    return await held_in(info, permission, await _places_of(info, rows))


async def held_in(info: strawberry.Info, permission: str, location_ids: Sequence[UUID]) -> list[bool]:
    """Whether a permission of the caller holds in each of some locations."""
    scope = info.context.actor.scope_of(permission)
    if scope.is_everywhere:
        return [True] * len(location_ids)
    places = await info.context.load(queries.locations_in, scope)
    return [id in places for id in location_ids]


async def where_held(info: strawberry.Info, permission: str, rows: Sequence[Any]) -> list[Any]:
    """Of some rows, those where a permission of the caller holds."""
    held = await held_at(info, permission, rows)
    return [row for row, is_held in zip(rows, held, strict=True) if is_held]


async def _places_of(info: strawberry.Info, rows: Sequence[Any]) -> list[UUID]:
    if isinstance(rows[0], Location):
        return values_of(rows, "id")
    if isinstance(rows[0], OF_LEVELS):
        levels = await info.context.load_many(queries.levels_by_id, values_of(rows, "level_id"))
        return values_of(levels, "location_id")
    return values_of(rows, "location_id")
