"""Connections to localstripe that are lost, before a request arrives or after its work is done.

localstripe ignores idempotency keys, so they are kept here: a request with a known key is answered with the
first response, as Stripe does.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import h11
import httpx

from tests.closing import stop_accepting


@dataclass
class Unreliable:
    """Counts what is done, and what is lost."""

    target: str
    url: str = ""
    lost: float = 0.25  # share of the responses that are lost after the work
    unsent: float = 0.05  # share of the requests that do not arrive
    done: Counter[str] = field(
        default_factory=Counter
    )  # requests that reached localstripe, by last path segment
    losses: int = 0
    repeats: int = 0
    _answers: dict[str, httpx.Response] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _chance: random.Random = field(default_factory=lambda: random.Random(5))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, or close the connection."""
        try:
            request, body = await self._request(reader)
            if self._chance.random() < self.unsent:
                self.losses += 1
                return
            answer = await self._answer(request, body)
            if self._chance.random() < self.lost:
                self.losses += 1
                return
            to_client = h11.Connection(h11.SERVER)
            to_client.receive_data(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            to_client.next_event()
            headers = [
                ("content-type", "application/json"),
                ("content-length", str(len(answer.content))),
                ("connection", "close"),
            ]
            for event in (
                h11.Response(status_code=answer.status_code, headers=headers),
                h11.Data(data=answer.content),
                h11.EndOfMessage(),
            ):
                writer.write(to_client.send(event) or b"")
            await writer.drain()
        except (ConnectionError, h11.RemoteProtocolError):
            self.losses += 1  # the caller was killed
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _request(self, reader: asyncio.StreamReader) -> tuple[h11.Request, bytes]:
        from_client, request, body = h11.Connection(h11.SERVER), None, b""
        while True:
            event = from_client.next_event()
            if event is h11.NEED_DATA:
                from_client.receive_data(await reader.read(65_536))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                if request is None:
                    raise ConnectionResetError
                return request, body

    async def _answer(self, request: h11.Request, body: bytes) -> httpx.Response:
        given = {name.decode().lower(): value.decode() for name, value in request.headers}
        key = given.get("idempotency-key", "")
        if not key:
            return await self._send(request, given, body)
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key in self._answers:
                self.repeats += 1
            else:
                self._answers[key] = await self._send(request, given, body)
            return self._answers[key]

    async def _send(self, request: h11.Request, given: dict[str, str], body: bytes) -> httpx.Response:
        method, path = request.method.decode(), request.target.decode()
        if method == "POST":
            self.done[path.rpartition("/")[2]] += 1
        headers = {name: given[name] for name in ("authorization", "content-type") if name in given}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            return await client.request(method, self.target + path, content=body, headers=headers)


@asynccontextmanager
async def losing(target: str) -> AsyncIterator[Unreliable]:
    """Serve it on a port of this machine."""
    between = Unreliable(target)
    running: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await between.serve(reader, writer)
        finally:
            running.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    between.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield between
    finally:
        await stop_accepting(server)
        await server.wait_closed()
        if running:
            await asyncio.wait(running)
