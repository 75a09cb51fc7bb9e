"""Orders, fulfillment orders, parcels, requests and disputes that have been in a stage for longer than its
limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.core.actor import Actor
from app.core.described import Described
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.fulfillment import queries as fulfillment
from app.fulfillment.lifecycle import FulfillmentOrderStatus, ShipmentStage
from app.orders import queries as orders
from app.orders.lifecycle import CancelRequestStatus, OrderStatus
from app.payments import queries as payments
from app.payments.lifecycle import DisputeStatus

COUNTED_AT_MOST = 1_000
MOST_ROWS = 100
MOST_HOURS = 24 * 365


class StuckStage(Described):
    """A stage in which something can be stuck, and what to do about it."""

    UNCONFIRMED = "unconfirmed", "Placed and not on hold: confirm it (orderConfirm)."
    HELD = "held", "On hold: release the hold or cancel (orderRelease, orderCancel)."
    CANCEL_REQUESTED = (
        "cancel_requested",
        "Cancellation requested: answer it (orderCancelRequestGrant, orderCancelRequestDecline).",
    )
    DISPUTED = (
        "disputed",
        "Payment disputed: send evidence at the gateway or bank, or accept the dispute (disputeRespond, "
        "disputeClose).",
    )
    WAITING = "waiting", "Waiting for stock without an expected date: purchase it, or cancel."
    OPEN = "open", "Assigned to a location and not released (fulfillmentRelease)."
    RELEASED = "released", "Released and picking not started (pickListCreate, fulfillmentPick)."
    PICKING = "picking", "Picking started and not finished: find the picker."
    PICKED = "picked", "Picked and not packed (fulfillmentPack)."
    PACKED = "packed", "Packed and not shipped (fulfillmentShip)."
    NOT_PICKED_UP = (
        "not_picked_up",
        "Ready for pick-up, and the last day has passed: ask the buyer, keep it longer "
        "(fulfillmentPickupExtend), or cancel the order and put the units back (orderCancel).",
    )
    LABEL = "label", "Label requested or being voided without a response: contact the carrier."
    SUBMITTED = "submitted", "The supplier has not answered (dropShipAccept, dropShipReject)."
    ACCEPTED = "accepted", "The supplier accepted it and has not shipped it."
    NOT_COLLECTED = "not_collected", "Recorded as shipped, but never scanned by the carrier."
    IN_TRANSIT = "in_transit", "In transit for too long: contact the carrier."
    OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery for more than a day: contact the carrier."
    FAILED_ATTEMPT = "failed_attempt", "Delivery attempt failed: contact the buyer, or have it returned."
    EXCEPTION = "exception", "Delayed by a problem: contact the carrier."
    COMING_BACK = "coming_back", "Returning, or returned and not received (shipmentReceiveBack)."


G = StuckStage
F, P = FulfillmentOrderStatus, ShipmentStage

# Default limits in hours.
HOURS: Mapping[StuckStage, int] = {
    G.UNCONFIRMED: 24,
    G.HELD: 48,
    G.CANCEL_REQUESTED: 4,
    G.DISPUTED: 24,
    G.WAITING: 24 * 7,
    G.OPEN: 24,
    G.RELEASED: 8,
    G.PICKING: 4,
    G.PICKED: 4,
    G.PACKED: 12,
    G.NOT_PICKED_UP: 0,
    G.LABEL: 24,
    G.SUBMITTED: 24,
    G.ACCEPTED: 72,
    G.NOT_COLLECTED: 48,
    G.IN_TRANSIT: 24 * 7,
    G.OUT_FOR_DELIVERY: 24,
    G.FAILED_ATTEMPT: 48,
    G.EXCEPTION: 24,
    G.COMING_BACK: 72,
}
# The time since when fulfillment orders and parcels are in a state.
_WORK = {
    G.OPEN: (F.OPEN, "created_at"),
    G.RELEASED: (F.RELEASED, "released_at"),
    G.PICKING: (F.PICKING, "updated_at"),
    G.PICKED: (F.PICKED, "picked_at"),
    G.PACKED: (F.PACKED, "packed_at"),
    G.NOT_PICKED_UP: (F.READY, "pickup_ends_at"),
    G.SUBMITTED: (F.SUBMITTED, "released_at"),
    G.ACCEPTED: (F.ACCEPTED, "updated_at"),
}
_PARCELS = {
    G.NOT_COLLECTED: (P.LABEL_CREATED,),
    G.IN_TRANSIT: (P.PICKED_UP, P.IN_TRANSIT),
    G.OUT_FOR_DELIVERY: (P.OUT_FOR_DELIVERY,),
    G.FAILED_ATTEMPT: (P.FAILED_ATTEMPT,),
    G.EXCEPTION: (P.EXCEPTION,),
    G.COMING_BACK: (P.RETURNED_TO_SENDER,),
}


# Stages whose rows belong to an order and to no fulfillment order.
_OF_ORDERS = (G.HELD, G.CANCEL_REQUESTED, G.DISPUTED)


@dataclass(frozen=True, slots=True)
class Stuck:
    """One stuck object, since when, and its order."""

    since: datetime
    order_id: UUID
    fulfillment_order_id: UUID | None = None
    shipment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StuckGroup:
    """The stuck objects of one stage: their number (1,001 for more than a thousand), and the longest waiting
    ones.
    """

    stage: StuckStage
    hours: int
    count: int
    oldest: Sequence[Stuck]


async def stuck(
    actor: Actor, now: datetime, *, hours: Mapping[StuckStage, int] | None = None, first: int = 20
) -> list[StuckGroup]:
    """The stuck objects that an actor may see, by stage; empty stages are left out.

    Raises:
        Invalid: invalid limits or number of rows.
    """
    if not 1 <= first <= MOST_ROWS:
        raise Invalid(
            f"The number of objects per stage must be between 1 and {MOST_ROWS}.",
            "first",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=MOST_ROWS,
        )
    limits = dict(HOURS)
    for index, (stage, limit) in enumerate((hours or {}).items()):
        if not 0 <= limit <= MOST_HOURS:
            raise Invalid(
                f"The limit must be between 0 and {MOST_HOURS} hours.",
                "limits",
                str(index),
                "hours",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=MOST_HOURS,
            )
        limits[stage] = limit
    found = []
    for stage, limit in limits.items():
        before = now - timedelta(hours=limit)
        rows, since = _rows(actor, stage, before)
        # COUNT with a limit would count all of them.
        count = len(await rows.limit(COUNTED_AT_MOST + 1).values_list("id", flat=True))
        if count:
            oldest = await rows.order_by(since, "id").limit(first)
            things = [_thing(stage, row, since) for row in oldest]
            found.append(StuckGroup(stage, limit, count, things))
    return found


def _rows(actor: Actor, stage: StuckStage, before: datetime) -> tuple[QuerySet[Any], str]:
    """The rows of a stage that are older than its limit, and the column with the time."""
    if stage in _WORK:
        status, since = _WORK[stage]
        rows: QuerySet[Any] = fulfillment.visible_to(actor).filter(status=status, is_held=False)
        return rows.filter(**{f"{since}__lt": before}), since
    if stage in _PARCELS:
        # A returned and received parcel is not in transit: its fulfillment order has the status.
        rows = fulfillment.shipments_visible_to(actor).filter(fulfillment.in_transit())
        return rows.filter(stage__in=_PARCELS[stage], updated_at__lt=before), "updated_at"
    if stage is G.LABEL:
        rows = fulfillment.pending_labels_visible_to(actor).filter(asked_at__lt=before)
        return rows.select_related("fulfillment_order"), "asked_at"
    if stage is G.HELD:
        rows = orders.holds_visible_to(actor).filter(released_at__isnull=True, placed_at__lt=before)
        return rows.filter(orders.of_open_orders()), "placed_at"
    if stage is G.CANCEL_REQUESTED:
        rows = orders.cancel_requests_visible_to(actor)
        return rows.filter(status=CancelRequestStatus.OPEN, requested_at__lt=before), "requested_at"
    if stage is G.DISPUTED:
        rows = payments.disputes_visible_to(actor).filter(order_id__isnull=False)
        return rows.filter(status=DisputeStatus.NEEDS_RESPONSE, opened_at__lt=before), "opened_at"
    rows = orders.visible_to(actor).filter(placed_at__lt=before)
    if stage is G.UNCONFIRMED:
        return rows.filter(status=OrderStatus.PLACED, open_holds=0), "placed_at"
    waits = Q(
        status__in=[OrderStatus.PLACED, OrderStatus.CONFIRMED], is_waiting=True, promised_on__isnull=True
    )
    return rows.filter(waits), "placed_at"


def _thing(stage: StuckStage, row: Any, since: str) -> Stuck:
    at = getattr(row, since)
    if stage in _WORK:
        return Stuck(at, row.order_id, fulfillment_order_id=row.id)
    if stage is G.LABEL:
        return Stuck(at, row.fulfillment_order.order_id, row.fulfillment_order_id)
    if stage in _PARCELS:
        return Stuck(at, row.order_id, row.fulfillment_order_id, row.id)
    return Stuck(at, row.order_id if stage in _OF_ORDERS else row.id)
