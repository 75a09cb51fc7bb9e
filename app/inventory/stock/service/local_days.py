"""The current date at levels."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from app.inventory.locations import queries as locations
from app.inventory.stock.models import StockLevel


async def local_days(levels: Sequence[StockLevel], at: datetime) -> dict[UUID, date]:
    """The current date at each level's location, by the level's id."""
    if not levels:
        return {}
    days = await locations.days_of({level.location_id for level in levels}, at)
    return {level.id: days[level.location_id] for level in levels}
