"""Cancelling, confirming, updating and finding orders."""

import asyncio
import base64
import re
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.ids import to_global
from app.inventory.stock import queries as inventory
from app.orders import queries as orders
from app.orders.service import drafting
from app.schema import schema
from tests import make
from tests.ask import ERRORS, ILLEGAL, ORDER, PLACE, STALE, Api, order_input
from tests.context import context_of
from tests.statements import statements

CANCEL = (
    "mutation($id: ID!, $v: Int) { orderCancel(input: {id: $id, reason: CUSTOMER}, expectedVersion: $v) {"
    + ERRORS
    + STALE
    + ILLEGAL
    + ORDER
    + "} }"
)
UPDATE = (
    "mutation($input: OrderUpdateInput!, $v: Int) { orderUpdate(input: $input, expectedVersion: $v) {"
    + ERRORS
    + STALE
    + ORDER
    + "} }"
)


async def _placed(api: Api, quantity: int = 3) -> dict:
    shop = await make.shop()
    await shop.sell("A", stock=10)
    order = await make.order(("A", quantity))
    found = await api.ask("query($n: String) { order(number: $n) { id version } }", n=order.number)
    return found["order"]


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


async def test_cancelling_an_order_releases_its_stock_and_records_the_event(staff: Api):
    order = await _placed(staff)
    cancel = CANCEL.replace("  ... on InsufficientStock { shortages { sku requested available } }\n", "")
    done = await staff.do(cancel, id=order["id"])
    assert done["status"] == "CANCELLED" and done["trackingStage"] == "CANCELLED"
    assert done["lines"]["nodes"][0]["quantityCancelled"] == 3
    level = (await staff.ask("{ stockLevels { nodes { onHand reserved available } } }"))["stockLevels"]
    assert level["nodes"] == [{"onHand": 10, "reserved": 0, "available": 10}]
    timeline = await staff.ask("query($i: ID) { order(id: $i) { events { number name } } }", i=order["id"])
    names = [(event["number"], event["name"]) for event in timeline["order"]["events"]]
    assert names == [(1, "order_placed"), (2, "order_cancelled")]
    assert await inventory.differences() == [] and await orders.differences() == []


async def test_20_concurrent_cancellations_release_the_stock_once(staff: Api):
    order = await _placed(staff)
    cancel = CANCEL.replace("  ... on InsufficientStock { shortages { sku requested available } }\n", "")
    answers = await asyncio.gather(*(staff.do(cancel, id=order["id"]) for _ in range(20)))
    kinds = sorted(answer["__typename"] for answer in answers)
    assert kinds == ["IllegalTransition"] * 19 + ["Order"]
    refused = next(answer for answer in answers if answer["__typename"] == "IllegalTransition")
    assert refused["current"] == "CANCELLED" and refused["allowed"] == []
    assert await inventory.differences() == []


async def test_one_of_50_concurrent_updates_of_the_same_version_succeeds(staff: Api):
    order = await _placed(staff)
    answers = await asyncio.gather(
        *(staff.do(UPDATE, input={"id": order["id"], "note": f"n{i}"}, v=order["version"]) for i in range(50))
    )
    kinds = [answer["__typename"] for answer in answers]
    assert kinds.count("Order") == 1 and kinds.count("StaleVersion") == 49
    stale = next(answer for answer in answers if answer["__typename"] == "StaleVersion")
    assert stale["currentVersion"] == order["version"] + 1


async def test_concurrent_changes_of_different_fields_lose_nothing(staff: Api):
    order = await _placed(staff)
    await asyncio.gather(
        staff.do(UPDATE, input={"id": order["id"], "note": "a note"}),
        staff.do(UPDATE, input={"id": order["id"], "tags": ["gift"]}),
        staff.do(UPDATE, input={"id": order["id"], "purchaseOrderNumber": "PO-1"}),
    )
    found = await staff.ask(
        "query($i: ID) { order(id: $i) { note tags purchaseOrderNumber version } }", i=order["id"]
    )
    assert found["order"] == {"note": "a note", "tags": ["gift"], "purchaseOrderNumber": "PO-1", "version": 4}


