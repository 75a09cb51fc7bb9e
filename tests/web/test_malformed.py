"""Requests that cannot be executed get the same code over every transport, and never an internal error."""

import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import structlog

from tests import make
from tests.ask import Api
from tests.web.asgi import Socket

pytestmark = pytest.mark.divided  # documents and requests that hardly reach the database

Request = dict[str, Any]
ME = "{ me { kind } }"
TWO = "query A { me { kind } } query B { me { kind } }"
HALF = "\ud83d"  # half of a surrogate pair

DOCUMENTS = [
    "", " ", " \n\t,", "# nothing", ",,,", "\ufeff", "{", "}", "{}", "{ }", "{ me", "{ me { kind }", f"{ME} }}", "query", "query {",
    "mutation", "subscription {", "query A", "nope", "5", '"', '"""', '{ me(a: "', "{ me(a: 01) }", "{ me ... }", "\x00", f"{ME}\x00",
    "{ mé }", "{ me { kind } } \u202e", HALF, f'{{ product(slug: "{HALF}") {{ id }} }}', "fragment f on Viewer { kind }",
    "fragment f on Viewer { ...f }", "type A { a: Int }", "extend type Query { a: Int }", "schema { query: Query }",
    "{ nope }", "{ me }", "{ me { nope } }", "{ me { kind { x } } }", "{ me(a: 1) { kind } }", "{ me @nope { kind } }",
    "{ me @include(if: $x) { kind } }", "{ me @include { kind } }", "{ me { ...f } }", "{ me { ... on Nope { kind } } }",
    "{ me { kind } } fragment f on Viewer { kind }", "{ __schema { nope } }", "{ __typename(a: 1) }", '{ __type(name: 5) { name } }',
    "query($a: Nope) { me { kind } }", "query($a: Int!) { me { kind } }", "query($a: Int) { me { kind } }", "query($a: Int = $b) { me { kind } }",
    "query A { me { kind } } query A { me { kind } }", TWO, f"{ME} {ME}", f"{ME} query A {{ me {{ kind }} }}",
    f"{ME} mutation A {{ signOut {{ __typename }} }}", f"{ME} subscription A {{ ordersUpdated {{ name }} }}",
    "mutation { nope }", "mutation { signOut }", "mutation { signOut(a: 1) { __typename } }", "subscription { nope }", "subscription { me { kind } }",
    "subscription { ordersUpdated }", "subscription { ordersUpdated { name } ordersUpdated2: ordersUpdated { name } }",
    "subscription { __typename }", 'subscription { orderTracking(token: 5) { cursor } }', "subscription { orderTracking { cursor } }",
    "{ a " * 3_000, "{ me { kind } } " * 40, "{" + " ".join(f"a{n}: me {{ kind }}" for n in range(40)) + "}", "{ " + "a" * 5_000 + " }",
    "{ categories { nodes " + "{ parent " * 20 + "{ name }" + " }" * 20 + " } }", "{ me { kind " + "@skip(if: false) " * 60 + "} }",
    "{ orders(first: 9999999999) { nodes { id } } }", "{ orders(first: 1e400) { nodes { id } } }", "{ node(id: {}) { id } }",
]  # fmt: skip
NAMES = [None, "", " ", "A", "B", "Nope", "é", "a" * 10_000, HALF, "\x00", 5, True, [], {}]
VARIABLES = [
    None,
    {},
    {"x": 1},
    {"a": None},
    {"a": {"a": [[[]]]}},
    {"": 1},
    {HALF: HALF},
    {"a": "\x00"},
    [],
    [1],
    "",
    "x",
    5,
    True,
]
NEEDS = [
    "query($a: Int!) { orders(first: $a) { nodes { id } } }", "query($a: OrderFilter) { orders(filter: $a) { nodes { id } } }",
    "query($a: ID!) { node(id: $a) { id } }",
]  # fmt: skip
EXTENSIONS = [
    {}, [], "", "x", 5, {"persistedQuery": None}, {"persistedQuery": 5}, {"persistedQuery": {}}, {"persistedQuery": []},
    {"persistedQuery": {"version": 1, "sha256Hash": "a" * 64}}, {"persistedQuery": {"version": 1, "sha256Hash": HALF}},
    {"persistedQuery": {"version": 2, "sha256Hash": 5}}, {"persistedQuery": {"version": [], "sha256Hash": {}}},
]  # fmt: skip


