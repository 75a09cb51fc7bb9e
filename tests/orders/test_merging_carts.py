"""A visitor's cart joins the customer's cart after signing in, by the channel's rule, and loses nothing."""

import asyncio
from typing import Any

import pytest

from app.core.database import execute
from app.inventory.stock import queries as stock
from app.orders.models import Order
from tests import make
from tests.ask import PLACE, Api, order_input

CART = """... on Order { id version status accessToken reservedUntil email note giftNote discountCodes
  customer { id } warnings { code lineId values { given maximum } }
  lines { nodes { id sku quantity metadata } } }"""
FAILED = "__typename ... on UserError { message path }"
BEGIN = f"mutation($i: OrderDraftCreateInput!) {{ orderDraftCreate(input: $i) {{ {FAILED} {CART} }} }}"
MERGE = f"""mutation($i: OrderDraftMergeInput!, $version: Int, $key: String) {{
  orderDraftMerge(input: $i, expectedVersion: $version, idempotencyKey: $key) {{ {FAILED} {CART}
    ... on InvalidInput {{ problems {{ code }} }}
    ... on StaleVersion {{ currentVersion }} }} }}"""
RULE = """mutation($id: ID!, $rule: CartMerge!) {
  channelUpdate(input: {id: $id, cartMerge: $rule}) { __typename ... on Channel { cartMerge } } }"""
AVAILABLE = 'query($sku: String!) { variant(sku: $sku, channel: "web") { available } }'
MINE = "{ orders(filter: {status: [DRAFT]}) { nodes { id } } }"


