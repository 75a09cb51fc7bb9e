"""Hostile values in the arguments of operations are refused with their path before anything is stored."""

import asyncio
import json
from typing import Any

import pytest

from app.access import service as access
from app.core.graphql import bounds
from app.core.graphql.context import Context
from app.core.graphql.encoding import dumps
from app.core.ids import to_global
from app.orders.models import Order
from app.schema import schema
from app.settings import settings
from tests import make
from tests.ask import Api, order_input

PLACE = """
mutation Place($input: OrderPlaceInput!) { orderPlace(input: $input) {
  __typename ... on Order { note metadata }
  ... on ValidationFailed { problems { code path values { maximum } } } } }
"""
HALF = "\ud83d"  # half of a surrogate pair


async def post(api: Api, query: str, variables: dict[str, Any] | None = None) -> Any:
    """The answer to a body that may have halves of surrogate pairs, which httpx would not send."""
    headers = {"content-type": "application/json"}
    if api.token:
        headers["authorization"] = f"Bearer {api.token}"
    body = json.dumps({"query": query, "variables": variables}).encode()
    return await api.client.post("/graphql", content=body, headers=headers)


async def place(api: Api, **more: Any) -> dict[str, Any]:
    body = (await post(api, PLACE, {"input": order_input(("A", 1), **more)})).json()
    assert "errors" not in body, body
    return body["data"]["orderPlace"]  # type: ignore[no-any-return]


@pytest.fixture
async def sold(api: Api) -> None:
    await (await make.shop()).sell("A", stock=100)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


async def test_all_invalid_values_are_reported_together_and_nothing_is_placed(api: Api, sold: None):
    answer = await place(
        api,
        note="a\x00b",
        tags=["ok", HALF],
        metadata={"a": nested(300)},
        purchaseOrderNumber="x" * (bounds.LONGEST_TEXT + 1),
        lines=[{"sku": "A", "quantity": 1, "metadata": {"n": 2**64 + 1}}],
    )
    assert answer["__typename"] == "ValidationFailed"
    found = {".".join(each["path"]): each["code"] for each in answer["problems"]}
    assert found == {
        "input.note": "UNSUPPORTED_CHARACTER",
        "input.tags.1": "UNSUPPORTED_CHARACTER",
        "input.metadata": "TOO_DEEP",
        "input.purchaseOrderNumber": "TOO_LONG",
        "input.lines.0.metadata": "TOO_LARGE",
    }
    assert await Order.all().count() == 0


@pytest.mark.parametrize("note", ["\\u0000", "\\ud83d", "C:\\users\\u0000", "\\x00", "😀 e\u0301 \u202e אב"])
async def test_a_text_that_only_resembles_an_escape_sequence_is_stored(api: Api, sold: None, note: str):
    assert (await place(api, note=note))["note"] == note


@pytest.mark.parametrize(
    "literal",
    [r'"a\u0000b"', r'"a\u{0}b"', r'"a\u{00000}b"', '"a\x00b"', '"""a\x00b"""'],
)
async def test_the_nul_character_is_refused_in_every_notation_of_a_document(
    api: Api, sold: None, literal: str
):
    draft = (
        f'mutation {{ orderDraftCreate(input: {{channel: "web", lines: [], note: {literal}}}) {{ __typename '
        "... on ValidationFailed { problems { code path } } } }"
    )
    answer = (await post(api, draft)).json()["data"]["orderDraftCreate"]
    assert answer["problems"] == [{"code": "UNSUPPORTED_CHARACTER", "path": ["input", "note"]}]
    assert await Order.all().count() == 0


async def test_a_query_with_an_invalid_argument_is_refused_with_its_path(api: Api):
    staff = api.as_(await make.token())
    query = "query($f: OrderFilter) { orders(filter: $f) { nodes { id } } }"
    body = (await post(staff, query, {"f": {"and": [{"email": {"in": ["a", "b\x00"]}}]}})).json()
    [error] = body["errors"]
    assert error["path"] == ["orders"] and error["extensions"]["code"] == "INVALID"
    assert error["extensions"]["path"] == ["filter", "and", "0", "email", "in", "1"]
    assert body["errors"][0]["extensions"]["problems"] == [
        {"code": "UNSUPPORTED_CHARACTER", "message": "The character U+0000 cannot be stored.",
         "path": ["filter", "and", "0", "email", "in", "1"]}
    ]  # fmt: skip


async def test_arguments_below_the_root_are_checked(api: Api, sold: None):
    query = """query($c: String) { variant(sku: "A") { product { variants { price(channel: $c) { amount } } } } }"""
    body = (await post(api.as_(await make.token()), query, {"c": "a\x00"})).json()
    assert body["errors"][0]["extensions"]["code"] == "INVALID"
    assert body["errors"][0]["extensions"]["path"] == ["channel"]