def _named(request: Request) -> str:
    return json.dumps(request)[:90]


REQUESTS: list[Request] = [
    *({"query": document} for document in DOCUMENTS),
    *({"query": document, "operationName": "Nope"} for document in DOCUMENTS[::4]),
    *({"query": document, "operationName": name} for document, name in itertools.product((ME, TWO), NAMES)),
    *({"query": ME, "variables": given} for given in VARIABLES),
    *({"query": document, "variables": given} for document, given in itertools.product(NEEDS, VARIABLES[::3])),
    *({"query": query} for query in (None, 5, True, [], {}, [ME])),
    {}, {"operationName": "A"}, {"variables": {}},
]  # fmt: skip
PERSISTED: list[Request] = [
    *({"query": ME, "extensions": given} for given in EXTENSIONS), *({"extensions": given} for given in EXTENSIONS),
    *({"documentId": given} for given in ("", "x", "sha256:" + "a" * 64, HALF, 5, [], {})),
    {"query": ME, "documentId": "sha256:" + "a" * 64},
]  # fmt: skip


class Transports:
    """Sends a request over every transport."""

    def __init__(self, application: httpx.ASGITransport, client: httpx.AsyncClient, credential: str) -> None:
        self._application, self._client, self._credential = application, client, credential
        self._headers = {"authorization": f"Bearer {credential}"}

    def ways(self) -> dict[str, Callable[[Request], Awaitable[str]]]:
        return {
            "POST": lambda request: self._post(request, "application/json"),
            "POST, events": lambda request: self._post(request, "text/event-stream"),
            "GET": lambda request: self._get(request, "application/json"),
            "GET, events": lambda request: self._get(request, "text/event-stream"),
            "socket": self.socket,
        }  # fmt: skip

    async def _post(self, request: Request, accept: str) -> str:
        headers = {"content-type": "application/json", "accept": accept, **self._headers}
        return _code(await self._client.post("/graphql", content=json.dumps(request), headers=headers))

    async def _get(self, request: Request, accept: str) -> str:
        texts = {
            name: value
            if isinstance(value, str) and name not in ("variables", "extensions")
            else json.dumps(value)
            for name, value in request.items()
            if value is not None
        }
        params = {name: text.encode("utf-8", "surrogatepass") for name, text in texts.items()}
        query = str(httpx.QueryParams({})) + "&".join(
            f"{name}={_quoted(text)}" for name, text in params.items()
        )
        return _code(await self._client.get(f"/graphql?{query}", headers={"accept": accept, **self._headers}))

    async def socket(self, request: Request) -> str:
        socket = await Socket(self._application, self._credential).begin()
        socket.send(type="subscribe", id="1", payload=request)
        await socket.until(lambda: bool(socket.closed or socket.of("1")))
        if socket.closed is not None:
            assert socket.closed[0] == 4400
            return "BAD_REQUEST"
        answer = socket.of("1")[0]
        payload = answer["payload"]
        socket.leave()
        await socket.ends()
        return _first_code(payload if answer["type"] == "error" else payload.get("errors"))


def _quoted(text: bytes) -> str:
    return "".join(f"%{byte:02x}" for byte in text)


def _code(answer: httpx.Response) -> str:
    """The code of an answer that may be JSON or a stream of events, of which the first counts."""
    text = answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        text = text.partition("data: ")[2].partition("\n")[0]
    body = json.loads(text)
    code = _first_code(body.get("errors"))
    assert code == "fine" or answer.headers["content-type"].startswith(("application/", "text/event-stream"))
    return code


def _first_code(errors: list[dict[str, Any]] | None) -> str:
    return errors[0]["extensions"]["code"] if errors else "fine"