async def test_a_visitor_can_neither_cancel_nor_read_an_order(api: Api):
    order = await _placed(api.as_(await make.token()))
    cancel = "mutation($id: ID!) { orderCancel(input: {id: $id}) { __typename } }"
    assert (await api.error(cancel, id=order["id"]))["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await api.ask("query($i: ID!) { node(id: $i) { id } }", i=order["id"]))["node"] is None


async def test_orders_are_filtered_sorted_searched_and_paged(staff: Api):
    shop = await make.shop()
    for sku, price in (("A", 100), ("B", 900)):
        await shop.sell(sku, stock=100, price=price)
    numbers = [(await make.order(("A" if i % 2 else "B", i + 1))).number for i in range(12)]
    query = (
        "query($f: OrderFilter, $o: OrderOrder, $s: String, $n: Int, $a: String) "
        "{ orders(filter: $f, orderBy: $o, search: $s, first: $n, after: $a) "
        "{ totalCount nodes { number total { amount } } pageInfo { hasNextPage endCursor } } }"
    )
    for order_by in ({"field": "TOTAL", "direction": "ASC"}, {"field": "PLACED_AT", "direction": "DESC"}):
        seen: list[str] = []
        after = None
        while True:
            page = (await staff.ask(query, o=order_by, n=5, a=after))["orders"]
            seen += [node["number"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert sorted(seen) == sorted(numbers) and page["totalCount"] == 12
    found = await staff.ask(query, f={"sku": {"eq": "A"}, "not": {"number": {"eq": numbers[1]}}})
    assert {n["number"] for n in found["orders"]["nodes"]} == set(numbers[1::2]) - {numbers[1]}
    found = await staff.ask(query, f={"or": [{"number": {"eq": n}} for n in numbers[:2]]})
    assert found["orders"]["totalCount"] == 2
    found = await staff.ask(query, s="web-00001")
    assert {n["number"] for n in found["orders"]["nodes"]} == {"WEB-000010", "WEB-000011", "WEB-000012"}
    error = await staff.error(query, a="nonsense")
    assert error["extensions"]["code"] == "INVALID"


async def test_a_not_filter_includes_rows_without_a_value(staff: Api):
    shop = await make.shop()
    await shop.sell("A", stock=100)
    one, other = [await make.order(("A", 1)) for _ in range(2)]
    draft = await drafting.draft(SYSTEM, make.order_data(("A", 1)))
    query = "query($f: OrderFilter) { orders(filter: $f) { totalCount nodes { id } } }"

    async def found(**filter: Any) -> set[str]:
        return {node["id"] for node in (await staff.ask(query, f=filter))["orders"]["nodes"]}

    everything = await found()
    without_one = await found(**{"not": {"number": {"eq": one.number}}})
    assert len(everything) == 3 and len(without_one) == 2
    assert await found(**{"not": {"not": {"number": {"eq": one.number}}}}) == everything - without_one
    both = {"or": [{"number": {"eq": one.number}}, {"number": {"eq": other.number}}]}
    (left,) = await found(**{"not": both})
    assert left == to_global("Order", draft.id)


async def test_paging_backwards_mirrors_paging_forwards(staff: Api):
    shop = await make.shop()
    await shop.sell("A", stock=100)
    for _ in range(7):
        await make.order(("A", 1))
    query = "query($l: Int, $b: String) { orders(last: $l, before: $b) { nodes { number } pageInfo { startCursor hasPreviousPage } } }"
    page = (await staff.ask(query, l=3))["orders"]
    assert [n["number"] for n in page["nodes"]] == ["WEB-000003", "WEB-000002", "WEB-000001"]
    page = (await staff.ask(query, l=3, b=page["pageInfo"]["startCursor"]))["orders"]
    assert [n["number"] for n in page["nodes"]] == ["WEB-000006", "WEB-000005", "WEB-000004"]
    assert page["pageInfo"]["hasPreviousPage"] is True


async def test_listing_2_and_20_orders_takes_the_same_number_of_statements(staff: Api):
    shop = await make.shop()
    await shop.sell("A", stock=100)
    for _ in range(20):
        await make.order(("A", 1))
    query = (
        "query($n: Int) { orders(first: $n) { nodes { number customer { name } channel { code } events { name } "
        "lines { nodes { sku variant { product { name category { name } } } } } } } }"
    )
    await staff.ask(query, n=1)
    counts = []
    for size in (2, 20):
        with statements() as ran:
            await staff.ask(query, n=size)
        counts.append(len(ran))
    assert counts == [6, 6]


async def test_the_tracking_view_contains_no_personal_data(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    token = orders.tracking_token(order.id, 1)
    answer = await api.post(
        "query($t: String!) { trackOrder(token: $t) { number stage lines { name quantity } timeline { title } } }",
        {"t": token},
    )
    assert answer.json()["data"]["trackOrder"]["timeline"] == [{"title": "Order received"}]
    assert not re.search("ada lovelace|ada@|main street", answer.text, re.IGNORECASE)
    assert (await api.ask('{ trackOrder(token: "nope") { number } }'))["trackOrder"] is None
    stored = await fetch("SELECT tracking_hash FROM sales_order")
    assert token not in str(stored)


async def test_a_customer_sees_only_its_own_orders(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    await make.order(("A", 1))
    mine = api.as_(await make.account("ada@example.com"))
    assert (await mine.ask("{ orders { nodes { id } } }"))["orders"]["nodes"] == []
    placed = await mine.do(PLACE, input=order_input(("A", 1)))
    found = await mine.ask("{ orders { nodes { id events { title actor facts } customer { email } } } }")
    assert [node["id"] for node in found["orders"]["nodes"]] == [placed["id"]]
    event = found["orders"]["nodes"][0]["events"][0]
    assert event == {"title": "Order placed", "actor": None, "facts": None}
    bob = api.as_(await make.account("bob@example.com"))
    assert (await bob.ask("query($i: ID) { order(id: $i) { id } }", i=placed["id"]))["order"] is None


async def test_notes_on_customers_need_the_permission_for_customers(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    staff = api.as_(await make.token())
    create = """mutation { customerCreate(input: {email: "ada@example.com", note: "Pays late."}) {
      ... on Customer { id } } }"""
    customer = (await staff.do(create))["id"]
    await staff.do(PLACE, input=order_input(("A", 1), customerId=customer))
    query = "{ orders { nodes { privateMetadata customer { note } } } }"
    viewer = api.as_(await make.token(Permission.ORDERS_VIEW))
    assert (await viewer.ask(query))["orders"]["nodes"] == [{"privateMetadata": {}, "customer": None}]
    assert (await staff.ask(query))["orders"]["nodes"][0]["customer"] == {"note": "Pays late."}


async def test_a_caller_with_read_permissions_cannot_write(api: Api):
    shop, hidden = await make.shop(), await make.shop("hidden", public=False)
    await shop.sell("A")
    await hidden.sell("B")
    staff = api.as_(await make.token())
    customer = await staff.do(
        'mutation { customerCreate(input: {email: "ada@example.com", name: "Ada"}) { ... on Customer { id } } }'
    )
    draft = await staff.do(
        'mutation { orderDraftCreate(input: {channel: "web", lines: [{sku: "A"}]}) { ... on Order { id } } }'
    )
    looker = api.as_(await make.token(Permission.ORDERS_VIEW, Permission.CUSTOMERS_VIEW))
    rename = 'mutation($i: ID!) { customerUpdate(input: {id: $i, name: "Eve"}) { __typename } }'
    assert (await looker.error(rename, i=customer["id"]))["extensions"]["code"] == "FORBIDDEN"
    change = "mutation($i: ID!) { orderDraftUpdate(input: {id: $i, lines: []}) { __typename } }"
    assert (await looker.do(change, i=draft["id"]))["__typename"] == "NotFound"
    placed = await looker.do(PLACE, input=order_input(draftId=draft["id"]))
    assert placed["__typename"] == "NotFound"
    placed = await looker.do(PLACE, input=order_input(("B", 1), channel="hidden"))
    assert placed["__typename"] == "NotFound"
    found = await staff.ask("query($i: ID) { customer(id: $i) { name } }", i=customer["id"])
    assert found["customer"]["name"] == "Ada"


@pytest.mark.parametrize("text", ["7.", "1.999999", "1.+1", "1. 1", "1.-1", "\u0661.1", "1", "x.1"])
async def test_a_subscription_with_an_invalid_cursor_is_refused(api: Api, text: str):
    shop = await make.shop()
    await shop.sell("A")
    order = await make.order(("A", 1))
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    context = await context_of(await make.token())
    place = f'after: "{cursor}"'
    streams = [f"subscription {{ ordersUpdated({place}) {{ cursor }} }}"]
    if not text.startswith("1"):
        id = to_global("Order", order.id)
        streams.append(f'subscription {{ orderUpdated(id: "{id}", {place}) {{ cursor }} }}')
    for document in streams:
        stream = await schema.stream(document, context_value=context)
        result = await asyncio.wait_for(anext(stream), 20)
        assert result.errors and result.errors[0].extensions["code"] == "INVALID", document
        await stream.aclose()
