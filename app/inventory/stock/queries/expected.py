"""What is expected at levels."""

from collections.abc import Iterable
from uuid import UUID

from app.inventory.stock.models import IncomingStock


async def open_incoming(level_ids: Iterable[UUID]) -> list[IncomingStock]:
    """What is still expected at levels, the earliest first."""
    return await IncomingStock.filter(level_id__in=list(level_ids), is_open=True).order_by(
        "expected_on", "id"
    )
