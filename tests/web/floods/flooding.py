"""A flood of a server: `python -m tests.web.floods.flooding NAME PORT`. Prints the results as a JSON object.

It runs in a separate process, so that the visitor waits for the server and not for the sender. Each flood has its
own address, so that none has used its points before; floods that one address could not complete have two.
"""

import asyncio
import contextlib
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.web.floods.lines import JSON, Line, frame, get, handshake, message, post

PAGE = """{ products(channel: "web", first: 100) { nodes { name slug description
  variants { sku name price(channel: "web") { amount currency } available(channel: "web") } } } }"""
INTROSPECTION = (
    "{ __schema { types { name kind description fields(includeDeprecated: true) { name description args { name "
    "description defaultValue type { name kind ofType { name kind ofType { name } } } } type { name kind ofType { name "
    "kind ofType { name kind ofType { name } } } } } inputFields { name description type { name kind ofType { name } } } "
    "enumValues { name description } possibleTypes { name } } directives { name args { name } } } }"
)
STREAM = "subscription($token: String!) { orderTracking(token: $token) { cursor } }"
EVENTS = "accept: text/event-stream\r\n"

found: Counter[str] = Counter()
LASTS = 5.0  # seconds at most, after which all clients disconnect at once
_HOLDS = 3.0  # seconds that idle clients stay connected


def address(number: int = 0) -> str:
    """One of the addresses of this flood."""
    return f"127.0.{10 + [*FLOODS].index(sys.argv[1])}.{number + 1}"


def note(answer: bytes) -> None:
    """Count an answer by its status or error code."""
    found["answers"] += 1
    for code in ("INTERNAL", "RATE_LIMITED", "QUERY_TOO_COMPLEX", "TOO_MANY_CONNECTIONS", "REQUEST_TIMEOUT"):
        found[code] += code.encode() in answer
    found["bytes"] += len(answer)


async def ask(port: int, *bodies: bytes) -> None:
    """Send requests one after the other, on one connection as long as it lasts."""
    line = await Line.open(port, address())
    for body in bodies:
        await line.send(post(body))
        try:
            note(await line.answer())
        except (asyncio.IncompleteReadError, ConnectionError):
            line = await Line.open(port, address())
    line.close()


async def socket(port: int) -> Line:
    """A WebSocket that is acknowledged."""
    line = await Line.open(port, address())
    await line.send(handshake())
    head = await line.reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head, head
    await line.send(message("connection_init"))
    async for each in line.messages():
        assert b"connection_ack" in each, each
        break
    return line


async def unread(port: int, _token: str) -> None:
    """100 connections that request much and read nothing: sockets, pipelined requests, pings."""

    async def one(number: int) -> None:
        if number % 2:
            line = await socket(port)
            for each in range(30):
                await line.send(message("subscribe", id=str(each), payload={"query": PAGE}))
            if number % 4 == 1:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_HOLDS):
                        await line.send(*(frame(b"x" * 120, 9) * 100 for _ in range(2_000)))
        else:
            line = await Line.open(port, address())
            await line.send(post({"query": PAGE}) * 16)
        lines.append(line)

    lines: list[Line] = []
    for each in await asyncio.gather(*(one(number) for number in range(100)), return_exceptions=True):
        if each is not None:
            found["refused"] += 1
    for line in lines:
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(_HOLDS)


async def introspections(port: int, _token: str) -> None:
    """30 at once on each of 10 sockets, whose answers are read."""

    async def one(number: int) -> None:
        line = await socket(port)
        for each in range(30):
            # The documents differ, so that no answer is cached.
            query = f"query Schema{number}x{each} {INTROSPECTION}"
            await line.send(message("subscribe", id=str(each), payload={"query": query}))
        over = 0
        async for each in line.messages():
            note(each)
            over += b'"complete"' in each or b'"error"' in each
            if over == 30:
                break
        line.close()

    await asyncio.gather(*(one(number) for number in range(10)))


async def filters(port: int, _token: str) -> None:
    """The widest and the deepest filters that fit into a body, 24 in all."""
    fields = " ".join(
        f'a{n}: products(channel: "web", first: 0, filter: $f) {{ totalCount }}' for n in range(6)
    )
    query = f"query($f: ProductFilter) {{ {fields} }}"
    deep: dict[str, object] = {"name": {"contains": "x"}}
    for _ in range(8):
        deep = {"and": [deep, deep]}
    wide = [
        {"slug": {"in": [f"{n:05x}" for n in range(30_000)]}},
        {"or": [{"slug": {"eq": f"{n:05x}"}} for n in range(6_000)]},
        {"and": [{"or": [{"slug": {"in": [f"{n}-{m}" for m in range(25)]}} for n in range(25)]}] * 25},
        deep,
    ]
    bodies = [json.dumps({"query": query, "variables": {"f": each}}).encode() for each in wide]
    await asyncio.gather(*(ask(port, *bodies) for _ in range(6)))


