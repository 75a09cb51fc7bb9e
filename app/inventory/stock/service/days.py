"""Which day it is where levels are."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from app.inventory.locations import queries as locations
from app.inventory.stock.models import StockLevel


async def local_days(levels: Sequence[StockLevel], at: datetime) -> dict[UUID, date]:
    """Which day it is where each level is, by its id."""
    if not levels:
        return {}
    days = await locations.days_of({level.location_id for level in levels}, at)
    return {level.id: days[level.location_id] for level in levels}
