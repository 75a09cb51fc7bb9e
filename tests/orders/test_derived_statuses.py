"""Truth tables of the derived statuses."""

from dataclasses import dataclass
from typing import Any

import pytest

from app.orders import derived_statuses
from app.orders.lifecycle import (
    FulfillmentStatus,
    OrderStatus,
    ReturnStatus,
    TrackingStage,
    WarehouseStage,
)

F, S, T, W, R = FulfillmentStatus, OrderStatus, TrackingStage, WarehouseStage, ReturnStatus


@dataclass
class Line:
    quantity: int
    quantity_cancelled: int = 0
    quantity_shipped: int = 0
    quantity_delivered: int = 0
    parts_shipped: Any = None
    is_gift_card: bool = False


_PARTLY = {"x": 1}
# status, lines as (ordered, cancelled, shipped, delivered), stage at locations, whether stock is awaited
FULFILLMENT_STATUSES = [
    (S.PLACED, [(2, 0, 0, 0)], W.NONE, False, F.UNALLOCATED),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.NONE, False, F.UNALLOCATED),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.NONE, True, F.BACKORDERED),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.ALLOCATED, False, F.ALLOCATED),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.ALLOCATED, True, F.BACKORDERED),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.RELEASED, False, F.RELEASED),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.RELEASED, True, F.RELEASED),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.IN_PROGRESS, False, F.IN_PROGRESS),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.IN_PROGRESS, True, F.IN_PROGRESS),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.READY, False, F.READY_FOR_PICKUP),
    (S.CONFIRMED, [(2, 0, 0, 0)], W.READY, True, F.IN_PROGRESS),
    (S.CONFIRMED, [(2, 0, 1, 1)], W.READY, False, F.PARTIALLY_DELIVERED),
    (S.CONFIRMED, [(2, 0, 1, 0)], W.NONE, False, F.PARTIALLY_SHIPPED),
    (S.CONFIRMED, [(2, 0, 1, 0)], W.IN_PROGRESS, True, F.PARTIALLY_SHIPPED),
    (S.CONFIRMED, [(2, 1, 1, 0)], W.NONE, False, F.SHIPPED),
    (S.CONFIRMED, [(2, 0, 2, 0), (1, 0, 0, 0)], W.NONE, True, F.PARTIALLY_SHIPPED),
    (S.CONFIRMED, [(2, 0, 2, 0), (1, 1, 0, 0)], W.NONE, False, F.SHIPPED),
    (S.CONFIRMED, [(2, 0, 2, 0)], W.NONE, False, F.SHIPPED),
    (S.CONFIRMED, [(2, 0, 2, 1)], W.NONE, False, F.PARTIALLY_DELIVERED),
    (S.CONFIRMED, [(2, 0, 1, 1)], W.IN_PROGRESS, False, F.PARTIALLY_DELIVERED),
    (S.CONFIRMED, [(2, 0, 2, 2)], W.NONE, False, F.DELIVERED),
    (S.CONFIRMED, [(2, 1, 1, 1)], W.NONE, False, F.DELIVERED),
    (S.COMPLETED, [(2, 0, 2, 2)], W.NONE, False, F.DELIVERED),
    (S.CONFIRMED, [(2, 2, 0, 0)], W.NONE, False, F.CANCELLED),
    (S.CANCELLED, [(2, 2, 0, 0)], W.NONE, False, F.CANCELLED),
    (S.CANCELLED, [(2, 0, 0, 0)], W.ALLOCATED, False, F.CANCELLED),
]