async def fat_documents(port: int, _token: str) -> None:
    """500 different documents of 255 kB, whose text takes four bytes a character."""
    padding = "x" * 254_000

    def body(number: int) -> bytes:
        kinds = (
            "{ me { kind } }",
            "{ nothing }",
            "{ me { kind }",  # a syntax error, found at its end
            '{ channel(code: "😀") { id } }',
        )
        query = f"{kinds[number % 4]} # {number} 😀 {padding}"
        return json.dumps({"query": query}, ensure_ascii=False).encode()

    await asyncio.gather(
        *(ask(port, *(body(number * 50 + each) for each in range(50))) for number in range(10))
    )


async def streams(port: int, token: str) -> None:
    """1,500 event streams."""

    async def one(number: int) -> Line | None:
        try:
            line = await Line.open(port, address())
            await line.send(post({"query": STREAM, "variables": {"token": token}}, JSON + EVENTS))
            answer = await line.reader.read(1_000)
        except ConnectionError:
            found["refused"] += 1
            return None
        note(answer)
        found["open"] += answer.startswith(b"HTTP/1.1 200")
        return line

    lines = []
    for start in range(0, 1_500, 50):
        lines += await asyncio.gather(*(one(start + each) for each in range(50)))
    await asyncio.sleep(_HOLDS)
    for line in lines:
        if line is not None:
            line.close()


async def halves(port: int, _token: str) -> None:
    """200 requests that never end: half heads, half bodies, and some that drip."""
    whole = post({"query": "{ me { kind } }"})
    parts = (whole[:40], whole[:-5], whole[:10], whole[:-20])

    async def one(number: int) -> None:
        line = await Line.open(port, address())
        await line.send(parts[number % 4])
        while number % 8 > 3 and not line.reader.at_eof():
            await asyncio.sleep(0.5)
            if not await line.send(b"x"):
                break
        note(await line.rest())

    await asyncio.gather(*(one(number) for number in range(200)))


async def silence(port: int, _token: str) -> None:
    """1,000 connections that send nothing."""

    async def one(number: int) -> None:
        try:
            note(await (await Line.open(port, address(number % 2))).rest())
        except ConnectionError:
            found["refused"] += 1

    await asyncio.gather(*(one(number) for number in range(1_000)))


async def endless(port: int, _token: str) -> None:
    """Heads and bodies of 100 MB and more, chunks and trailers without end, and pipelined requests."""
    start = b"POST /graphql HTTP/1.1\r\nhost: shop.example\r\ncontent-type: application/json\r\n"
    chunked = start + b"transfer-encoding: chunked\r\n\r\n"
    much = b"x" * 65_536
    kinds: list[tuple[bytes, bytes]] = [
        (b"GET /health/live HTTP/1.1\r\nhost: shop.example\r\nx: ", much),
        (b"GET /health/live HTTP/1.1\r\nhost: shop.example\r\n", b"x: y\r\n" * 10_000),
        (b"GET /", much),
        (chunked, b"10000\r\n" + much + b"\r\n"),
        (chunked + b"1;", much),
        (chunked + b"0\r\n\x78: ", much),
        (b"", get("/health/live") * 1_000),
        (start + b"content-length: 99999999999\r\n\r\n", much),
    ]

    async def one(number: int) -> None:
        first, more = kinds[number % len(kinds)]
        line = await Line.open(port, address())
        await line.send(first, *(more for _ in range(1_600)))
        note(await line.rest())

    await asyncio.gather(*(one(number) for number in range(40)))


FLOODS: dict[str, Callable[[int, str], Awaitable[None]]] = {
    each.__name__: each
    for each in (unread, introspections, filters, fat_documents, streams, halves, silence, endless)
}


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    name, port, token = sys.argv[1:]
    begun = time.perf_counter()
    with contextlib.suppress(TimeoutError):
        asyncio.run(asyncio.wait_for(FLOODS[name](int(port), token), LASTS))
    found["ms"] = round((time.perf_counter() - begun) * 1_000)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
