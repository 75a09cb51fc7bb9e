"""Many clients that subscribe at one server, over event streams and sockets, from several addresses."""

import asyncio
import json
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.servers import Server

PER_ADDRESS = 150
ON_A_SOCKET = 25


class Listener(asyncio.Protocol):
    """A client of an event stream that stores what it receives."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.received = b""
        loop = asyncio.get_running_loop()
        self.is_answered: asyncio.Future[None] = loop.create_future()
        self.is_over: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.is_answered.done() and b"\r\n:\n\n" in self.received:
            self.is_answered.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        for each in (self.is_answered, self.is_over):
            if not each.done():
                each.set_result(None)


class Crowd:
    """The clients of one server, from one address or from as many as are needed."""

    def __init__(self, server: Server, token: str, address: str = "") -> None:
        self._server, self._token, self._address = server, token, address
        self.listeners: list[Listener] = []
        self.sockets: list[ClientConnection] = []

    async def listen(self, count: int, query: str, variables: dict[str, Any]) -> None:
        """Open event streams; each is answered before this returns."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = (
            f"POST /graphql HTTP/1.1\r\nhost: localhost:{self._server.port}\r\nauthorization: Bearer {self._token}\r\n"
            "accept: text/event-stream\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode() + body
        for start in range(0, count, 100):
            opening = [self._listener(request) for _ in range(min(100, count - start))]
            made = await asyncio.gather(*opening)
            await asyncio.gather(*(each.is_answered for each in made))

    async def _listener(self, request: bytes) -> Listener:
        address = self._address or f"127.0.1.{len(self.listeners) // PER_ADDRESS + 1}"
        listener = Listener(request)
        self.listeners.append(listener)
        await asyncio.get_running_loop().create_connection(
            lambda: listener, "127.0.0.1", self._server.port, local_addr=(address, 0)
        )
        return listener

    async def subscribe(self, count: int, query: str, variables: dict[str, Any]) -> None:
        """Subscribe over sockets, several on each; the server has read all of it before this returns."""
        payload = {"query": query, "variables": variables}
        for start in range(0, count, ON_A_SOCKET):
            socket = await websockets.connect(
                self._server.url.replace("http", "ws") + "/graphql",
                subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
                compression=None,
                local_addr=(self._address or f"127.0.2.{len(self.sockets) // PER_ADDRESS + 1}", 0),
            )
            self.sockets.append(socket)
            await socket.send(json.dumps({"type": "connection_init", "payload": {"token": self._token}}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            for number in range(min(ON_A_SOCKET, count - start)):
                await socket.send(json.dumps({"id": str(number), "type": "subscribe", "payload": payload}))

    async def leave(self) -> None:
        """Disconnect all at once: some close their connection, most abort it."""
        for listener in self.listeners:
            listener.transport.abort()
        for index, socket in enumerate(self.sockets):
            if index % 2:
                socket.transport.abort()
        await asyncio.gather(*(socket.close() for index, socket in enumerate(self.sockets) if index % 2 == 0))
        self.listeners, self.sockets = [], []
