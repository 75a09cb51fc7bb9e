"""Clients that accept JSON and event streams in every request get JSON, unless they subscribe."""

import gzip

import pytest

from tests import make
from tests.ask import Api

pytestmark = pytest.mark.divided  # documents and requests that hardly reach the database

URQL = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
QUERY = '{ products(channel: "web") { nodes { name } } }'


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    shop = await make.shop()
    await shop.sell("MUG", stock=1)
    return shop


@pytest.mark.parametrize("accept", [URQL, "text/event-stream, application/json"])
async def test_a_query_is_answered_with_json_and_an_entity_tag(api: Api, shop: make.Shop, accept: str):
    for method in ("GET", "POST"):
        sent = {"params": {"query": QUERY}} if method == "GET" else {"json": {"query": QUERY}}
        answer = await api.client.request(method, "/graphql", headers={"accept": accept}, **sent)
        assert answer.headers["content-type"].startswith("application/")
        assert answer.json()["data"]["products"]["nodes"] == [{"name": "Thing MUG"}]
        assert ("etag" in answer.headers) is (method == "GET")


async def test_a_large_answer_is_compressed(api: Api, shop: make.Shop):
    headers = {"accept": URQL, "accept-encoding": "gzip"}
    asked = {"query": "{ __schema { types { name fields { name } } } }"}
    async with api.client.stream("POST", "/graphql", headers=headers, json=asked) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        content = b"".join([part async for part in answer.aiter_raw()])
    assert b"OrderTracking" in gzip.decompress(content)


async def test_a_mutation_is_answered_with_json(api: Api, shop: make.Shop):
    asked = {"query": 'mutation { passwordResetRequest(email: "a@example.com") { __typename } }'}
    answer = await api.client.post("/graphql", headers={"accept": URQL}, json=asked)
    assert answer.json() == {"data": {"passwordResetRequest": {"__typename": "PasswordResetReceived"}}} | {
        "extensions": answer.json()["extensions"]
    }


async def test_clients_that_accept_only_streams_and_subscriptions_get_a_stream(api: Api, shop: make.Shop):
    tracking = 'subscription { orderTracking(token: "unknown") { tracking { status } } }'
    for query, accept in ((QUERY, "text/event-stream"), (tracking, "text/event-stream"), (tracking, URQL)):
        answer = await api.client.post("/graphql", headers={"accept": accept}, json={"query": query})
        assert answer.headers["content-type"].startswith("text/event-stream"), (query, accept)


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("text/event-stream, application/json;q=0", True),
        ("TEXT/EVENT-STREAM", True),
        ("text/event-stream; q=0.5, application/*;q=0.0", True),
        ("*/*, text/event-stream", False),
        ("application/*;q=0.1, text/event-stream", False),
        ("text/event-stream;q=0", False),
        ("Application/JSON, text/event-stream", False),
        ("*/*", False),
        ("", False),
    ],
)
async def test_media_types_are_compared_without_case_and_with_their_weights(
    api: Api, shop: make.Shop, accept: str, streams: bool
):
    answer = await api.client.post("/graphql", headers={"accept": accept}, json={"query": QUERY})
    assert answer.headers["content-type"].startswith("text/event-stream") is streams


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (URQL, "application/graphql-response+json"),
        ("APPLICATION/GraphQL-Response+JSON", "application/graphql-response+json"),
        ("application/json, application/graphql-response+json;q=0", "application/json"),
        ("application/json, application/graphql-response+json;q=0.9", "application/json"),
        ("*/*", "application/json"),
    ],
)
async def test_json_has_the_media_type_that_is_preferred(
    api: Api, shop: make.Shop, accept: str, media_type: str
):
    for method in ("GET", "POST"):
        sent = {"params": {"query": QUERY}} if method == "GET" else {"json": {"query": QUERY}}
        answer = await api.client.request(method, "/graphql", headers={"accept": accept}, **sent)
        assert answer.headers["content-type"].split(";")[0] == media_type


SUBSCRIBES = 'subscription Track { orderTracking(token: "unknown") { tracking { status } } }'


@pytest.mark.parametrize(
    ("document", "operation", "streams"),
    [
        ('{ products(channel: "web", search: "subscription") { nodes { name } } }', None, False),
        (f"query subscription {QUERY}", None, False),
        (f"# subscription\n{QUERY}", None, False),
        (f"query Q($subscription: Boolean = true) @include(if: $subscription) {QUERY}", None, False),
        ('{ products(channel: "web", search: """a " subscription { """) { nodes { name } } }', None, False),
        (f"fragment subscription on Product {{ name }} {QUERY}", None, False),
        (f"query Read {QUERY} {SUBSCRIBES}", "Read", False),
        (f"query Read {QUERY} {SUBSCRIBES}", "Track", True),
        (f"fragment F on OrderTracking {{ status }} {SUBSCRIBES.replace('status', '...F')}", None, True),
        (f"#{{\n{SUBSCRIBES}", None, True),
        ('subscription($t: String! = "{") { orderTracking(token: $t) { tracking { status } } }', None, True),
    ],
)
async def test_the_selected_operation_determines_the_type_of_the_response(
    api: Api, shop: make.Shop, document: str, operation: str | None, streams: bool
):
    asked = {"query": document, "operationName": operation}
    answer = await api.client.post("/graphql", headers={"accept": URQL}, json=asked)
    assert answer.headers["content-type"].startswith("text/event-stream") is streams


async def test_a_field_in_several_lines_counts_as_one_list(api: Api, shop: make.Shop):
    lines = [("accept", "text/event-stream"), ("accept", "application/json")]
    for method in ("GET", "POST"):
        sent = {"params": {"query": QUERY}} if method == "GET" else {"json": {"query": QUERY}}
        answer = await api.client.request(method, "/graphql", headers=lines, **sent)
        assert answer.headers["content-type"].startswith("application/json")
    tags = [("accept", URQL), ("if-none-match", '"another"'), ("if-none-match", await _tag(api))]
    known = await api.client.get("/graphql", headers=tags, params={"query": QUERY})
    assert known.status_code == 304
    codings = [("accept-encoding", "br"), ("accept-encoding", "gzip")]
    asked = {"query": "{ __schema { types { name fields { name } } } }"}
    async with api.client.stream("POST", "/graphql", headers=codings, json=asked) as answer:
        assert answer.headers["content-encoding"] == "gzip"


async def _tag(api: Api) -> str:
    answer = await api.client.get("/graphql", headers={"accept": URQL}, params={"query": QUERY})
    return str(answer.headers["etag"])
