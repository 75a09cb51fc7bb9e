"""Clients that take too long to send a request or to read an answer are disconnected; slow ones are not."""

import asyncio

import pytest

from app.web.guarding import bounds
from tests.web.floods.lines import JSON, Line, frame, get, handshake, post
from tests.web.guarding.conftest import Guarded
from tests.web.guarding.hurried import HEAD_WITHIN
from tests.web.guarding.test_requests import CHUNKED, code_of, read

pytestmark = pytest.mark.divided  # limits below the application, which does not reach its database

WHOLE = post({"query": "{ me { kind } }"})
BODY = len(WHOLE.split(b"\r\n\r\n")[1])
SCRIPT = "/static/graphiql/graphiql.min.js"

UNFINISHED = {
    "nothing": (b"", b"", None),
    "an empty line": (b"\r\n", b"", None),
    "empty lines": (b"", b"\r\n", None),
    "half a line": (b"GET / HT", b"", 408),
    "half a head": (b"GET / HTTP/1.1\r\nhost: x\r\n", b"", 408),
    "a head sent line by line": (b"GET / HTTP/1.1\r\nhost: x\r\n", b"x: y\r\n", 408),
    "no body": (WHOLE[:-BODY], b"", 408),
    "half a body": (WHOLE[:-3], b"", 408),
    "a body sent byte by byte": (post(b"x" * 5_000)[:-4_990], b"x", 408),
    "half a chunk": (CHUNKED + b"ff\r\nxxxx", b"", 408),
    "chunks of one byte": (CHUNKED, b"1\r\nx\r\n", 408),
    "a body that waits for 100 Continue": (WHOLE[:-BODY].replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n"), b"", 408),
    "half a handshake": (handshake()[:-2], b"", 408),
    "half a request after a whole one": (WHOLE + WHOLE[:30], b"", 408),
    "a whole request": (WHOLE, b"", 200),
}  # fmt: skip


async def _until_disconnected(guarded: Guarded, first: bytes, drop: bytes) -> bytes:
    """The last answer to a client that sends something and then small pieces, until the server closes."""
    line = await guarded.line()
    begun = asyncio.get_running_loop().time()
    await line.send(first)
    closed = asyncio.ensure_future(line.rest())
    async with asyncio.timeout(60):
        while not closed.done():
            if drop:
                await line.send(drop)
            await asyncio.wait({closed}, timeout=0.3)
    assert asyncio.get_running_loop().time() - begun > 0.5
    line.close()
    return (await closed).rpartition(b"HTTP/1.1 ")[2]


async def test_an_unfinished_request_is_answered_and_the_connection_closed(guarded: Guarded):
    tried = await asyncio.gather(
        *(_until_disconnected(guarded, first, drop) for first, drop, _ in UNFINISHED.values())
    )
    last = dict(zip(UNFINISHED, tried, strict=True))
    told = {name: int(answer[:3]) if answer else None for name, answer in last.items()}
    assert told == {name: status for name, (_, _, status) in UNFINISHED.items()}
    codes = {code_of(b"HTTP/1.1 " + last[name]) for name, status in told.items() if status == 408}
    assert codes == {(408, "REQUEST_TIMEOUT")}


async def test_a_body_sent_slowly_but_steadily_is_accepted(guarded: Guarded):
    line = await guarded.line()
    padded = post(b'{"query": "{ me { kind } }"}' + b" " * 4_000, JSON + "connection: close\r\n")
    for start in range(0, len(padded), 300):
        await line.send(padded[start : start + 300])
        await asyncio.sleep(0.1)
    assert read(await line.rest())[1]["data"] == {"me": {"kind": "PUBLIC"}}
    line.close()


async def test_an_idle_connection_may_wait_longer_than_the_time_for_a_head(guarded: Guarded):
    line = await guarded.line()
    for _ in range(2):
        await line.send(WHOLE)
        assert b"PUBLIC" in await line.answer()
        await asyncio.sleep(HEAD_WITHIN + 0.2)
    line.close()


async def _pings(line: Line) -> None:
    """Pings without end, of which no pong is read."""
    await line.send(*(frame(b"x" * 120, 9) * 500 for _ in range(2_000)))


async def test_a_client_that_does_not_read_is_disconnected(guarded: Guarded):
    before = guarded.memory()
    asked, pinged, streamed = [await guarded.line() for _ in range(3)]
    for line in (asked, pinged, streamed):
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asked.send(get(SCRIPT) * 12)
    await streamed.send(get(SCRIPT, "connection: close\r\n"))
    await pinged.send(handshake())
    pinging = asyncio.ensure_future(_pings(pinged))
    for line in (asked, pinged, streamed):
        await guarded.until_closed(line)
        line.close()
    pinging.cancel()
    assert guarded.memory() - before < 40_000_000


async def test_a_client_that_reads_slowly_gets_everything(guarded: Guarded):
    whole = await guarded.answer_to(get(SCRIPT, "connection: close\r\n"))
    line = await Line.open(guarded.server.port, guarded.address(), limit=20_000)
    await line.send(get(SCRIPT) * 5 + get(SCRIPT, "connection: close\r\n"))
    got, begun = 0, asyncio.get_running_loop().time()
    while part := await line.reader.read(40_000):
        got += len(part)
        if asyncio.get_running_loop().time() - begun < 5:
            await asyncio.sleep(0.05)
    assert got > len(whole) * 5
    line.close()


async def test_pings_of_a_socket_are_answered_and_too_many_close_it(guarded: Guarded):
    line = await guarded.line()
    await line.send(handshake())
    await line.reader.readuntil(b"\r\n\r\n")
    await line.send(frame(b"there?", 9))
    assert await line.reader.readexactly(8) == b"\x8a\x06there?"
    await line.send(frame(b"", 9) * 5_000)
    said = await line.rest()
    assert b"\x03\xf0Too many pings" in said and said.count(b"\x8a\x00") < 2_000
    line.close()


async def test_a_message_with_too_many_fragments_closes_the_socket(guarded: Guarded):
    line = await guarded.line()
    await line.send(handshake())
    await line.reader.readuntil(b"\r\n\r\n")
    await line.send(
        frame(b"", 1, is_last=False), *(frame(b"", 0, is_last=False) for _ in range(bounds.MOST_FRAGMENTS))
    )
    said = await line.rest()
    assert b"\x03\xf0Too many fragments" in said  # 1008
    line.close()