def sent(*lines: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": units} for sku, units in lines]


async def begin(api: Api, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    cart = await api.do(BEGIN, i={"channel": "web", "lines": sent(*lines), **more})
    assert cart["__typename"] == "Order", cart
    return cart


async def merge(buyer: Api, guest: dict[str, Any], key: str | None = None, **more: Any) -> dict[str, Any]:
    return await buyer.do(MERGE, i={"id": guest["id"], "draftToken": guest["accessToken"], **more}, key=key)


def lines(cart: dict[str, Any]) -> list[tuple[str, int]]:
    assert cart["__typename"] == "Order", cart
    return [(line["sku"], line["quantity"]) for line in cart["lines"]["nodes"]]


async def available(api: Api, sku: str) -> int:
    return int((await api.ask(AVAILABLE, sku=sku))["variant"]["available"])


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    shop = await make.shop()
    for sku in "ABC":
        await shop.sell(sku, stock=10)
    return shop


@pytest.fixture
async def buyer(api: Api, shop: make.Shop) -> Api:
    return api.as_(await make.account())


async def rule(api: Api, shop: make.Shop, chosen: str) -> None:
    staff = api.as_(await make.token())
    found = await staff.ask('{ channel(code: "web") { id cartMerge } }')
    assert found["channel"]["cartMerge"] == "MERGE_LINES"
    done = await staff.do(RULE, id=found["channel"]["id"], rule=chosen)
    assert done == {"__typename": "Channel", "cartMerge": chosen}


async def test_without_another_cart_the_visitors_cart_becomes_the_customers(api: Api, buyer: Api):
    guest = await begin(api, ("A", 2))
    mine = await merge(buyer, guest)
    assert mine["id"] == guest["id"] and lines(mine) == [("A", 2)] and mine["customer"]
    assert mine["lines"]["nodes"][0]["id"] == guest["lines"]["nodes"][0]["id"]
    assert mine["reservedUntil"] and await available(api, "A") == 8
    assert (await buyer.ask(MINE))["orders"]["nodes"] == [{"id": guest["id"]}]


async def test_lines_are_added_up_and_the_visitors_cart_is_closed(api: Api, buyer: Api):
    own = await begin(buyer, ("A", 1), ("B", 2), discountCodes=["ONE"])
    more = {"discountCodes": ["TWO", "ONE"], "note": "Ring twice", "giftNote": "For\nyou"}
    guest = await begin(api, ("A", 3), ("C", 1), email="bob@example.com", **more)
    merged = await merge(buyer, guest)
    assert merged["id"] == own["id"] and lines(merged) == [("A", 4), ("B", 2), ("C", 1)]
    ids = [line["id"] for line in merged["lines"]["nodes"]]
    assert ids[:2] == [line["id"] for line in own["lines"]["nodes"]]
    assert ids[2] == guest["lines"]["nodes"][1]["id"]
    assert {each["values"]["given"] for each in merged["warnings"]} == {"ONE", "TWO"}
    assert merged["email"] == "bob@example.com"
    assert merged["note"] == "Ring twice" and merged["giftNote"] == "For\nyou"
    assert [await available(api, sku) for sku in "ABC"] == [6, 8, 9]
    assert (await Order.get(status="expired")).note == ""
    assert await stock.differences() == []
    again = await merge(buyer, guest)
    assert again["__typename"] == "InvalidInput" and again["path"] == ["input", "id"]


async def test_lines_with_different_metadata_stay_apart(api: Api, buyer: Api):
    await begin(buyer, ("A", 1))
    engraved = {"sku": "A", "quantity": 1, "metadata": {"engraving": "Ada"}}
    guest = await api.do(BEGIN, i={"channel": "web", "lines": [engraved]})
    merged = await merge(buyer, guest)
    assert [line["metadata"] for line in merged["lines"]["nodes"]] == [{}, {"engraving": "Ada"}]


async def test_quantities_beyond_the_stock_are_reduced_with_a_warning(api: Api, buyer: Api, shop: make.Shop):
    await begin(buyer, ("A", 4), ("B", 1))
    guest = await begin(api, ("A", 6))
    await shop.stock("A", 7)
    merged = await merge(buyer, guest)
    assert lines(merged) == [("A", 7), ("B", 1)] and merged["reservedUntil"]
    assert merged["warnings"] == [
        {"code": "QUANTITY_REDUCED", "lineId": None, "values": {"given": "A", "maximum": "7"}}
    ]
    assert await available(api, "A") == 0 and await stock.differences() == []


async def test_a_quantity_is_not_reduced_below_that_of_one_cart(api: Api, buyer: Api, shop: make.Shop):
    await begin(buyer, ("A", 2))
    guest = await begin(api, ("A", 5))
    await execute("UPDATE reservation SET expires_at = created_at")
    await make.order(("A", 8))
    merged = await merge(buyer, guest)
    assert lines(merged) == [("A", 5)] and merged["reservedUntil"] is None
    assert [each["code"] for each in merged["warnings"]] == ["NOT_RESERVED", "QUANTITY_REDUCED"]


async def test_bundles_are_reduced_by_what_their_components_allow(api: Api, buyer: Api, shop: make.Shop):
    await shop.sell("SET", stock=None)
    await make.bundle("SET", A=2, B=1)
    await begin(buyer, ("SET", 2))
    guest = await begin(api, ("SET", 3))
    await shop.stock("A", 9)
    merged = await merge(buyer, guest)
    assert lines(merged) == [("SET", 4)] and await available(api, "A") == 1


async def test_the_channel_can_keep_the_newest_cart_or_both(api: Api, buyer: Api, shop: make.Shop):
    await rule(api, shop, "KEEP_NEWEST")
    own = await begin(buyer, ("A", 1))
    guest = await begin(api, ("B", 1))
    kept = await merge(buyer, guest)
    assert kept["id"] == guest["id"] and lines(kept) == [("B", 1)] and await available(api, "A") == 10
    older = await begin(api, ("C", 1))
    changed = """mutation($i: OrderDraftUpdateInput!) { orderDraftUpdate(input: $i) { __typename } }"""
    await buyer.do(changed, i={"id": guest["id"], "note": "newer"})
    assert (await merge(buyer, older))["id"] == guest["id"] and await available(api, "C") == 10
    staff = api.as_(await make.token())
    channel = (await staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
    await staff.do(RULE, id=channel, rule="KEEP_BOTH")
    third = await begin(api, ("C", 2))
    assert (await merge(buyer, third))["id"] == third["id"]
    mine = {node["id"] for node in (await buyer.ask(MINE))["orders"]["nodes"]}
    assert mine == {guest["id"], third["id"]} and own["id"] not in mine


async def test_an_empty_cart_never_replaces_a_full_one(api: Api, buyer: Api, shop: make.Shop):
    await rule(api, shop, "KEEP_NEWEST")
    own = await begin(buyer, ("A", 1))
    empty = await begin(api)
    kept = await merge(buyer, empty)
    assert kept["id"] == own["id"] and lines(kept) == [("A", 1)]
    remove = """mutation($i: OrderDraftLineRemoveInput!) { orderDraftLineRemove(input: $i) { __typename } }"""
    full = await begin(api, ("B", 2))
    line = "query($id: ID!) { order(id: $id) { lines { nodes { id } } } }"
    (node,) = (await buyer.ask(line, id=own["id"]))["order"]["lines"]["nodes"]
    done = await buyer.do(remove, i={"id": own["id"], "lineIds": [node["id"]]})
    assert done["__typename"] == "Order"  # the customer's cart is empty now, and changed last
    kept = await merge(buyer, full)
    assert kept["id"] == full["id"] and lines(kept) == [("B", 2)]


async def test_nobody_merges_a_cart_without_its_token_or_into_a_cart_of_others(api: Api, buyer: Api):
    guest = await begin(api, ("A", 1))
    for token in ("wrong", None):
        refused = await buyer.do(MERGE, i={"id": guest["id"], "draftToken": token})
        assert refused["__typename"] == "NotFound", refused
    others = await begin(api.as_(await make.account("eve@example.com")), ("B", 1))
    refused = await merge(buyer, guest, intoId=others["id"])
    assert refused["__typename"] == "NotFound" and refused["path"] == ["input", "intoId"]
    refused = await merge(buyer, others)
    assert refused["__typename"] == "NotFound" and refused["path"] == ["input", "id"]
    assert (await api.error(MERGE, i={"id": guest["id"], "draftToken": guest["accessToken"]}))["extensions"][
        "code"
    ] == "UNAUTHENTICATED"
    same = await merge(buyer, guest, intoId=guest["id"])
    assert same["__typename"] == "InvalidInput" and same["path"] == ["input", "intoId"]
    given = {"id": guest["id"], "draftToken": guest["accessToken"]}
    stale = await buyer.do(MERGE, i=given, version=guest["version"] + 1)
    assert (stale["__typename"], stale["currentVersion"]) == ("StaleVersion", guest["version"])


async def test_carts_of_two_channels_are_not_merged(api: Api, buyer: Api):
    eu = await make.shop("eu", currency="EUR")
    await eu.price("A", 900)
    await eu.stock("A", 3)
    own = await begin(buyer, ("A", 1))
    other = await api.do(BEGIN, i={"channel": "eu", "lines": sent(("A", 1))})
    refused = await merge(buyer, other, intoId=own["id"])
    assert refused["__typename"] == "InvalidInput" and refused["path"] == ["input", "intoId"]
    adopted = await merge(buyer, other)
    assert adopted["id"] == other["id"]


async def test_two_merges_and_an_added_line_at_once_lose_nothing(api: Api, buyer: Api):
    await begin(buyer, ("A", 1))
    guests = [await begin(api, ("A", 1)), await begin(api, ("B", 1))]
    add = f"mutation($i: OrderDraftLineAddInput!) {{ orderDraftLineAdd(input: $i) {{ {FAILED} {CART} }} }}"
    own = (await buyer.ask(MINE))["orders"]["nodes"][0]["id"]
    await asyncio.gather(
        *(merge(buyer, guest, intoId=own) for guest in guests),
        merge(buyer, guests[0], intoId=own),
        buyer.do(add, i={"id": own, "lines": sent(("C", 2))}),
    )
    read = await buyer.ask("query($i: ID) { order(id: $i) { lines { nodes { sku quantity } } } }", i=own)
    found = sorted((line["sku"], line["quantity"]) for line in read["order"]["lines"]["nodes"])
    assert found == [("A", 2), ("B", 1), ("C", 2)]
    assert [await available(api, sku) for sku in "ABC"] == [8, 9, 8] and await stock.differences() == []


async def test_merges_and_orders_of_the_same_skus_at_once_all_succeed(api: Api, shop: make.Shop):
    for sku in "ABC":
        await shop.stock(sku, 90)
    skus = ["ABC", "CBA", "BCA"]
    buyers = [api.as_(await make.account(f"buyer{number}@example.com")) for number in range(3)]
    guests = []
    for buyer, order in zip(buyers, skus, strict=True):
        await begin(buyer, (order[0], 1))
        guests.append(await begin(api, *((sku, 2) for sku in order[1:])))
    orders = [order_input(*((sku, 1) for sku in reversed(order))) for order in skus]
    done = await asyncio.gather(
        *(merge(buyer, guest) for buyer, guest in zip(buyers, guests, strict=True)),
        *(api.do(PLACE, input=each) for each in orders),
    )
    assert [each["__typename"] for each in done] == ["Order"] * 6
    assert [len(lines(each)) for each in done] == [3] * 6
    assert await stock.differences() == []


async def test_a_merge_is_repeated_with_its_key(api: Api, buyer: Api):
    await begin(buyer, ("A", 1))
    guest = await begin(api, ("A", 2), ("B", 1))
    first = await merge(buyer, guest, key="merge-1")
    again = await merge(buyer, guest, key="merge-1")
    assert again == first and lines(again) == [("A", 3), ("B", 1)]
    refused = await merge(buyer, guest)
    assert refused["__typename"] == "InvalidInput"
    assert [each["code"] for each in refused["problems"]] == ["CART_CLOSED"]


async def test_quantities_beyond_the_largest_one_of_a_line_are_reduced(api: Api, buyer: Api):
    mine = await begin(buyer, ("A", 600_000), reserveStock=False)
    guest = await begin(api, ("A", 600_000), reserveStock=False)
    merged = await merge(buyer, guest)
    assert merged["id"] == mine["id"] and lines(merged) == [("A", 600_000)]  # there is no stock for more
    assert [each["code"] for each in merged["warnings"]] == ["QUANTITY_REDUCED"]
