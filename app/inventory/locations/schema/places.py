"""Permissions for objects at a location."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import strawberry

from app.core.database import values_of
from app.inventory.locations import queries
from app.inventory.locations.models import Location


async def held_at(info: strawberry.Info, permission: str, rows: Sequence[Any]) -> list[bool]:
    """Whether the caller has a permission at the location of each row.

    The rows are locations or belong to one. Nothing is read for a caller whose permission holds everywhere.
    """
    if info.context.actor.scope_of(permission).is_everywhere or not rows:
        return [True] * len(rows)
    column = "id" if isinstance(rows[0], Location) else "location_id"
    return await held_in(info, permission, values_of(rows, column))


async def held_in(info: strawberry.Info, permission: str, location_ids: Sequence[UUID]) -> list[bool]:
    """Whether the caller has a permission at each of some locations."""
    scope = info.context.actor.scope_of(permission)
    if scope.is_everywhere:
        return [True] * len(location_ids)
    places = await info.context.load(queries.locations_in, scope)
    return [id in places for id in location_ids]


async def with_permission(info: strawberry.Info, permission: str, rows: Sequence[Any]) -> list[Any]:
    """The rows for whose location the caller has a permission."""
    held = await held_at(info, permission, rows)
    return [row for row, is_held in zip(rows, held, strict=True) if is_held]
