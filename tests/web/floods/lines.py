"""Raw connections: requests and WebSocket frames as bytes, and clients that may stop reading."""

import asyncio
import base64
import json
import os
import struct
from collections.abc import AsyncIterator
from typing import Any

JSON = "content-type: application/json\r\n"


def post(body: dict[str, Any] | bytes, fields: str = JSON, path: str = "/graphql") -> bytes:
    """A request with a body."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: shop.example\r\n{fields}content-length: {len(content)}\r\n\r\n"
    return head.encode() + content


def get(path: str, fields: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: shop.example\r\n{fields}\r\n".encode()


def handshake() -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return get(
        "/graphql",
        "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
        f"sec-websocket-key: {key}\r\nsec-websocket-protocol: graphql-transport-ws\r\n",
    )


def frame(content: bytes, kind: int = 1, *, is_last: bool = True) -> bytes:
    """A client's frame: of text, unless another kind is given. Its mask is zero."""
    head = bytes([kind | (0x80 if is_last else 0)])
    if len(content) < 126:
        head += bytes([0x80 | len(content)])
    elif len(content) < 65_536:
        head += bytes([0x80 | 126]) + struct.pack("!H", len(content))
    else:
        head += bytes([0x80 | 127]) + struct.pack("!Q", len(content))
    return head + bytes(4) + content


def message(kind: str, **more: Any) -> bytes:
    """A frame with a message of graphql-transport-ws."""
    return frame(json.dumps({"type": kind, **more}, ensure_ascii=False).encode())


class Line:
    """A connection to a server from an address of this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.received = b""

    @classmethod
    async def open(cls, port: int, address: str, *, limit: int = 65_536) -> "Line":
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0), limit=limit))

    @property
    def port(self) -> int:
        return int(self.writer.get_extra_info("sockname")[1])

    async def send(self, *parts: bytes) -> bool:
        """Send; returns whether all of it was sent before the server closed."""
        try:
            for part in parts:
                if self.reader.at_eof():
                    return False
                self.writer.write(part)
                await self.writer.drain()
        except ConnectionError:
            return False
        return True

    async def answer(self) -> bytes:
        """One answer with a length."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
        return head + await self.reader.readexactly(int(length))

    async def rest(self) -> bytes:
        """All that the server sends until it closes."""
        try:
            while part := await self.reader.read(65_536):
                self.received += part
        except ConnectionError:
            pass
        return self.received

    async def messages(self) -> AsyncIterator[bytes]:
        """The text frames that a server sends; its pings are answered."""
        try:
            while True:
                kind, length = await self.reader.readexactly(2)
                if length == 126:
                    (length,) = struct.unpack("!H", await self.reader.readexactly(2))
                elif length == 127:
                    (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
                content = await self.reader.readexactly(length)
                if kind & 15 == 9:
                    await self.send(frame(content, 10))
                elif kind & 15 == 1:
                    yield content
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    def close(self) -> None:
        self.writer.close()
