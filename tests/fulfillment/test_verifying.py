"""Verification compares orders and fulfillment orders with reservations and backlog."""

import pytest

from app.core.actor import SYSTEM
from app.fulfillment import queries as fulfillment
from app.inventory.stock.models import Backlog, Reservation
from app.orders import queries as orders
from app.orders.models import Order
from app.orders.service import holding
from tests import make


@pytest.fixture
async def order(clean: None) -> Order:
    """A confirmed order of three lamps, with nothing to report."""
    shop = await make.shop()
    await shop.sell("LAMP")
    placed = await make.order(("LAMP", 3))
    await holding.confirm(SYSTEM, placed.id)
    assert await orders.differences() == await fulfillment.differences() == []
    return placed


async def test_an_order_with_fewer_reserved_units_than_it_needs_is_reported(order: Order):
    await Reservation.filter(claimant_id=order.id).update(quantity=2)
    assert await orders.differences() == [
        (f"order {order.number}: needs 3 units, but 2 are reserved or on backorder")
    ]
    (found,) = await fulfillment.differences()
    assert found.startswith(f"order {order.number}: a location works on 3 units of LAMP, but 2 are reserved")


async def test_units_on_the_backlog_count_as_units_of_the_order(order: Order):
    (reservation,) = await Reservation.filter(claimant_id=order.id).select_related("level")
    await Reservation.filter(id=reservation.id).update(quantity=1)
    await Backlog.create(
        id=order.id,
        claimant_id=order.id,
        claimant_kind="order",
        variant_id=reservation.level.variant_id,
        channel_id=order.channel_id,
        quantity=2,
        priority=0,
        created_at=order.created_at,
    )
    assert await orders.differences() == []
    await Backlog.all().update(quantity=3)
    assert await orders.differences() == [
        (f"order {order.number}: needs 3 units, but 4 are reserved or on backorder")
    ]


async def test_reserved_units_that_are_not_on_hand_are_reported_for_the_fulfillment_order(order: Order):
    await Reservation.filter(claimant_id=order.id).update(waiting=1)
    assert await orders.differences() == []
    (found,) = await fulfillment.differences()
    assert found.startswith(f"order {order.number}: a location works on 3 units of LAMP, but 2 are reserved")
