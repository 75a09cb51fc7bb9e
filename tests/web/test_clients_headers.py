"""What the clients of storefronts send and expect: headers of other origins, compression, typed refusals."""

import gzip
import hashlib

import httpx
import orjson
import pytest

from app.core.graphql import persisted
from app.core.graphql.answers import takes_gzip
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all

SHOP = "https://shop.example"
ME = "{ me { kind } }"
TYPED = "application/graphql-response+json"
PRODUCTS = '{ products(channel: "web", first: 50) { nodes { name slug variants { sku price(channel: "web") { amount } } } } }'


async def preflight(api: Api, headers: str, method: str = "POST") -> httpx.Response:
    return await api.client.options(
        "/graphql",
        headers={
            "origin": SHOP,
            "access-control-request-method": method,
            "access-control-request-headers": headers,
        },
    )


@pytest.mark.parametrize(
    "headers",
    [
        "authorization,content-type",
        "apollo-require-preflight,apollographql-client-name,apollographql-client-version,content-type",
        "x-apollo-operation-id,x-apollo-operation-name",
        "traceparent,tracestate,baggage,sentry-trace,b3,x-b3-traceid,x-datadog-trace-id,newrelic",
        "if-none-match,last-event-id,x-request-id,cache-control",
        "x-a-header-of-a-library-that-does-not-exist-yet",
    ],
)
async def test_a_page_of_another_origin_may_send_the_headers_that_its_libraries_add(api: Api, headers: str):
    answer = await preflight(api, headers)
    assert answer.status_code == 200
    allowed = {name.strip() for name in answer.headers["access-control-allow-headers"].lower().split(",")}
    assert allowed >= set(headers.split(","))


async def test_an_unsupported_method_fails_the_preflight(api: Api):
    assert (await preflight(api, "content-type", "DELETE")).status_code == 400


async def test_a_page_of_another_origin_can_read_etag_retry_after_and_request_id(api: Api):
    answer = await api.post(ME, origin=SHOP)
    assert answer.headers["access-control-allow-origin"] == "*"
    readable = {name.strip() for name in answer.headers["access-control-expose-headers"].lower().split(",")}
    assert readable >= {"etag", "retry-after", "x-request-id"}


async def _many_products() -> None:
    shop = await make.shop()
    for number in range(30):
        await shop.sell(f"MUG-{number}", stock=5, price=1000)
    await feed_has_read_all()


async def raw(api: Api, method: str, **options: object) -> tuple[httpx.Response, bytes]:
    """An answer and its body as it was sent, not decompressed."""
    async with api.client.stream(method, "/graphql", **options) as answer:  # type: ignore[arg-type]
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_long_answer_is_compressed_for_clients_that_accept_gzip(clean: None, api: Api, method: str):
    await _many_products()
    what = {"params": {"query": PRODUCTS}} if method == "GET" else {"json": {"query": PRODUCTS}}
    for _ in range(2):  # computed, then cached
        plain, body = await raw(api, method, headers={"accept-encoding": "identity"}, **what)
        small, packed = await raw(api, method, headers={"accept-encoding": "br, gzip"}, **what)
        assert "content-encoding" not in plain.headers
        assert (
            small.headers["content-encoding"] == "gzip" and "accept-encoding" in small.headers["vary"].lower()
        )
        assert orjson.loads(gzip.decompress(packed))["data"] == orjson.loads(body)["data"]
        assert len(packed) * 4 < len(body)
        assert plain.headers.get("etag") == small.headers.get("etag")


async def test_a_short_answer_is_not_compressed(api: Api):
    answer, body = await raw(api, "POST", json={"query": ME}, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers and b"PUBLIC" in body


async def test_a_cached_answer_is_revalidated_with_and_without_compression(clean: None, api: Api):
    await _many_products()
    params = {"query": PRODUCTS}
    first = await api.client.get("/graphql", params=params, headers={"accept-encoding": "gzip"})
    for coding in ("gzip", "identity"):
        headers = {"if-none-match": first.headers["etag"], "accept-encoding": coding}
        again = await api.client.get("/graphql", params=params, headers=headers)
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("header", "takes"),
    [("gzip", True), ("br;q=1.0, gzip;q=0.5", True), ("GZIP", True), ("x-gzip", True), ("", False),
     ("identity", False), ("gzip;q=0", False), ("gzip; q=0.0", False), ("br", False), ("gzipped", False)],
)  # fmt: skip
def test_gzip_is_sent_only_to_clients_that_name_it(header: str, takes: bool):
    assert takes_gzip(header) is takes