@pytest.mark.parametrize("text", ["a\x00", HALF])
async def test_a_subscription_with_an_invalid_argument_is_refused_with_its_path(api: Api, text: str):
    query = "subscription($t: String!) { orderTracking(token: $t) { cursor } }"
    body = json.dumps({"query": query, "variables": {"t": text}})
    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    answer = await api.client.post("/graphql", content=body, headers=headers)
    error = answer.json()["errors"][0]
    assert error["extensions"]["code"] == "INVALID" and error["extensions"]["path"] == ["token"]


@pytest.mark.parametrize("variables", ['{"t": "\\u0000"}', '{"t": "\\ud83d"}'])
async def test_a_get_request_with_an_invalid_argument_is_refused_with_its_path(api: Api, variables: str):
    query = "query($t: String!) { trackOrder(token: $t) { number } }"
    answer = await api.client.get("/graphql", params={"query": query, "variables": variables})
    assert answer.json()["errors"][0]["extensions"]["path"] == ["token"]


@pytest.mark.parametrize("body", [{"query": f'{{ product(slug: "{HALF}") {{ id }} }}'},
                                  {"query": "query A { me { kind } }", "operationName": HALF},
                                  {"query": HALF, "extensions": {"persistedQuery": {"sha256Hash": "a" * 64}}}])  # fmt: skip
