import asyncio
from uuid import uuid4

import httpx
import pytest
from graphql import get_named_type

from app.access import service as access
from app.access import staffing
from app.access.permissions import Permission
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.idempotency import IdempotencyKey
from app.nodes import fetchable
from app.orders.models import Order
from app.schema import schema
from tests import make
from tests.ask import PLACE, Api, order_input


async def test_a_hundred_concurrent_requests_with_one_key_place_one_order(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=500)
    sent = order_input(("A", 2))
    answers = await asyncio.gather(*(api.do(PLACE, input=sent, key="once") for _ in range(100)))
    assert {answer["__typename"] for answer in answers} == {"Order"}
    assert len({answer["id"] for answer in answers}) == 1
    assert await Order.all().count() == 1


async def test_repeated_requests_with_one_key_leave_no_gaps_in_order_numbers(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=500)
    first, *_ = await asyncio.gather(
        *(api.do(PLACE, input=order_input(("A", 1)), key="one") for _ in range(20))
    )
    for _ in range(5):
        assert (await api.do(PLACE, input=order_input(("A", 1)), key="one"))["number"] == first["number"]
    other = await api.do(PLACE, input=order_input(("A", 2)), key="one")
    assert other["__typename"] == "IdempotencyConflict"
    second = await api.do(PLACE, input=order_input(("A", 1)), key="two")
    third = await api.do(PLACE, input=order_input(("A", 1)))
    numbers = [int(each["number"].rpartition("-")[2]) for each in (first, second, third)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


@pytest.mark.parametrize(
    ("key", "result_elsewhere"),
    [("tour-1", "IdempotencyConflict"), ("0d9f7c1e-9a51-4b6c-8b5e-1f6f4f7a2c33", "Order")],
)
async def test_a_visitors_order_is_replayed_to_the_same_network_or_with_an_unguessable_key(
    api: Api, application: httpx.ASGITransport, key: str, result_elsewhere: str
):
    shop = await make.shop()
    await shop.sell("A", stock=500)
    sent = order_input(("A", 2))
    first = await api.do(PLACE, input=sent, key=key)
    assert (await api.do(PLACE, input=sent, key=key))["id"] == first["id"]
    transport = httpx.ASGITransport(app=application.app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        again = await Api(client).do(PLACE, input=sent, key=key)
        assert again["__typename"] == result_elsewhere
        assert ("number" in again) == (result_elsewhere == "Order")
        buyer = await make.account("bob@example.com")
        mine = await Api(client, buyer).do(PLACE, input=sent, key=key)
    assert (await api.as_(buyer).do(PLACE, input=sent, key=key))["id"] == mine["id"] != first["id"]
    assert await Order.all().count() == 2


async def test_a_key_repeated_with_another_input_is_an_error(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    await api.do(PLACE, input=order_input(("A", 1)), key="k")
    again = await api.do(PLACE, input=order_input(("A", 2)), key="k")
    assert again["__typename"] == "IdempotencyConflict"
    assert again["path"] == ["idempotencyKey"]
    assert await Order.all().count() == 1


async def test_a_refused_request_does_not_store_its_key(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=1)
    refused = await api.do(PLACE, input=order_input(("A", 5)), key="k")
    assert refused["__typename"] == "InsufficientStock"
    await shop.stock("A", 9)
    assert (await api.do(PLACE, input=order_input(("A", 5)), key="k"))["__typename"] == "Order"


async def test_two_tokens_do_not_share_keys(api: Api):
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


async def test_a_retry_returns_the_order_after_the_channel_was_deactivated(api: Api):
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


MOVE = "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }"
PLACE_WITH_KEY = """mutation($input: OrderPlaceInput!, $key: String!) { orderPlace(input: $input, idempotencyKey: $key) {
  __typename ... on Order { id accessToken } ... on UserError { path } } }"""
GONE = {"__typename": "NotFound", "path": ["idempotencyKey"]}


@pytest.mark.parametrize("buyer", ["guest", "customer"])
async def test_a_retry_after_the_order_moved_to_another_customer_answers_not_found(api: Api, buyer: str):
    shop = await make.shop()
    await shop.sell("A")
    first = api.as_(await make.account("ada@example.com")) if buyer == "customer" else api
    staff, other = api.as_(await make.token()), api.as_(await make.account("bob@example.com"))
    key, sent = str(uuid4()), order_input(("A", 1))
    placed = await first.do(PLACE_WITH_KEY, input=sent, key=key)
    assert await first.do(PLACE_WITH_KEY, input=sent, key=key) == placed
    bob = (await other.ask("{ me { customer { id } } }"))["me"]["customer"]["id"]
    await staff.do(MOVE, i={"id": placed["id"], "customerId": bob})
    assert await first.do(PLACE_WITH_KEY, input=sent, key=key) == GONE
    assert await Order.all().count() == 1


async def test_a_visitors_retry_after_the_cart_became_a_customers_order_answers_not_found(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    create = """mutation($i: OrderDraftCreateInput!, $k: String!) { orderDraftCreate(input: $i, idempotencyKey: $k) {
      __typename ... on Order { id accessToken } ... on UserError { path } } }"""
    sent = {"channel": "web", "lines": [{"sku": "A", "quantity": 1}]}
    key = str(uuid4())
    cart = await api.do(create, i=sent, k=key)
    assert await api.do(create, i=sent, k=key) == cart
    buyer = api.as_(await make.account("ada@example.com"))
    whole = order_input(draftId=cart["id"], draftToken=cart["accessToken"])
    del whole["lines"], whole["channel"]
    placed = await buyer.do(PLACE_WITH_KEY, input=whole, key="k")
    assert placed["__typename"] == "Order"
    assert await buyer.do(PLACE_WITH_KEY, input=whole, key="k") == placed
    assert await api.do(create, i=sent, k=key) == GONE


async def test_a_retry_of_staff_who_lost_access_to_the_channel_answers_not_found(api: Api):
    here, there = await make.shop(), await make.shop("other")
    await here.sell("A")
    await access.ensure_roles(SYSTEM)
    person = await access.add_staff(
        SYSTEM, email="eve@example.com", name="Eve", role_code="customer_service", password="a long password"
    )
    staff = api.as_((await access.open_session(Actor(ActorKind.STAFF, person.id, "Eve"))).access_token)
    key, sent = str(uuid4()), order_input(("A", 1))
    placed = await staff.do(PLACE_WITH_KEY, input=sent, key=key)
    assert placed["__typename"] == "Order"
    for channels, again in (([here], placed), ([there], GONE), ([here, there], placed)):
        ids = [shop.channel.id for shop in channels]
        await staffing.update(SYSTEM, person.id, {"channel_ids": ids})
        access._remembered.clear()
        assert await staff.do(PLACE_WITH_KEY, input=sent, key=key) == again


async def test_a_retry_returns_the_order_to_a_token_without_orders_view(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    desk = api.as_(await make.token(Permission.ORDERS_MANAGE))
    sent = order_input(("A", 1))
    placed = await desk.do(PLACE_WITH_KEY, input=sent, key="k")
    assert placed["__typename"] == "Order"
    assert await desk.do(PLACE_WITH_KEY, input=sent, key="k") == placed


def test_every_result_type_of_a_mutation_with_a_key_can_be_fetched_for_replay():
    fields = schema._schema.mutation_type.fields.values()  # type: ignore[union-attr]
    unions = [get_named_type(field.type) for field in fields if "idempotencyKey" in field.args]
    answers = {
        each
        for union in unions
        for each in union.types
        if "UserError" not in [i.name for i in each.interfaces]
    }
    assert len(unions) > 30
    models = set(schema.models_of(fetchable()).values())
    shown = schema.models_of([each.name for each in answers])
    assert shown.keys() == {each.name for each in answers} and set(shown.values()) <= models
