"""The stock demand of fulfillment lines: pure functions."""

from collections.abc import Iterable
from uuid import UUID

from app.fulfillment.models import FulfillmentLine


def stock_demand(parts: Iterable[FulfillmentLine]) -> dict[UUID, int]:
    """Units of each variant, without variants that are not stocked."""
    units: dict[UUID, int] = {}
    for part in parts:
        if part.tracks_stock:
            units[part.variant_id] = units.get(part.variant_id, 0) + part.quantity
    return units