@pytest.mark.parametrize("accept", [TYPED, "application/json", "*/*"])
async def test_an_invalid_token_is_a_graphql_error_with_status_401(api: Api, accept: str):
    answer = await api.as_("og_live_of_yesterday").post(ME, accept=accept)
    assert answer.status_code == 401
    expected = TYPED if accept == TYPED else "application/json"
    assert answer.headers["content-type"].startswith(expected)
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    error = answer.json()["errors"][0]
    assert error["extensions"]["code"] == "UNAUTHENTICATED" and error["message"]


async def test_an_invalid_token_is_refused_for_public_reads_readably_for_other_origins(api: Api):
    answer = await api.client.get(
        "/graphql", params={"query": ME}, headers={"authorization": "Bearer stale", "origin": SHOP}
    )
    assert answer.status_code == 401 and answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("accept", [TYPED, "application/json", "text/event-stream"])
@pytest.mark.parametrize(
    ("query", "status"),
    [("mutation { signOut { __typename } }", 405), ("fragment A on Query { __typename }", 400), ("", 400)],
)
async def test_operations_that_get_cannot_execute_are_bad_requests_in_each_media_type(
    api: Api, accept: str, query: str, status: int
):
    answer = await api.client.get("/graphql", params={"query": query}, headers={"accept": accept})
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert answer.headers["content-type"].startswith(TYPED if accept == TYPED else "application/json")
    assert (answer.headers.get("allow") == "POST") is (status == 405)


@pytest.mark.parametrize("accept", [TYPED, "application/json", "text/event-stream"])
async def test_a_document_with_several_operations_requires_an_operation_name(api: Api, accept: str):
    both = "query A { me { kind } } query B { me { kind } }"
    answer = await api.post(both, accept=accept)
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert "data" not in answer.json()
    body = {"query": both, "operationName": "B"}
    answer = await api.client.post("/graphql", json=body, headers={"accept": "application/json"})
    assert answer.json()["data"] == {"me": {"kind": "PUBLIC"}}


SHA = hashlib.sha256(ME.encode()).hexdigest()


async def test_an_unknown_hash_is_answered_with_the_message_that_clients_compare(api: Api):
    persisted._learned.clear()
    asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": SHA}}}
    answer = await api.client.post("/graphql", json=asked)
    error = answer.json()["errors"][0]
    assert answer.status_code == 200
    assert error == {
        "message": "PersistedQueryNotFound",
        "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("named", [f"sha256:{SHA}", SHA, f"sha256:{SHA.upper()}"])
async def test_a_document_can_be_requested_by_its_document_id(api: Api, method: str, named: str):
    persisted._learned.clear()

    async def ask() -> httpx.Response:
        what = {"params": {"documentId": named}} if method == "GET" else {"json": {"documentId": named}}
        return await api.client.request(method, "/graphql", **what)  # type: ignore[arg-type]

    unknown = await ask()
    assert unknown.status_code == 400
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": SHA}}
    await api.client.post("/graphql", json={"query": ME, "extensions": extensions})
    assert (await ask()).json()["data"] == {"me": {"kind": "PUBLIC"}}


@pytest.mark.parametrize(
    "body",
    [{"documentId": "md5:0123"}, {"documentId": 5}, {"documentId": ""}, {"documentId": {"a": 1}},
     {"documentId": "sha256:" + "z" * 64}, {"documentId": SHA, "query": ME}],
)  # fmt: skip
async def test_a_document_id_that_is_not_a_hash_or_comes_with_a_query_is_refused(api: Api, body: dict):
    answer = await api.client.post("/graphql", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_every_custom_scalar_names_its_specification_and_the_roots_are_described(api: Api):
    found = await api.ask("{ __schema { types { name kind description specifiedByURL } } }")
    types = {each["name"]: each for each in found["__schema"]["types"]}
    built_in = {"String", "Int", "Float", "Boolean", "ID"}
    unnamed = [
        name
        for name, each in types.items()
        if each["kind"] == "SCALAR" and name not in built_in and not each["specifiedByURL"]
    ]
    assert unnamed == []
    assert [name for name in ("Query", "Mutation", "Subscription") if not types[name]["description"]] == []
