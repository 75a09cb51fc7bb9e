import asyncio

import httpx
import pytest

from app.core.idempotency import IdempotencyKey
from app.orders.models import Order
from tests import make
from tests.ask import PLACE, Api, order_input


async def test_a_hundred_replays_at_once_make_one_order(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=500)
    sent = order_input(("A", 2))
    answers = await asyncio.gather(*(api.do(PLACE, input=sent, key="once") for _ in range(100)))
    assert {answer["__typename"] for answer in answers} == {"Order"}
    assert len({answer["id"] for answer in answers}) == 1
    assert await Order.all().count() == 1


@pytest.mark.parametrize(
    ("key", "elsewhere"),
    [("tour-1", "IdempotencyConflict"), ("0d9f7c1e-9a51-4b6c-8b5e-1f6f4f7a2c33", "Order")],
)
async def test_a_visitors_order_is_answered_again_to_who_has_its_network_or_a_key_that_nobody_guesses(
    api: Api, application: httpx.ASGITransport, key: str, elsewhere: str
):
    shop = await make.shop()
    await shop.sell("A", stock=500)
    sent = order_input(("A", 2))
    first = await api.do(PLACE, input=sent, key=key)
    assert (await api.do(PLACE, input=sent, key=key))["id"] == first["id"]
    transport = httpx.ASGITransport(app=application.app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        again = await Api(client).do(PLACE, input=sent, key=key)
        assert again["__typename"] == elsewhere
        assert ("number" in again) == (elsewhere == "Order")
        buyer = await make.account("bob@example.com")
        mine = await Api(client, buyer).do(PLACE, input=sent, key=key)
    assert (await api.as_(buyer).do(PLACE, input=sent, key=key))["id"] == mine["id"] != first["id"]
    assert await Order.all().count() == 2


async def test_the_same_key_with_another_input_is_an_error(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    await api.do(PLACE, input=order_input(("A", 1)), key="k")
    again = await api.do(PLACE, input=order_input(("A", 2)), key="k")
    assert again["__typename"] == "IdempotencyConflict"
    assert again["path"] == ["idempotencyKey"]
    assert await Order.all().count() == 1


async def test_a_refused_request_does_not_use_its_key_up(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=1)
    refused = await api.do(PLACE, input=order_input(("A", 5)), key="k")
    assert refused["__typename"] == "InsufficientStock"
    await shop.stock("A", 9)
    assert (await api.do(PLACE, input=order_input(("A", 5)), key="k"))["__typename"] == "Order"


async def test_two_principals_do_not_share_keys(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    one, two = await make.token(), await make.token()
    first = await api.as_(one).do(PLACE, input=order_input(("A", 1)), key="k")
    second = await api.as_(two).do(PLACE, input=order_input(("A", 1)), key="k")
    assert first["id"] != second["id"]


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_key_has_1_to_200_characters(api: Api, key: str):
    shop = await make.shop()
    await shop.sell("A")
    answer = await api.do(PLACE, input=order_input(("A", 1)), key=key)
    assert answer["__typename"] == "InvalidInput" and answer["path"] == ["idempotencyKey"]
    assert await IdempotencyKey.all().count() == 0


async def test_a_retry_gets_its_order_although_the_channel_has_closed_since(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    first = await api.do(PLACE, input=order_input(("A", 1)), key="k")
    await make.channels.update(make.SYSTEM, shop.channel.id, {"is_active": False})
    assert (await api.do(PLACE, input=order_input(("A", 1)), key="k"))["id"] == first["id"]
    assert (await api.do(PLACE, input=order_input(("A", 1)), key="other"))["__typename"] == "NotFound"


async def test_two_guests_do_not_share_keys(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    ada = await api.do(PLACE, input=order_input(("A", 1)), key="1")
    bob = await api.do(PLACE, input=order_input(("A", 1), email="bob@example.com"), key="1")
    assert bob["__typename"] == "Order" and bob["id"] != ada["id"]
