from types import SimpleNamespace

import pytest

from app.core.refusals import IllegalTransition
from app.orders import lifecycle as orders
from app.orders.lifecycle import OrderStatus


def test_a_step_changes_the_status_and_returns_the_previous_one():
    order = SimpleNamespace(status=OrderStatus.DRAFT)
    assert orders.lifecycle.move(order, orders.place) is OrderStatus.DRAFT
    assert order.status is OrderStatus.PLACED


def test_an_illegal_step_names_the_current_status_and_the_allowed_steps():
    order = SimpleNamespace(status=OrderStatus.PLACED)
    with pytest.raises(IllegalTransition) as refused:
        orders.lifecycle.move(order, orders.expire)
    assert refused.value.current == "placed"
    assert refused.value.allowed == ["confirm", "cancel"]
    assert order.status is OrderStatus.PLACED


def test_a_cancelled_order_has_no_next_steps():
    assert orders.lifecycle.steps_from(OrderStatus.CANCELLED) == []


def test_every_order_status_has_a_description():
    assert all(status.description for status in OrderStatus)
