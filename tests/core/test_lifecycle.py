from types import SimpleNamespace

import pytest

from app.core.refusals import IllegalTransition
from app.orders import lifecycle as orders
from app.orders.lifecycle import OrderStatus


def test_a_step_moves_the_status_and_tells_where_it_was():
    order = SimpleNamespace(status=OrderStatus.DRAFT)
    assert orders.lifecycle.move(order, orders.place) is OrderStatus.DRAFT
    assert order.status is OrderStatus.PLACED


def test_an_illegal_step_names_where_it_stands_and_what_can_be_done():
    order = SimpleNamespace(status=OrderStatus.PLACED)
    with pytest.raises(IllegalTransition) as refused:
        orders.lifecycle.move(order, orders.expire)
    assert refused.value.current == "placed"
    assert refused.value.allowed == ["confirm", "cancel"]
    assert order.status is OrderStatus.PLACED


def test_nothing_leads_out_of_a_cancelled_order():
    assert orders.lifecycle.steps_from(OrderStatus.CANCELLED) == []


def test_every_status_says_what_it_means():
    assert all(status.description for status in OrderStatus)
