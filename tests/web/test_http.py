"""GraphQL over HTTP: media types, GET, and malformed requests."""

import json
import time

import httpx
import orjson
import pytest

from tests import make
from tests.ask import PLACE, Api, order_input

pytestmark = pytest.mark.divided  # documents and requests that hardly reach the database

ME = "{ me { kind } }"


async def test_json_and_the_graphql_media_type_are_both_supported(api: Api):
    plain = await api.post(ME)
    assert plain.headers["content-type"].startswith("application/json")
    typed = await api.post(ME, accept="application/graphql-response+json")
    assert typed.headers["content-type"].startswith("application/graphql-response+json")
    assert plain.json()["data"] == typed.json()["data"] == {"me": {"kind": "PUBLIC"}}


async def test_a_request_error_is_400_in_the_graphql_media_type_and_200_in_plain_json(api: Api):
    broken = "{ me { nothing } }"
    assert (await api.post(broken)).status_code == 200
    answer = await api.post(broken, accept="application/graphql-response+json")
    assert answer.status_code == 400 and "data" not in answer.json()


async def test_queries_can_be_sent_by_get_and_mutations_cannot(api: Api):
    answer = await api.client.get("/graphql", params={"query": ME})
    assert answer.json()["data"]["me"]["kind"] == "PUBLIC"
    answer = await api.client.get("/graphql", params={"query": "mutation { signOut { __typename } }"})
    assert answer.status_code == 405
    variables = json.dumps({"c": "web"})
    query = "query($c: String!) { channel(code: $c) { id } }"
    answer = await api.client.get("/graphql", params={"query": query, "variables": variables})
    assert answer.json()["data"] == {"channel": None}


@pytest.mark.parametrize(
    "body",
    [b"1", b"null", b'"x"', b"[]", b"[{}]", b"{}", b"", b"{", b"\xff\xfe", b'{"query": 1}', b'{"query": ""}',
     b'{"query": "{ me { kind } }", "variables": []}', b'{"query": "{ me { kind } }", "operationName": 5}',
     b'{"query": "{ me { kind } }", "extensions": "x"}', b"[" * 100_000, b'{"a":' * 50_000],
)  # fmt: skip
async def test_a_body_that_is_not_a_request_is_400(api: Api, body: bytes):
    answer = await api.client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""]
)
async def test_a_form_of_another_site_cannot_send_a_mutation(api: Api, media_type: str):
    body = orjson.dumps({"query": "mutation { signOut { __typename } }"})
    answer = await api.client.post("/graphql", content=body, headers={"content-type": media_type})
    assert answer.status_code == 415


async def test_a_body_that_is_too_large_is_refused(api: Api):
    answer = await api.post("{ me { kind } } #" + "x" * 300_000)
    assert answer.status_code == 413


def _nested(depth: int) -> str:
    return "{ categories { nodes " + "{ parent " * depth + "{ name }" + " }" * depth + " } }"


TOO_LARGE = {
    "depth": _nested(12),
    "aliases": "{" + " ".join(f"a{i}: me {{ kind }}" for i in range(31)) + "}",
    "directives": "{ me { kind " + "@include(if: true) " * 51 + "} }",
    "cost": "{ orders(first: 100) { nodes { lines(first: 100) { nodes { variant { product { name } } } } } } }",
    "tokens": "{ me { kind } } " + "# \n" + "{ a } " * 1000,
    "mutations": "mutation {" + " ".join(f"m{i}: signOut {{ __typename }}" for i in range(6)) + "}",
    "fragments": "{ me { ...a } } " + " ".join(
        f"fragment {chr(97 + i)} on Viewer {{ ...{chr(98 + i)} ...{chr(98 + i)} }}" for i in range(20)
    ) + " fragment u on Viewer { kind }",
}  # fmt: skip


@pytest.mark.usefixtures("no_garbage_collection")
@pytest.mark.parametrize("what", sorted(TOO_LARGE))
async def test_a_document_that_is_too_large_is_refused_at_once(api: Api, what: str):
    started = time.process_time()
    error = await api.error(TOO_LARGE[what])
    assert time.process_time() - started < 1  # parsing included; CPU time, which other programs do not affect
    assert error["extensions"]["code"] in ("QUERY_TOO_COMPLEX", "GRAPHQL_PARSE_FAILED")


async def test_page_sizes_in_variables_count_towards_the_complexity(api: Api):
    query = (
        "query($n: Int) { orders(first: $n) { nodes { lines(first: $n) { nodes "
        "{ variant { product { variants { sku product { variants { sku } } } } } } } } } }"
    )
    token = await make.token()
    staff = api.as_(token)
    assert (await staff.ask(query, n=2))["orders"]["nodes"] == []
    error = await staff.error(query, n=100)
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_a_fragment_that_spreads_itself_is_refused(api: Api):
    error = await api.error("{ me { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }")
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "variables",
    [{"i": {}}, {"i": None}, {"i": []}, {"i": {"lines": "x"}}, {"i": {"lines": [{"sku": 1}]}},
     {"i": {"lines": [{"sku": "A", "quantity": 1e20}]}}, {"i": {"lines": [{"sku": "A", "quantity": True}]}}],
)  # fmt: skip
async def test_variables_of_the_wrong_shape_get_an_error_with_a_code(api: Api, variables: dict):
    query = "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { __typename } }"
    answer = (await api.post(query, variables)).json()
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    else:
        assert answer["data"]["orderPlace"]["__typename"] in ("InvalidInput", "ValidationFailed")


