"""Invalid HTTP requests are refused before the application, with an answer that states the reason."""

import json
from typing import Any

import pytest

from app.web.guarding import bounds
from tests.web.floods.lines import JSON, get, handshake, post
from tests.web.guarding.conftest import Guarded

pytestmark = pytest.mark.divided  # limits below the application, which does not reach its database

ME = {"query": "{ me { kind } }"}
CLOSE = "connection: close\r\n"
START = "POST /graphql HTTP/1.1\r\nhost: shop.example\r\ncontent-type: application/json\r\n"
LAST_CHUNK = b"0\r\n\r\n"


def read(answer: bytes) -> tuple[int, Any]:
    """The status and the body of one answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body.startswith(b"{") else body


def code_of(answer: bytes) -> tuple[int, str]:
    status, body = read(answer)
    [error] = body["errors"]
    assert error["message"].endswith(".") and b"connection: close" in answer
    return status, error["extensions"]["code"]


# Request smuggling: two programs that parse one of these differently see different requests.
AMBIGUOUS = {
    "two lengths": "content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    "one length twice": "content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "a list of lengths": "content-length: 5, 5\r\n\r\nhello",
    "a length and chunks": "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "two encodings": "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
    "an unknown encoding": "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": "x: a\r\n b\r\ncontent-length: 0\r\n\r\n",
    "a negative length": "content-length: -5\r\n\r\n",
    "a length with a sign": "content-length: +5\r\n\r\nhello",
    "a hexadecimal length": "content-length: 0x5\r\n\r\nhello",
    "an empty length": "content-length: \r\n\r\n",
    "a length of 23 digits": "content-length: 99999999999999999999999\r\n\r\n",
    "a second host": "host: other.example\r\ncontent-length: 0\r\n\r\n",
    "a NUL character": "x: a\0b\r\n\r\n",
    "a name with a space": "x y: z\r\n\r\n",
}


@pytest.mark.parametrize("fields", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_an_ambiguous_request_is_refused_and_the_connection_closed(guarded: Guarded, fields: str):
    # The second request would be answered if the length were parsed differently.
    answer = await guarded.answer_to((START + fields).encode() + get("/health/live"))
    assert code_of(answer) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /health/live HTTP/1.1\r\n\r\n", b"GET /health/live HTTP/1.1\nhost: x\n\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"BREW /graphql HTTP/1.1\r\nhost: x\r\n\r\n", b"GET http://[/x HTTP/1.1\r\nhost: x\r\n\r\n", b"\x16\x03\x01\x01\xfc" + b"x" * 500,
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n", b"CONNECT shop.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)  # fmt: skip
async def test_malformed_requests_are_refused(guarded: Guarded, sent: bytes):
    assert code_of(await guarded.answer_to(sent)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "method", ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "CONNECT", "PATCH", "PROPFIND"]
)
async def test_an_unsupported_method_is_answered_with_405(guarded: Guarded, method: str):
    answer = await guarded.answer_to(f"{method} /graphql HTTP/1.1\r\nhost: x\r\n{CLOSE}\r\n".encode())
    assert read(answer)[0] == 405


LONG = "x" * (bounds.LONGEST_LINE + 1)
TOO_LARGE = {
    "the target": (get(f"/health/live?{LONG}"), 414),
    "a field": (get("/health/live", f"x: {'y' * bounds.LARGEST_HEAD}\r\n"), 431),
    "all fields": (get("/health/live", f"x: {'y' * 900}\r\n" * 40), 431),
    "the number of fields": (get("/health/live", "x: y\r\n" * bounds.MOST_FIELDS), 431),
    "the target of a socket": (handshake().replace(b"/graphql", b"/graphql?" + b"x" * 9_000), 431),
    "a field of a socket": (handshake()[:-2] + b"x: " + b"y" * 9_000 + b"\r\n\r\n", 431),
    "the length": (f"{START}content-length: 999999999999\r\n\r\n".encode(), 413),
}


@pytest.mark.parametrize(("sent", "status"), TOO_LARGE.values(), ids=TOO_LARGE)
async def test_requests_that_are_too_large_are_refused_with_the_status_of_the_large_part(
    guarded: Guarded, sent: bytes, status: int
):
    assert code_of(await guarded.answer_to(sent)) == (status, "REQUEST_TOO_LARGE")


async def test_requests_just_within_the_limits_are_accepted(guarded: Guarded):
    target = "/health/live?" + "x" * (bounds.LONGEST_LINE - 13)
    fields = "x: y\r\n" * (bounds.MOST_FIELDS - 2) + CLOSE
    assert read(await guarded.answer_to(get(target, fields))) == (200, {"status": "alive"})
    large = "x: " + "y" * (bounds.LARGEST_HEAD - 100) + "\r\n" + CLOSE
    assert read(await guarded.answer_to(get("/health/live", large)))[0] == 200


MUCH = b"x" * 65_536
CHUNKED = f"{START}transfer-encoding: chunked\r\n\r\n".encode()
ENDLESS = {
    "a target": (b"GET /", MUCH),
    "a field": (b"GET / HTTP/1.1\r\nhost: x\r\nx: ", MUCH),
    "fields": (b"GET / HTTP/1.1\r\nhost: x\r\n", b"x: y\r\n" * 10_000),
    "a body in chunks": (CHUNKED, b"10000\r\n" + MUCH + b"\r\n"),
    "a body that nobody reads": (CHUNKED.replace(b"/graphql", b"/nothing"), b"10000\r\n" + MUCH + b"\r\n"),
    "the extension of a chunk": (CHUNKED + b"1;", MUCH),
    "a trailer": (CHUNKED + b"0\r\nx: ", MUCH),
    "trailers": (CHUNKED + b"0\r\n", b"x: y\r\n" * 10_000),
    "empty lines": (b"", b"\r\n" * 30_000),
    "requests": (b"", get("/health/live") * 1_000),
}


@pytest.mark.parametrize(("first", "more"), ENDLESS.values(), ids=ENDLESS)
async def test_endless_requests_are_disconnected_and_not_buffered(
    guarded: Guarded, first: bytes, more: bytes
):
    before = guarded.memory()
    line = await guarded.line()
    await line.send(first, *(more for _ in range(640)))  # 40 MB, if it is taken
    await guarded.until_closed(line)
    line.close()
    assert guarded.memory() - before < 20_000_000


async def test_trailers_do_not_become_header_fields(guarded: Guarded):
    body = json.dumps(ME).encode()
    sent = CHUNKED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n") + b"%x\r\n%s\r\n" % (
        len(body),
        body,
    )
    answer = await guarded.answer_to(sent + b"0\r\nauthorization: Bearer nobody\r\n\r\n")
    assert read(answer)[1]["data"] == {"me": {"kind": "PUBLIC"}}


async def test_pipelined_requests_are_answered_in_order(guarded: Guarded):
    asked = [post({"query": f"{{ a{number}: me {{ kind }} }}"}) for number in range(5)]
    last = post(ME, JSON + CLOSE)
    answer = await guarded.answer_to(b"".join(asked) + last)
    bodies = [json.loads(part.split(b"\r\n\r\n")[1]) for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert [[*each["data"]] for each in bodies] == [*([f"a{number}"] for number in range(5)), ["me"]]


@pytest.mark.parametrize(
    ("after", "answered"), [(b"NONSENSE\r\n\r\n", 3), (post(ME) * 40, bounds.MOST_PIPELINED + 1)]
)
async def test_requests_before_a_bad_request_are_answered_and_none_after_it(
    guarded: Guarded, after: bytes, answered: int
):
    answer = await guarded.answer_to(post(ME) * 3 + after)
    parts = answer.split(b"HTTP/1.1 200 OK")[1:]
    assert len(parts) == answered and b"HTTP/1.1 400" not in answer
    assert all(json.loads(each.split(b"\r\n\r\n")[1])["data"] == {"me": {"kind": "PUBLIC"}} for each in parts)


async def test_an_upgrade_to_anything_but_a_websocket_is_ignored(guarded: Guarded):
    fields = "upgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AA\r\n"
    assert read(await guarded.answer_to(get("/health/live", fields)))[0] == 200
