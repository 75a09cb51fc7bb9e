"""Fields of the events of fulfillment orders."""

from collections.abc import Iterable
from typing import Any

from app.fulfillment.models import FulfillmentLine, FulfillmentOrder


def event_fields(row: FulfillmentOrder) -> dict[str, Any]:
    """The fields common to all events of a fulfillment order."""
    return {
        "subject_id": row.order_id,
        "channel_id": row.channel_id,
        "fulfillment_order_id": row.id,
        "fulfillment_number": row.number,
        "location_id": row.location_id,
    }


def units_of(parts: Iterable[FulfillmentLine]) -> list[dict[str, Any]]:
    return [{"sku": part.sku, "quantity": part.quantity} for part in parts]