async def test_a_lone_surrogate_in_the_document_is_a_bad_request(api: Api, body: dict[str, Any]):
    answer = await api.client.post(
        "/graphql", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_an_error_that_quotes_a_lone_surrogate_is_returned(api: Api):
    query = "query($f: OrderFilter) { orders(filter: $f) { nodes { id } } }"
    answer = await post(api, query, {"f": {HALF: 1, "status": [HALF]}})
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_missing_permission_is_reported_before_invalid_arguments(api: Api):
    query = "mutation($n: String!) { locationCreate(input: {code: $n, name: $n}) { __typename } }"
    assert (await api.error(query, n="a\x00"))["extensions"]["code"] == "UNAUTHENTICATED"


async def test_orders_are_found_by_totals_beyond_32_bits(api: Api):
    shop = await make.shop()
    await shop.sell("A", price=3_000_000_000_00)
    await make.order(("A", 1))
    staff = api.as_(await make.token())
    query = "query($f: OrderFilter) { orders(filter: $f) { totalCount } }"
    for least, count in ((3_000_000_000_00, 1), ("300000000500", 1), (300_000_000_501, 0), (2**53 - 1, 0)):
        found = await staff.ask(query, f={"totalMinor": {"gte": least}})
        assert found["orders"]["totalCount"] == count
    inline = "{ orders(filter: {totalMinor: {eq: 300000000500}}) { totalCount } }"
    assert (await staff.ask(inline))["orders"]["totalCount"] == 1
    error = await staff.error(query, f={"totalMinor": {"gte": 2**53}})
    assert error["extensions"]["path"] == ["filter", "totalMinor", "gte"]


async def test_an_order_total_beyond_the_exact_range_is_refused(api: Api):
    shop = await make.shop()
    await shop.sell("A", price=10**15 - 1, stock=1_000_000)
    for quantity in (2, 1_000_000):
        answer = await place(api, lines=[{"sku": "A", "quantity": quantity}])
        assert answer["problems"] == [{"code": "TOO_LARGE", "path": ["input", "lines"],
                                       "values": {"maximum": str(10**15 - 1)}}]  # fmt: skip
    assert await Order.all().count() == 0
    placed = await make.order(("A", 1))
    edit = """mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename
      ... on InvalidInput { problems { code path } } } }"""
    staff = api.as_(await make.token())
    more = {"id": to_global("Order", placed.id), "reason": "more", "lines": [{"sku": "A", "quantity": 1_000}]}
    answer = await staff.do(edit, i=more)
    assert answer["problems"] == [{"code": "TOO_LARGE", "path": ["input", "lines"]}]
    assert (await Order.get(id=placed.id)).total_minor == placed.total_minor


@pytest.mark.parametrize("edge", [2**31 - 1, -(2**31)])
async def test_stock_filters_accept_the_largest_and_the_smallest_integer(api: Api, sold: None, edge: int):
    staff = api.as_(await make.token())
    query = "query($f: StockLevelFilter) { stockLevels(filter: $f) { totalCount } }"
    for filter, found in (({"gte": edge}, edge < 0), ({"lte": edge}, edge > 0), ({"eq": edge}, False)):
        for name in ("available", "onHand", "reserved", "unavailable", "incoming"):
            answer = await staff.ask(query, f={name: filter})
            assert answer["stockLevels"]["totalCount"] == int(found), (name, filter)


async def test_a_limit_of_a_rule_is_accepted_up_to_its_highest_value(api: Api):
    await make.shop()
    staff = api.as_(await make.token())
    rule = """mutation($v: BigInt!) { orderRuleSet(input: {channel: "web", rule: "amount_limit", outcome: HOLD,
      limits: [{name: "minor", value: $v}]}) { __typename ... on UserError { message path } } }"""
    read = '{ channel(code: "web") { orderRules { code limits { name value highest } } } }'
    names = {each["code"]: each for each in (await staff.ask(read))["channel"]["orderRules"]}
    limit = names["amount_limit"]["limits"][0]
    assert limit["highest"] > 2**31
    rule = rule.replace('"minor"', json.dumps(limit["name"]))
    assert (await staff.do(rule, v=limit["highest"]))["__typename"] == "Channel"
    names = {each["code"]: each for each in (await staff.ask(read))["channel"]["orderRules"]}
    assert names["amount_limit"]["limits"][0]["value"] == limit["highest"]
    assert (await staff.do(rule, v=limit["highest"] + 1))["path"] == ["input", "limits", "0", "value"]


FILTERS = {
    "choices": ({"email": {"in": ["a"] * 1_001}}, ["filter", "email", "in"]),
    "pattern": ({"email": {"contains": "a" * 501}}, ["filter", "email", "contains"]),
    "parts in all": ({"and": [{"or": [{"not": {}}] * 9}] * 9}, ["filter"]),
    "nesting": ({"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {
        "not": {"status": ["DRAFT"]}}}}}}}}}}}}}, ["filter", *["not"] * 12]),
    "items in all": (
        {"and": [{"email": {"in": ["a"] * 999}} for _ in range(11)]},
        ["filter", "and", "9", "email", "in"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FILTERS)
async def test_a_filter_that_is_too_large_for_a_statement_is_refused(api: Api, what: str):
    filter, path = FILTERS[what]
    staff = api.as_(await make.token())
    error = await staff.error("query($f: OrderFilter) { orders(filter: $f) { totalCount } }", f=filter)
    assert error["extensions"]["code"] == "INVALID" and error["extensions"]["path"] == path


async def test_the_largest_accepted_filters_are_answered(api: Api):
    staff = api.as_(await make.token())
    query = "query($f: OrderFilter) { orders(filter: $f) { totalCount } }"
    deep: dict[str, Any] = {"email": {"contains": "%_" * 250}}
    for _ in range(9):
        deep = {"not": deep}
    for filter in (
        {"or": [{"email": {"in": [f"a{i}" for i in range(1_000)]}}] * 9},
        {"and": [{"email": {"startsWith": "\\" * 500}}] * 50},
        {"email": {"contains": "😀" * 500}},
        deep,
    ):
        assert (await staff.ask(query, f=filter))["orders"]["totalCount"] == 0


async def test_a_list_is_read_with_metadata_nested_deeper_than_is_now_accepted(api: Api, sold: None):
    placed = [await make.order(("A", 1)) for _ in range(3)]
    for depth in (248, 253):
        await Order.filter(id=placed[1].id).update(metadata={"x": nested(depth)})
        staff = api.as_(await make.token())
        answer = await staff.ask("{ orders { nodes { number metadata } } }")
        found = {each["number"]: each["metadata"] for each in answer["orders"]["nodes"]}
        assert found[placed[1].number] == {"x": nested(depth)} and len(found) == 3


async def test_a_stream_delivers_an_order_with_metadata_nested_deeper_than_is_now_accepted(
    api: Api, sold: None
):
    placed = await make.order(("A", 1))
    await Order.filter(id=placed.id).update(metadata={"x": nested(250)})
    credential = await make.token()
    context = Context(
        actor=await access.identify(credential), settings=settings(), identify=access.identify,
        credential=credential,
    )  # fmt: skip
    stream = await schema.subscribe(
        'subscription { ordersUpdated(after: "MC4w") { order { number metadata } } }', context_value=context
    )
    async with asyncio.timeout(10):
        result = await anext(aiter(stream))
    assert not result.errors
    answer = json.loads(dumps({"data": result.data}))
    assert answer["data"]["ordersUpdated"]["order"] == {
        "number": placed.number,
        "metadata": {"x": nested(250)},
    }
    await stream.aclose()


async def test_a_mutation_sent_by_get_as_an_event_stream_is_a_bad_request(api: Api):
    params = {"query": "mutation { signOut { __typename } }"}
    answer = await api.client.get("/graphql", params=params, headers={"accept": "text/event-stream"})
    assert answer.status_code == 405
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "url", ["https://xn--a.1", "https://xn--a.com", "https://[::1", "https://a.b:99999999"]
)
async def test_a_carrier_with_an_invalid_api_url_is_refused(api: Api, url: str):
    query = """mutation($u: String!) { carrierSet(input: {code: "x", name: "X", kind: EASYPOST, apiUrl: $u,
      secrets: [{name: "api_key", value: "k"}]}) { __typename ... on UserError { path } } }"""
    answer = await api.as_(await make.token()).do(query, u=url)
    assert answer == {"__typename": "ValidationFailed", "path": ["input", "apiUrl"]}
