"""The derived statuses of an order: one pure function for each. See docs/life-of-an-order.md."""

from collections.abc import Sequence
from typing import Any, Protocol

from app.orders.amounts import due
from app.orders.lifecycle import (
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    TrackingStage,
    WarehouseStage,
)

F, S, T, W = FulfillmentStatus, OrderStatus, TrackingStage, WarehouseStage

COLUMNS = ("fulfillment_status", "tracking_stage", "payment_status")


class Quantities(Protocol):
    """The quantities of an order line."""

    quantity: int
    quantity_cancelled: int
    quantity_shipped: int
    quantity_delivered: int
    parts_shipped: Any
    is_gift_card: bool


def followed_lines(lines: Sequence[Quantities]) -> Sequence[Quantities]:
    """The lines whose shipment the statuses describe: gift cards only if nothing else is wanted or was
    shipped."""
    goods = [line for line in lines if not line.is_gift_card]
    has_goods = any(line.quantity > line.quantity_cancelled or line.quantity_shipped for line in goods)
    return goods if has_goods else lines


def fulfillment_status(
    status: OrderStatus,
    lines: Sequence[Quantities],
    *,
    stage: WarehouseStage = W.NONE,
    is_waiting: bool = False,
) -> FulfillmentStatus:
    """Fulfillment status, derived from the lines' quantities, the stage in the warehouse, and whether the
    order waits for stock.
    """
    lines = followed_lines(lines)
    wanted = sum(line.quantity - line.quantity_cancelled for line in lines)
    shipped = sum(line.quantity_shipped for line in lines)
    delivered = sum(line.quantity_delivered for line in lines)
    if status is S.CANCELLED or (wanted <= 0 and not shipped):
        return F.CANCELLED
    if delivered:
        return F.DELIVERED if delivered >= wanted else F.PARTIALLY_DELIVERED
    if shipped or any(line.parts_shipped for line in lines):
        return F.SHIPPED if shipped >= wanted else F.PARTIALLY_SHIPPED
    if stage is W.READY and not is_waiting:
        return F.READY_FOR_PICKUP
    if stage.has_begun:
        return F.IN_PROGRESS
    if stage is W.RELEASED:
        return F.RELEASED
    if is_waiting:
        return F.BACKORDERED
    return F.ALLOCATED if stage is W.ALLOCATED else F.UNALLOCATED


def tracking_stage(
    status: OrderStatus,
    fulfillment: FulfillmentStatus,
    *,
    is_out_for_delivery: bool = False,
    has_all_left: bool = False,
    is_pickup: bool = False,
) -> TrackingStage:
    """The stage that the buyer is shown."""
    if status is S.CANCELLED:
        return T.CANCELLED
    if is_pickup and fulfillment in _OF_PICKUPS:
        return _OF_PICKUPS[fulfillment]
    if is_out_for_delivery and fulfillment is not F.DELIVERED:
        return T.OUT_FOR_DELIVERY
    by_fulfillment = {
        F.IN_PROGRESS: T.PREPARING,
        F.RELEASED: T.PREPARING,
        F.READY_FOR_PICKUP: T.READY_FOR_PICKUP,
        F.PARTIALLY_SHIPPED: T.PARTIALLY_SHIPPED,
        F.SHIPPED: T.SHIPPED,
        F.PARTIALLY_DELIVERED: T.SHIPPED if has_all_left else T.PARTIALLY_SHIPPED,
        F.DELIVERED: T.DELIVERED,
    }
    if fulfillment in by_fulfillment:
        return by_fulfillment[fulfillment]
    return T.CONFIRMED if status in (S.CONFIRMED, S.COMPLETED) else T.RECEIVED


# Nothing of an order that is picked up is on its way.
_OF_PICKUPS = {
    F.PARTIALLY_SHIPPED: T.PREPARING,
    F.SHIPPED: T.PREPARING,
    F.PARTIALLY_DELIVERED: T.PARTIALLY_COLLECTED,
    F.DELIVERED: T.COLLECTED,
}
AGREED = (PaymentStatus.AUTHORIZED, PaymentStatus.VOIDED, PaymentStatus.ON_TERMS)
COMING_BACK = (ReturnStatus.REQUESTED, ReturnStatus.IN_PROGRESS)


def payment_status(
    standing: PaymentStatus,
    *,
    wanted_minor: int,
    paid_minor: int,
    refunded_minor: int,
    authorized_minor: int = 0,
    is_free: bool = False,
) -> PaymentStatus:
    """Payment status, derived from the amounts due, authorized, paid and refunded.

    Until money moves, an order is authorized if the whole amount is, and otherwise the previous status
    (`standing`) is kept if it is an agreement; a free order is paid.
    """
    if paid_minor + refunded_minor <= 0:
        if is_free:
            return PaymentStatus.PAID
        if authorized_minor and standing is not PaymentStatus.ON_TERMS:
            return PaymentStatus.AUTHORIZED if authorized_minor >= wanted_minor else PaymentStatus.UNPAID
        return standing if standing in AGREED else PaymentStatus.UNPAID
    if paid_minor <= 0:
        return PaymentStatus.REFUNDED
    if paid_minor + refunded_minor < wanted_minor:
        return PaymentStatus.PARTIALLY_PAID
    return PaymentStatus.PARTIALLY_REFUNDED if refunded_minor else PaymentStatus.PAID


def is_covered(order: Any, *, without: int = 0) -> bool:
    """Whether the order is paid, authorized or on terms; `without` is the part of its authorized amount, in
    minor units, that does not count because it is released next."""
    if order.payment_status is PaymentStatus.ON_TERMS:
        return True
    agreed = order.payment_status is PaymentStatus.AUTHORIZED and not without
    return agreed or due(order) <= order.authorized_minor - without


def is_settled(*, wanted_minor: int, paid_minor: int, refunded_minor: int, credited_minor: int = 0) -> bool:
    """Whether the full amount was received at some time and nothing beyond the amount due was kept."""
    kept = max(wanted_minor - credited_minor, 0)
    return paid_minor + refunded_minor >= wanted_minor and paid_minor <= kept


def is_complete(fulfillment: FulfillmentStatus, returns: ReturnStatus, *, is_settled: bool) -> bool:
    """Whether nothing is left to ship, return, collect or refund."""
    return fulfillment is F.DELIVERED and is_settled and returns not in COMING_BACK


def money_of(order: Any) -> dict[str, int]:
    """The amounts of an order in minor units, as keyword arguments of the functions here."""
    return {
        "wanted_minor": order.total_minor - order.cancelled_minor,
        "paid_minor": order.paid_minor,
        "refunded_minor": order.refunded_minor,
    }


def is_free(order: Any) -> bool:
    """Whether an order that is not cancelled costs nothing."""
    return order.status is not S.CANCELLED and order.total_minor - order.cancelled_minor <= 0


def derive(order: Any, lines: Sequence[Quantities]) -> None:
    """Set the derived statuses on an order's row; see COLUMNS."""
    order.fulfillment_status = fulfillment_status(
        order.status, lines, stage=order.warehouse_stage, is_waiting=order.is_waiting
    )
    order.tracking_stage = tracking_stage(
        order.status,
        order.fulfillment_status,
        is_out_for_delivery=order.is_out_for_delivery,
        has_all_left=all(
            line.quantity_shipped >= line.quantity - line.quantity_cancelled for line in followed_lines(lines)
        ),
        is_pickup=order.pickup is not None,
    )
    order.payment_status = payment_status(
        order.payment_status,
        **money_of(order),
        authorized_minor=order.authorized_minor,
        is_free=is_free(order),
    )
