"""WebSocket connections with limits below the protocol."""

import asyncio
from typing import Any, cast

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from app.web.guarding import bounds
from app.web.guarding.guard import guard
from app.web.guarding.reading import Reader


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """Stops reading from a client that does not read, and disconnects it after a while."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reader = Reader()
        self._pings = 0

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        guard().leave(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()  # each ping that is read causes a pong

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reader.caught_up()
        if not self.read_paused:
            self.transport.resume_reading()

    async def receive(self) -> ASGIReceiveEvent:
        message = await super().receive()
        if not self.writable.is_set():
            self.transport.pause_reading()
        return message

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), bounds.SLICE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + bounds.SLICE])

    def handle_ping(self) -> None:
        self._pings += 1
        if self._pings > bounds.MOST_PINGS:
            self._fail("Too many pings")
        elif not self.transport.is_closing():
            super().handle_ping()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= bounds.MOST_FRAGMENTS:
            self._fail("Too many fragments")
        else:
            super().handle_cont(event)

    def _fail(self, reason: str) -> None:
        if not self.transport.is_closing():
            self.conn.fail(1008, reason)
            self.handle_parser_exception()

    def look(self, now: float) -> None:
        self._pings = 0
        is_waiting = not self.writable.is_set() or self.transport.is_closing()
        if is_waiting and self._reader.is_stuck(self.transport, now):
            self.disconnected = True  # stop writing
            self.transport.abort()


def can_read(target: bytes, fields: list[tuple[bytes, bytes]]) -> bool:
    """Whether the lines of a head are short enough for the WebSocket library."""
    longest = max(len(name) + len(value) for name, value in fields)
    return max(len(target), longest) <= bounds.LONGEST_SOCKET_LINE


def of(transport: asyncio.Transport) -> GuardedWebSocket:
    """The protocol of an upgraded connection."""
    return cast(GuardedWebSocket, transport.get_protocol())