@pytest.mark.parametrize("text", ["\u202e" * 50, "'; DROP TABLE sales_order; --", "x" * 5000, "😀", "\ud7ff"])
async def test_unusual_texts_are_accepted_or_refused_with_a_typed_error(api: Api, text: str):
    shop = await make.shop()
    await shop.sell("A")
    staff = api.as_(await make.token())
    for sent in (
        order_input(("A", 1), note=text),
        order_input((text, 1)),
        order_input(("A", 1), externalReference=text),
        order_input(("A", 1), email=text),
        order_input(("A", 1), purchaseOrderNumber=text),
    ):
        answer = (await staff.post(PLACE, {"input": sent})).json()
        assert "errors" not in answer, answer["errors"]
    answer = (
        await staff.post("query($s: String) { orders(search: $s) { nodes { id } } }", {"s": text})
    ).json()
    assert "errors" not in answer, answer["errors"]


async def test_every_unknown_token_gets_the_same_401_answer(api: Api):
    answers = [await api.as_(token).post(ME) for token in ("og_live_nope", "x.y.z", "a" * 5000)]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


async def test_a_bug_is_masked_and_its_request_id_is_in_the_log(api: Api, monkeypatch, capsys):
    from app.access import schema as access_schema

    class Broken:
        def __init__(self, **_: object) -> None:
            raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(access_schema, "Viewer", Broken)
    answer = await api.post(ME, **{"x-request-id": "request-12345"})
    error = answer.json()["errors"][0]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "request-12345"}
    assert "secret detail" not in answer.text
    assert answer.headers["x-request-id"] == "request-12345"
    assert "request-12345" in capsys.readouterr().out


async def test_a_missing_permission_is_forbidden_and_a_missing_login_unauthenticated(api: Api):
    orders = "{ orders { nodes { id } } }"
    assert (await api.error(orders))["extensions"]["code"] == "UNAUTHENTICATED"
    weak = api.as_(await make.token(make.Permission.CATALOG_MANAGE))
    assert (await weak.error("{ events { nodes { name } } }"))["extensions"]["code"] == "FORBIDDEN"


async def test_a_browser_gets_graphiql_with_operations_to_try(api: Api):
    page = await api.client.get("/graphql", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "mutation Place" in page.text and "subscription Board" in page.text


async def test_the_health_endpoints_report_alive_and_ready(application: httpx.ASGITransport, api: Api):
    assert (await api.client.get("/health/live")).json()["status"] == "alive"
    assert (await api.client.get("/health/ready")).json() == {"status": "ready"}


@pytest.mark.parametrize(
    "cursor",
    [
        "abc",
        "WzFd",
        "WyJhIiwiYiJd",
        "W3siYSI6MX0sMl0",
        "W251bGwsbnVsbF0",
        "W10",
        "Wzk5OTk5OTk5OTk5OTk5OTk5OTksMV0",
        "\u00e9",
        "a\x00b",
        "W3sidSI6NX0sMV0",  # [{"u":5},1]
        "W3sidCI6NX0sMV0",  # [{"t":5},1]
        "W3sidCI6Ijk5OTktMTItMzFUMjM6NTk6NTktMTQ6MDAifSx7InUiOiIwMTk2ZmIwYy03Zjc5LTdjMzktOGY2My1mNWEzNjBmMTExMTEifV0",
        "W3sidCI6IjAwMDEtMDEtMDFUMDA6MDA6MDArMTQ6MDAifSx7InUiOiIwMTk2ZmIwYy03Zjc5LTdjMzktOGY2My1mNWEzNjBmMTExMTEifV0",
        "W3sidCI6IjIwMjYtMDEtMDFUMDA6MDA6MDAifSx7InUiOiIwMTk2ZmIwYy03Zjc5LTdjMzktOGY2My1mNWEzNjBmMTExMTEifV0",
    ],
)
async def test_an_invalid_cursor_is_refused(api: Api, cursor: str):
    error = await api.as_(await make.token()).error(
        "query($c: String) { orders(after: $c) { nodes { id } } }", c=cursor
    )
    assert error["extensions"]["code"] == "INVALID"


async def test_a_wide_filter_is_refused_and_an_empty_branch_matches_everything(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    await make.order(("A", 1))
    staff = api.as_(await make.token())
    query = "query($f: OrderFilter) { orders(filter: $f) { totalCount } }"
    wide = {"or": [{"email": {"eq": f"a{i}"}} for i in range(3000)]}
    assert (await staff.error(query, f=wide))["extensions"]["code"] == "INVALID"
    for filter in ({"or": [{}, {"status": ["DRAFT"]}]}, {"or": [{}]}, {"or": []}):
        assert (await staff.ask(query, f=filter))["orders"]["totalCount"] == 1
    assert (await staff.ask(query, f={"or": [{"status": ["DRAFT"]}]}))["orders"]["totalCount"] == 0


@pytest.mark.parametrize("size", ["first: null, last: 100", "first: $n"])
async def test_every_way_of_writing_a_page_size_is_subject_to_the_cost_limit(api: Api, size: str):
    inner = (
        f"orders({size}) {{ nodes {{ lines({size}) {{ nodes {{ variant {{ product {{ name }} }} }} }} }} }}"
    )
    query = ("query($n: Int = 100) { " if "$n" in size else "{ ") + inner + " }"
    error = await api.as_(await make.token()).error(query)
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