@pytest.fixture
async def transports(application: httpx.ASGITransport, api: Api) -> Transports:
    return Transports(application, api.client, await make.token())


def _can_carry(way: str, request: Request) -> bool:
    """Whether a request is the same over a transport: by GET all is text, and there are no mutations."""
    query = request.get("query", "")
    if not isinstance(query, str):
        return not way.startswith("GET")
    if query.startswith("mutation"):
        return not way.startswith("GET")
    return not query.startswith("subscription") or way == "socket" or way.endswith("events")


async def test_a_request_that_cannot_be_executed_has_one_code_over_every_transport(transports: Transports):
    different = {}
    with structlog.testing.capture_logs() as logs:
        for request in REQUESTS:
            codes = {
                way: await send(request)
                for way, send in transports.ways().items()
                if _can_carry(way, request)
            }
            if len(set(codes.values())) > 1 or "INTERNAL" in codes.values():
                different[_named(request)] = codes
    assert different == {}
    assert [log for log in logs if log["log_level"] in ("error", "critical")] == []


@pytest.mark.parametrize("request_", PERSISTED, ids=_named)
async def test_an_invalid_reference_to_a_document_has_one_code_over_http(
    transports: Transports, request_: Request
):
    ways = {way: send for way, send in transports.ways().items() if way != "socket"}
    given = request_.get("documentId", "")
    codes = {
        way: await send(request_)
        for way, send in ways.items()
        if isinstance(given, str) or not way.startswith("GET")
    }
    assert len(set(codes.values())) == 1 and "INTERNAL" not in codes.values(), codes
    assert await transports.socket(request_) in ("BAD_REQUEST", "fine")


BODIES = [b"1", b"null", b'"x"', b"[]", b"[{}]", b"", b"{", b"\xff\xfe", b"\x00", b"[" * 50_000, b'{"a":' * 50_000,
          b'{"query": "{ me { kind } }", "query": 1}', b'{"query": NaN}', b'{"query": "\\ud83d"}', b"x" * 300_000]  # fmt: skip


@pytest.mark.parametrize(
    "accept", ["application/json", "application/graphql-response+json", "text/event-stream"]
)
@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:20].decode("latin-1"))
async def test_a_body_that_is_not_a_request_is_a_bad_request_in_each_media_type(
    api: Api, body: bytes, accept: str
):
    headers = {"content-type": "application/json", "accept": accept}
    answer = await api.client.post("/graphql", content=body, headers=headers)
    assert answer.status_code in (400, 413) and _code(answer) == "BAD_REQUEST"


@pytest.mark.parametrize(
    "query",
    [
        "%ff",
        "query=%ff",
        "query=%7B%20me%20%7B%20kind%20%7D%20%7D&variables=%ff",
        "query=%ed%a0%bd",
        "",
        "&&&",
        "=",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_query_string_that_is_not_a_request_is_a_bad_request(api: Api, query: str, accept: str):
    answer = await api.client.get(f"/graphql?{query}", headers={"accept": accept})
    assert answer.status_code == 400 and _code(answer) == "BAD_REQUEST"


BY_TRANSPORT = {
    "mutation { signOut { __typename } }": {"GET": 405, "GET, events": 405},
    "subscription { ordersUpdated { name } }": {"POST": 406, "GET": 406},
}


@pytest.mark.parametrize("document", BY_TRANSPORT)
async def test_an_operation_over_the_wrong_transport_is_a_bad_request_that_names_the_right_one(
    transports: Transports, api: Api, document: str
):
    for way, status in BY_TRANSPORT[document].items():
        accept = "text/event-stream" if way.endswith("events") else "application/json"
        if way.startswith("GET"):
            answer = await api.client.get("/graphql", params={"query": document}, headers={"accept": accept})
        else:
            answer = await api.client.post("/graphql", json={"query": document}, headers={"accept": accept})
        assert (answer.status_code, _code(answer)) == (status, "BAD_REQUEST")
        assert "POST" in answer.text or "text/event-stream" in answer.text
