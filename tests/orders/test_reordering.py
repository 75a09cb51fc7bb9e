"""A cart with the lines of an earlier order: today's prices, and warnings for what cannot be had any more."""

from typing import Any

import pytest

from app.core.ids import to_global
from tests import make
from tests.ask import PLACE, Api, order_input

CART = """... on Order { id status accessToken reservedUntil email language shippingMethod { code } discountCodes note
  shippingAddress { city } customer { email } total { amount }
  warnings { code values { given } } lines { nodes { sku quantity unitPrice { amount } } } }"""
AGAIN = f"""mutation($i: OrderReorderInput!, $key: String) {{ orderReorder(input: $i, idempotencyKey: $key) {{
  __typename ... on UserError {{ message path }} {CART} }} }}"""


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    shop = await make.shop()
    for sku in "ABCD":
        await shop.sell(sku, stock=9)
    return shop


async def place(api: Api, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    placed = await api.do(
        PLACE.replace("id number", "id accessToken number"), input=order_input(*lines, **more)
    )
    assert placed["__typename"] == "Order", placed
    return placed


async def test_a_customer_orders_again_at_todays_prices(api: Api, shop: make.Shop):
    buyer = api.as_(await make.account())
    order = await place(buyer, ("A", 2), ("B", 1), note="Ring", language="de-AT")
    await shop.price("A", 1500)
    cart = await buyer.do(AGAIN, i={"id": order["id"]})
    assert cart["status"] == "DRAFT" and cart["id"] != order["id"] and cart["reservedUntil"]
    assert cart["lines"]["nodes"] == [
        {"sku": "A", "quantity": 2, "unitPrice": {"amount": "15.00"}},
        {"sku": "B", "quantity": 1, "unitPrice": {"amount": "10.00"}},
    ]
    assert cart["warnings"] == [] and cart["note"] is None
    assert cart["email"] == "ada@example.com" and cart["language"] == "de-AT"
    assert cart["customer"] and cart["shippingMethod"] == {"code": "standard"}
    assert cart["shippingAddress"] == {"city": "Springfield"}


async def test_what_cannot_be_had_any_more_is_named(api: Api, shop: make.Shop):
    buyer = api.as_(await make.account())
    order = await place(buyer, ("A", 2), ("B", 1), ("C", 1), ("D", 3))
    staff = api.as_(await make.token())
    await staff.ask(
        "mutation($i: ID!) { productArchive(id: $i) { __typename } }",
        i=(await staff.ask('{ product(slug: "thing-a") { id } }'))["product"]["id"],
    )
    gone = await staff.ask("{ prices(first: 100) { nodes { id variant { sku } } } }")
    ids = [node["id"] for node in gone["prices"]["nodes"] if node["variant"]["sku"] == "B"]
    await staff.ask("mutation($ids: [ID!]!) { priceBulkDelete(ids: $ids) { __typename } }", ids=ids)
    await shop.stock("D", 4)  # 3 of them are reserved by the order
    cart = await buyer.do(AGAIN, i={"id": order["id"]})
    assert cart["__typename"] == "Order", cart
    assert [line["sku"] for line in cart["lines"]["nodes"]] == ["C", "D"]
    found = {(each["code"], each["values"] and each["values"]["given"]) for each in cart["warnings"]}
    assert found == {("NOT_SOLD", "A"), ("NO_PRICE", "B"), ("NO_STOCK", "D"), ("NOT_RESERVED", None)}
    assert cart["reservedUntil"] is None


async def test_a_guest_orders_again_with_the_access_token(api: Api, shop: make.Shop):
    order = await place(api, ("A", 1))
    assert (await api.error(AGAIN, i={"id": order["id"]}))["extensions"]["code"] == "UNAUTHENTICATED"
    for token in ("wrong", order["trackingToken"]):
        refused = await api.do(AGAIN, i={"id": order["id"], "accessToken": token})
        assert refused["__typename"] == "NotFound" and refused["path"] == ["input", "id"]
    given = {"id": order["id"], "accessToken": order["accessToken"]}
    carts = [await api.do(AGAIN, i=given, key="once") for _ in range(2)]
    assert carts[0]["id"] == carts[1]["id"] and carts[0]["accessToken"] == carts[1]["accessToken"]
    assert carts[0]["lines"]["nodes"][0]["sku"] == "A"


async def test_nobody_orders_the_order_of_others_or_a_cart_again(api: Api, shop: make.Shop):
    order = await place(api.as_(await make.account()), ("A", 1))
    eve = api.as_(await make.account("eve@example.com"))
    assert (await eve.do(AGAIN, i={"id": order["id"]}))["__typename"] == "NotFound"
    begin = """mutation { orderDraftCreate(input: {channel: "web"}) { ... on Order { id } } }"""
    cart = await eve.do(begin)
    refused = await eve.do(AGAIN, i={"id": cart["id"]})
    assert refused["__typename"] == "InvalidInput" and refused["path"] == ["input", "id"]


async def test_cancelled_units_are_left_out_unless_all_were_cancelled(api: Api, shop: make.Shop):

    order = await make.order(("A", 3), ("B", 1))
    staff = api.as_(await make.token())
    id = to_global("Order", order.id)
    line = (await staff.ask("query($i: ID) { order(id: $i) { lines { nodes { id } } } }", i=id))["order"]
    cancel = """mutation($i: OrderCancelInput!) { orderCancel(input: $i) { __typename } }"""
    first = line["lines"]["nodes"][0]["id"]
    await staff.do(cancel, i={"id": id, "lines": [{"lineId": first, "quantity": 2}]})
    cart = await staff.do(AGAIN, i={"id": id})
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]["nodes"]] == [("A", 1), ("B", 1)]
    await staff.do(cancel, i={"id": id})
    cart = await staff.do(AGAIN, i={"id": id})
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]["nodes"]] == [("A", 3), ("B", 1)]


async def test_the_token_of_a_customers_order_gives_a_visitor_a_cart_of_their_own(api: Api, shop: make.Shop):
    buyer = api.as_(await make.account())
    order = await place(buyer, ("A", 2))
    cart = await api.do(AGAIN, i={"id": order["id"], "accessToken": order["accessToken"]})
    assert cart["__typename"] == "Order" and cart["customer"] is None
    other = api.as_(await make.account("grace@example.com"))
    theirs = await other.do(AGAIN, i={"id": order["id"], "accessToken": order["accessToken"]})
    assert theirs["customer"] == {"email": "grace@example.com"}