@pytest.mark.parametrize(("status", "lines", "stage", "waits", "follows"), FULFILLMENT_STATUSES)
def test_the_fulfillment_status(status: S, lines: list[tuple[int, ...]], stage: W, waits: bool, follows: F):
    own = [Line(*line) for line in lines]
    assert derived_statuses.fulfillment_status(status, own, stage=stage, is_waiting=waits) is follows


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([Line(1), Line(1, 0, 1, 1, is_gift_card=True)], F.UNALLOCATED),
        ([Line(1, 0, 1, 1), Line(1, is_gift_card=True)], F.DELIVERED),
        ([Line(1, 1), Line(1, 0, 1, 1, is_gift_card=True)], F.DELIVERED),
        ([Line(1, 1), Line(1, is_gift_card=True)], F.UNALLOCATED),
        ([Line(1, 0, 1, 1, is_gift_card=True)], F.DELIVERED),
    ],
)
def test_gift_cards_count_only_in_orders_without_goods(lines: list[Line], expected: F):
    assert derived_statuses.fulfillment_status(S.CONFIRMED, lines) is expected


def test_a_bundle_with_a_shipped_component_is_partially_shipped():
    lines = [Line(1, parts_shipped=_PARTLY)]
    assert derived_statuses.fulfillment_status(S.CONFIRMED, lines, stage=W.ALLOCATED) is F.PARTIALLY_SHIPPED


@pytest.mark.parametrize("facet", F)
@pytest.mark.parametrize("out", [False, True])
@pytest.mark.parametrize("status", [S.PLACED, S.CONFIRMED, S.COMPLETED, S.CANCELLED])
def test_the_tracking_stage(status: S, facet: F, out: bool):
    shown = {
        F.UNALLOCATED: None, F.BACKORDERED: None, F.ALLOCATED: None, F.CANCELLED: None,
        F.RELEASED: T.PREPARING, F.IN_PROGRESS: T.PREPARING,
        F.PARTIALLY_SHIPPED: T.PARTIALLY_SHIPPED, F.PARTIALLY_DELIVERED: T.PARTIALLY_SHIPPED,
        F.SHIPPED: T.SHIPPED, F.DELIVERED: T.DELIVERED, F.READY_FOR_PICKUP: T.READY_FOR_PICKUP,
    }[facet] or (T.RECEIVED if status is S.PLACED else T.CONFIRMED)  # fmt: skip
    if out and facet is not F.DELIVERED:
        shown = T.OUT_FOR_DELIVERY
    if status is S.CANCELLED:
        shown = T.CANCELLED
    assert derived_statuses.tracking_stage(status, facet, is_out_for_delivery=out) is shown


@pytest.mark.parametrize("facet", F)
def test_nothing_of_an_order_that_is_picked_up_is_on_its_way(facet: F):
    shown = derived_statuses.tracking_stage(S.CONFIRMED, facet, is_pickup=True)
    assert shown not in (T.PARTIALLY_SHIPPED, T.SHIPPED, T.OUT_FOR_DELIVERY, T.DELIVERED)
    collected = {F.PARTIALLY_DELIVERED: T.PARTIALLY_COLLECTED, F.DELIVERED: T.COLLECTED}
    assert facet not in collected or shown is collected[facet]


@pytest.mark.parametrize(
    ("wanted", "paid", "refunded", "settled"),
    [
        (100, 100, 0, True), (100, 99, 0, False), (100, 101, 0, False), (60, 100, 0, False), (60, 60, 40, True),
        (0, 0, 0, True), (0, 0, 100, True), (0, 5, 95, False), (100, 50, 50, True),
    ],
)  # fmt: skip
def test_whether_money_is_settled(wanted: int, paid: int, refunded: int, settled: bool):
    assert (
        derived_statuses.is_settled(wanted_minor=wanted, paid_minor=paid, refunded_minor=refunded) is settled
    )


@pytest.mark.parametrize("facet", F)
@pytest.mark.parametrize("returns", R)
@pytest.mark.parametrize("settled", [False, True])
def test_an_order_is_complete_when_delivered_settled_and_without_open_returns(
    facet: F, returns: R, settled: bool
):
    complete = facet is F.DELIVERED and settled and returns not in (R.REQUESTED, R.IN_PROGRESS)
    assert derived_statuses.is_complete(facet, returns, is_settled=settled) is complete
