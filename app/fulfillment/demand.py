"""Units that fulfillment lines take from stock: pure."""

from collections.abc import Iterable
from uuid import UUID

from app.fulfillment.models import FulfillmentLine


def stock_demand(parts: Iterable[FulfillmentLine]) -> dict[UUID, int]:
    """Units of each variant, without variants that are not kept in stock."""
    units: dict[UUID, int] = {}
    for part in parts:
        if part.tracks_stock:
            units[part.variant_id] = units.get(part.variant_id, 0) + part.quantity
    return units
