"""Permissions for objects that belong to a stock level."""

from collections.abc import Sequence
from typing import Any

import strawberry

from app.core.database import values_of
from app.inventory.locations.schema.places import held_in
from app.inventory.stock import queries


async def held_at_level(info: strawberry.Info, permission: str, rows: Sequence[Any]) -> list[bool]:
    """Whether the caller has a permission at the location of the stock level of each row.

    Nothing is read for a caller whose permission holds everywhere.
    """
    if info.context.actor.scope_of(permission).is_everywhere or not rows:
        return [True] * len(rows)
    levels = await info.context.load_many(queries.levels_by_id, values_of(rows, "level_id"))
    return await held_in(info, permission, values_of(levels, "location_id"))
