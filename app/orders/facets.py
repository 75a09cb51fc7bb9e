"""What follows from an order's parts: one pure function for each facet."""

from collections.abc import Sequence
from typing import Protocol

from app.orders.lifecycle import FulfillmentStatus, OrderStatus, TrackingStage

F, S, T = FulfillmentStatus, OrderStatus, TrackingStage


class Quantities(Protocol):
    """What a line knows of its units."""

    quantity: int
    quantity_cancelled: int
    quantity_shipped: int


def fulfillment_status(
    status: OrderStatus, lines: Sequence[Quantities], *, is_waiting: bool = False
) -> FulfillmentStatus:
    """How far the sending is, from what was ordered, cancelled and shipped, and whether stock is awaited."""
    wanted = sum(line.quantity - line.quantity_cancelled for line in lines)
    shipped = sum(line.quantity_shipped for line in lines)
    if status is S.CANCELLED or (wanted <= 0 and not shipped):
        return F.CANCELLED
    if shipped >= wanted > 0:
        return F.SHIPPED
    if shipped:
        return F.PARTIALLY_SHIPPED
    return F.BACKORDERED if is_waiting else F.UNALLOCATED


def tracking_stage(status: OrderStatus, fulfillment: FulfillmentStatus) -> TrackingStage:
    """The word that the buyer is shown."""
    if status is S.CANCELLED:
        return T.CANCELLED
    by_fulfillment = {
        F.IN_PROGRESS: T.PREPARING,
        F.RELEASED: T.PREPARING,
        F.PARTIALLY_SHIPPED: T.PARTIALLY_SHIPPED,
        F.SHIPPED: T.SHIPPED,
        F.PARTIALLY_DELIVERED: T.PARTIALLY_SHIPPED,
        F.DELIVERED: T.DELIVERED,
    }
    if fulfillment in by_fulfillment:
        return by_fulfillment[fulfillment]
    return T.CONFIRMED if status in (S.CONFIRMED, S.COMPLETED) else T.RECEIVED
