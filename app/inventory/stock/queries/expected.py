"""Queries of incoming stock by level."""

from collections.abc import Iterable
from uuid import UUID

from app.inventory.stock.models import IncomingStock


async def open_incoming(level_ids: Iterable[UUID]) -> list[IncomingStock]:
    """The open incoming stock of levels, earliest first."""
    return await IncomingStock.filter(level_id__in=list(level_ids), is_open=True).order_by(
        "expected_on", "id"
    )
