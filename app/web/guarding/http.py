"""HTTP connections with limits before a request reaches the application and after its response was sent."""

import asyncio
from enum import Enum
from math import inf
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.web.guarding import bounds, refusals, websocket
from app.web.guarding.guard import guard
from app.web.guarding.reading import Reader, give_up_on_unread
from app.web.guarding.refusals import Refusal


class Stage(Enum):
    """What a connection is waiting for."""

    REQUEST = 1  # the first byte of a request
    HEAD = 2  # the rest of its head
    BODY = 3  # the rest of its body


class _Stop(Exception):
    """Stops parsing of further data."""


class GuardedHttp(HttpToolsProtocol):
    """Refuses requests that are too large, too slow or too many, and closes the connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard()
        self._idle = self._guard.idle
        self._reader = Reader()
        self._stage = Stage.REQUEST
        self._due = inf  # deadline for what is waited for
        self._since = 0.0  # start of the body
        self._bytes = 0  # bytes of this head or body, counted by reads
        self._read = 0  # bytes being parsed
        self._refusal: Refusal | None = None
        self._is_deaf = False  # further data is discarded
        self._dropped = 0
        self._running: RequestResponseCycle | None = None  # the request being answered

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        give_up_on_unread(transport)
        self._refusal = self._guard.admit(self, self.client)
        within = bounds.HEAD_WITHIN if self._refusal is None else bounds.REFUSED_WITHIN
        self._due = self.loop.time() + within

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._is_gone()
        self._guard.leave(self)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            self._drop(data)
            return
        self._unset_keepalive_if_required()
        self._read = len(data)
        self._bytes += self._read
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            if not self._is_deaf:
                self._refuse(self._refusal or refusals.MALFORMED)
        else:
            if self._stage is Stage.HEAD and self._bytes > bounds.LARGEST_HEAD:
                self._refuse(refusals.HEAD_TOO_LARGE)
            elif self._stage is Stage.BODY and self._bytes > self._guard.most_bytes:
                self._refuse(refusals.BODY_TOO_LARGE)

    def _drop(self, data: bytes) -> None:
        """Discard some further data, so that the client can read its response."""
        self._dropped += len(data)
        if self._dropped > bounds.MOST_DROPPED:
            self.transport.pause_reading()

    def _upgrade(self) -> None:
        if not self._should_upgrade():
            return  # answered like any other request
        if self._is_answering() or not websocket.can_read(self.url, self.headers):
            self._refuse(refusals.SOCKET_LINE_TOO_LONG)
            return
        self.handle_websocket_upgrade()
        self._guard.hand_over(self, websocket.of(self.transport))

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._idle.pop(self, None)
        self._stage = Stage.HEAD
        self._bytes = 0
        if self._refusal is None:
            self._due = self.loop.time() + bounds.HEAD_WITHIN

    def on_headers_complete(self) -> None:
        self._refusal = self._refusal or self._found_in_head()
        if self._refusal is None and len(self.pipeline) >= bounds.MOST_PIPELINED:
            self._end_after_answers()
            raise _Stop
        if self._refusal is not None:
            raise _Stop
        super().on_headers_complete()
        if not self.parser.should_upgrade():
            self.headers = []  # the request has its own list; trailers of the body are discarded
        self._stage = Stage.BODY
        self._bytes = 0
        self._since = self.loop.time()
        self._due = self._since + bounds.BODY_GRACE

    def _found_in_head(self) -> Refusal | None:
        """The refusal of a request because of its head, if any."""
        names = [name for name, _ in self.headers]
        if len(self.url) > bounds.LONGEST_LINE:
            return refusals.LINE_TOO_LONG
        if len(names) > bounds.MOST_FIELDS:
            return refusals.TOO_MANY_FIELDS
        if self._bytes + self._read > bounds.LARGEST_HEAD and self._size() > bounds.LARGEST_HEAD:
            return refusals.HEAD_TOO_LARGE
        hosts = names.count(b"host")
        if hosts != 1 and (hosts or self.parser.get_http_version() == "1.1"):
            return refusals.HOST
        if b"content-length" in names:
            _, length = self.headers[names.index(b"content-length")]
            if int(length) > self._guard.most_bytes:
                return refusals.BODY_TOO_LARGE
        return None

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stage = Stage.REQUEST
        if self.cycle is None or self.cycle.response_complete:
            self._wait_for_next()
        else:
            self._due = inf

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.cycle.response_complete:
            return
        if self._stage is Stage.REQUEST:
            self._wait_for_next()
        elif self._stage is Stage.BODY:
            self._due = min(self._due, self.loop.time() + bounds.REST_WITHIN)

    def _wait_for_next(self) -> None:
        self._due = self.loop.time() + bounds.IDLE_WITHIN
        self._idle[self] = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _is_answering(self) -> bool:
        """Whether a request is not completely answered."""
        return self.cycle is not None and not self.cycle.response_complete

    # Time limits

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reader.caught_up()

    def look(self, now: float) -> None:
        if self.flow.write_paused or self.transport.is_closing():
            if self._reader.is_stuck(self.transport, now):
                self._abort()
        elif now >= self._due:
            self._overdue(now)

    def _overdue(self, now: float) -> None:
        taken = now - self._since
        if self._is_deaf or self._stage is Stage.REQUEST:
            self.transport.close()
        elif self._stage is Stage.HEAD:
            self._refuse(self._refusal or refusals.HEAD_TOO_SLOW)
        elif self.flow.read_paused:
            self._since += now - self._due  # the server is not reading at the moment
            self._due = now
        elif self._is_answering() and taken < bounds.BODY_WITHIN and self._bytes >= taken * bounds.BODY_RATE:
            self._due = now
        else:
            self._refuse(refusals.BODY_TOO_SLOW)

    # Closing

    def _refuse(self, refusal: Refusal) -> None:
        """Answer a request that is not passed to the application, or no further, and close."""
        is_answering = self._is_answering()
        if self._stage is not Stage.BODY:
            if is_answering:
                self._end_after_answers()
            else:
                self._answer_last(refusal)
        elif not is_answering:
            self._linger()  # its response was sent
        elif self.pipeline or self.cycle.response_started:
            self._abort()
        else:
            self._is_gone()
            self._answer_last(refusal)

    def _answer_last(self, refusal: Refusal) -> None:
        self.transport.write(refusal.answer)
        self._linger()

    def _linger(self) -> None:
        """Stop sending, and close a little later.

        Closing at once while the client still sends causes a reset, and the client may lose the response.
        """
        self._is_deaf, self._due = True, self.loop.time() + bounds.REST_WITHIN
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _abort(self) -> None:
        self._is_gone()
        self.transport.abort()

    def _is_gone(self) -> None:
        """Notify the application that the client has disconnected, and write no more of the response."""
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def _end_after_answers(self) -> None:
        """Close when the earlier requests are answered; discard further data."""
        self._is_deaf, self._due = True, inf
        self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        self._refuse(refusals.MALFORMED)

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: a client could fill the log."""
