"""Responses as Server-Sent Events: the distinct connections mode of the `graphql-sse` protocol."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import PreExecutionError

from app.core.graphql.answers import Answers
from app.core.graphql.callers import Ended
from app.core.graphql.connections import RETRY_AFTER, TOO_MANY, Connection, Connections, TooMany, TooSlow
from app.core.graphql.context import Context
from app.core.graphql.encoding import dumps
from app.core.graphql.faults import (
    EVENT_STREAM,
    REFUSED,
    BadRequest,
    RequestFault,
    busy_request,
    fault_of,
)
from app.core.graphql.turns import REFUSE_AFTER
from app.core.refusals import ServiceBusy, Unauthenticated

STOP_WITHIN = 1.0  # seconds that a client may take to accept the end of a stream when the server stops

HEADERS = (
    (b"content-type", f"{EVENT_STREAM}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)

Results = AsyncGenerator[Any, None]
_log = structlog.get_logger("event_stream")


class EventStream(Response):
    """Streams the results of one operation for as long as the client listens.

    A subscription's response starts at once, before the first event. A request that cannot be executed gets
    an ordinary error response. When the server stops, or the caller's permissions have changed, the stream
    ends without `complete`, and clients reconnect with their last cursor. When the token is no longer
    accepted, the stream ends with `complete`.
    """

    def __init__(
        self,
        connections: Connections,
        answers: Answers,
        request: Request,
        context: Context,
        execute: Callable[[], Awaitable[Results]],
    ) -> None:
        self.background = None
        self._connections = connections
        self._answers = answers
        self._request = request
        self._context = context
        self._execute = execute
        self._is_open = False  # headers were sent, and the stream has not ended
        self._lasts = False  # it is a subscription, which ends only when somebody ends it
        self._is_stopping = False
        self._lost: Ended | None = None  # why the caller may no longer listen
        self._told: str | None = None  # the cursor that was last sent to the client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection = Connection(self._context.address, self._stop, self._lose, self._beat)
        self._context.stream = self
        try:
            with self._connections.held(self._connection):
                asked = self._connections.identify(self._connection, self._context.credential)
                self._context.belongs_to(await asked)
                await self._run()
        except TooMany as error:
            await asyncio.sleep(REFUSE_AFTER)
            extensions = {"code": TOO_MANY, "retryAfter": RETRY_AFTER}
            await self._refuse([GraphQLError(str(error), extensions=extensions)])
        except ServiceBusy as error:  # the caller cannot be identified now
            await self._answer(await self._answers.failed(self._request, busy_request(error)))
        except Unauthenticated as error:
            fault = BadRequest(error.message, 401, error.error_code.value.upper())
            await self._answer(await self._answers.failed(self._request, fault))
        finally:
            self._context.stream = None
            del self._connection  # break the reference cycle, so that both are freed at once

    async def begin(self) -> None:
        """The operation is a subscription that passed all checks: send the headers."""
        await self._start()
        self._may_be_stopped()

    async def send_cursor(self, cursor: str) -> None:
        """Send the cursor from which the client resumes if it reconnects before the first event."""
        if not self._is_open:
            return
        self._told = cursor
        with suppress(TooSlow):  # the first frame detects a client that does not read
            await self._connection.send(self._write(f"id: {cursor}\n\n".encode()))

    async def _run(self) -> None:
        running = asyncio.ensure_future(self._frames())
        left = asyncio.ensure_future(self._left())
        try:
            await asyncio.wait({running, left, self._ended}, return_when=asyncio.FIRST_COMPLETED)
            if left.done() and not running.done():
                async with self._connections.ending():
                    await _cancelled(running)
            await _cancelled(running)
            if self._is_open and not left.done():
                was_cut = running.cancelled() and self._lost is not None
                await self._finish(left, _ended(self._lost) if was_cut and self._lost else b"")
        finally:
            await _cancelled(running)
            await _cancelled(left)
        if not running.cancelled() and (error := running.exception()) is not None:
            raise error

    async def _left(self) -> None:
        """Wait until the client has disconnected or the response has ended."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _frames(self) -> None:
        try:
            async with aclosing(await self._execute()) as results:
                async for result in results:
                    is_busy = self._context.is_busy
                    if not self._is_open:
                        if isinstance(result, PreExecutionError) or (
                            is_busy and is_unanswered(result.data, self._context)
                        ):
                            await self._refuse(result.errors or [])
                            return
                        await self._start()
                    if is_busy and self._lasts:
                        # Without its cursor and without `complete`: the client reconnects for what it missed.
                        await self._connection.send(self._write(_frame(result, None)))
                        return
                    self._told = self._context.event_id
                    frame = _frame(result, self._told)
                    self._context.answered(len(frame))
                    await self._connection.send(self._write(frame))
            await self._connection.send(self._write(b"event: complete\ndata:\n\n"))
        except REFUSED as error:
            fault = fault_of(error) or BadRequest("This cannot be executed.")
            await self._answer(await self._answers.failed(self._request, fault))
        except TooSlow:
            _log.info("event_stream.slow_reader_let_go")

    async def _refuse(self, errors: list[GraphQLError]) -> None:
        """Send the error response for a stream that was not started."""
        for error in errors:
            if isinstance(error, RequestFault):
                await self._answer(await self._answers.failed(self._request, error.fault))
                return
        wait = wait_of(errors)
        body = {"errors": [error.formatted for error in errors]}
        status = 503 if self._context.is_busy else 400 if wait is None else 429
        answer = await self._answers.json(self._request, body, status)
        if wait is not None:
            answer.headers["Retry-After"] = str(math.ceil(wait))
        await self._answer(answer)

    async def _answer(self, answer: Response) -> None:
        await answer(self._scope, self._receive, self._send)

    async def _start(self) -> None:
        """Send the headers and a comment, because proxies hold back headers without a body."""
        await self._send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        self._is_open = True
        await self._write(b":\n\n")

    async def _beat(self) -> None:
        """Send a comment with the cursor up to which the subscription has processed events."""
        if not self._is_open:
            return
        passed = self._context.passed
        head = f"id: {passed}\n".encode() if passed and passed != self._told else b""
        self._told = passed or self._told
        await self._write(head + b":\n\n")

    async def _write(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def _finish(self, left: "asyncio.Future[None]", words: bytes) -> None:
        """Send the end of the stream. Waits for a slow client until it disconnects or the server stops."""
        self._is_open = False
        self._may_be_stopped()
        end = self._send({"type": "http.response.body", "body": words, "more_body": False})
        last = asyncio.ensure_future(end)
        await asyncio.wait({last, left, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        if not last.done() and not left.done():
            await asyncio.wait({last, left}, timeout=STOP_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        await _cancelled(last)

    def _stop(self) -> None:
        """The server stops. A query or mutation runs to its end first."""
        self._is_stopping = True
        self._end_what_lasts()

    def _lose(self, ended: Ended) -> None:
        """The caller may no longer listen. A query or mutation runs to its end first."""
        self._lost = ended
        self._end_what_lasts()

    def _may_be_stopped(self) -> None:
        """Nothing is left to finish; only future events would be missed."""
        self._lasts = True
        if self._is_stopping or self._lost is not None:
            self._end_what_lasts()

    def _end_what_lasts(self) -> None:
        if self._lasts and not self._ended.done():
            self._ended.set_result(None)


async def _cancelled(task: "asyncio.Future[None]") -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    await asyncio.wait({task})


def wait_of(errors: list[GraphQLError] | None) -> float | None:
    """Seconds that a caller must wait who has spent too many points or holds too many connections."""
    found = ((error.extensions or {}).get("retryAfter") for error in errors or ())
    return next((float(each) for each in found if each is not None), None)


def is_unanswered(data: dict[str, Any] | None, context: Context) -> bool:
    """Whether a response has no data and nothing was stored, so that the request can be repeated."""
    return not context.has_stored and all(value is None for value in (data or {}).values())


def _frame(result: Any, event_id: str | None) -> bytes:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    head = f"id: {event_id}\n".encode() if event_id else b""
    return head + b"event: next\ndata: " + dumps(body) + b"\n\n"


def _ended(why: Ended) -> bytes:
    """The message for a caller that may no longer listen. Without `complete` if it may reconnect."""
    body = {"errors": [{"message": why.message, "extensions": {"code": why.code}}]}
    complete = b"event: complete\ndata:\n\n" if why.is_final else b""
    return b"event: next\ndata: " + dumps(body) + b"\n\n" + complete
