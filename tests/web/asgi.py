"""In-process clients of the application that control when they read and when they disconnect."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

ADDRESS = "10.0.0.1"


def _scope(kind: str, address: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": kind, "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (address, 1), "server": ("test", 80), "http_version": "1.1", "asgi": {"version": "3.0"},
    }  # fmt: skip


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.005)


async def post(application: httpx.ASGITransport, body: bytes, credential: str | None) -> tuple[int, Any]:
    """The status and the JSON of an answer, without a client library."""
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    if credential is not None:
        headers["authorization"] = f"Bearer {credential}"
    scope = {**_scope("http", ADDRESS, headers), "method": "POST", "scheme": "http"}
    waiting: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []
    is_over = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop()
        await is_over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await application.app(scope, receive, send)
    is_over.set()
    return sent[0]["status"], json.loads(b"".join(each.get("body", b"") for each in sent))


class Client:
    """A client of an event stream."""

    def __init__(
        self, application: httpx.ASGITransport, credential: str | None, address: str = ADDRESS
    ) -> None:
        self._app, self._credential, self._address = application.app, credential, address
        self.sent: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._leaves = asyncio.Event()

    def ask(self, query: str, headers: tuple[tuple[str, str], ...] = (), **variables: Any) -> "Client":
        body = json.dumps({"query": query, "variables": variables}).encode()
        given = {"content-type": "application/json", "accept": "text/event-stream", **dict(headers)}
        if self._credential is not None:
            given["authorization"] = f"Bearer {self._credential}"
        scope = {**_scope("http", self._address, given), "method": "POST", "scheme": "http"}
        self._body: bytes | None = body
        self.task = asyncio.ensure_future(self._app(scope, self._receive, self._send))
        return self

    async def _receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._leaves.set()

    @property
    def received(self) -> bytes:
        return b"".join(each.get("body", b"") for each in self.sent)

    @property
    def is_answered(self) -> bool:
        return any(each["type"] == "http.response.body" and not each.get("more_body") for each in self.sent)

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    def leave(self) -> None:
        self._leaves.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        await _until(holds)

    async def ends(self) -> None:
        async with asyncio.timeout(20):
            await self.task


class Socket:
    """A client of a WebSocket."""

    def __init__(
        self, application: httpx.ASGITransport, credential: str | None, address: str = ADDRESS
    ) -> None:
        self._credential = credential
        self._sends: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answer: dict[str, Any] = {}  # to the handshake, if it was refused
        self.received: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        scope = {
            **_scope("websocket", address, {}), "scheme": "ws", "subprotocols": ["graphql-transport-ws"],
            "extensions": {"websocket.http.response": {}},
        }  # fmt: skip
        self._sends.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(application.app(scope, self._sends.get, self._send))

    async def _send(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.received.append(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.closed = (message["code"], message.get("reason") or "")
            self._sends.put_nowait({"type": "websocket.disconnect", "code": message["code"]})
        elif message["type"].startswith("websocket.http.response"):
            self.answer |= message

    def send(self, **message: Any) -> None:
        self._sends.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def begin(self) -> "Socket":
        """Send the credential, which the server may refuse."""
        payload = {} if self._credential is None else {"token": self._credential}
        self.send(type="connection_init", payload=payload)
        await _until(lambda: bool(self.received or self.closed or self.answer))
        return self

    def ask(self, id: str, query: str, **variables: Any) -> None:
        self.send(type="subscribe", id=id, payload={"query": query, "variables": variables})

    def of(self, id: str) -> list[dict[str, Any]]:
        """The messages that answer an operation."""
        return [each for each in self.received if each.get("id") == id]

    def leave(self) -> None:
        self._sends.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def until(self, holds: Callable[[], bool]) -> None:
        await _until(holds)

    async def ends(self) -> None:
        async with asyncio.timeout(20):
            await self.task
