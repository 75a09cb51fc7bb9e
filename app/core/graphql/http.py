"""GraphQL over HTTP: POST and GET, JSON and Server-Sent Events.

Follows the GraphQL-over-HTTP draft: `application/graphql-response+json` carries request errors as 400,
`application/json` answers 200 to any well-formed request. Subscriptions stream as the `graphql-sse`
protocol's distinct connections.
"""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from app.core.graphql import documents, persisted
from app.core.graphql.context import Context
from app.core.graphql.encoding import dumps
from app.core.graphql.public_cache import Answer, PublicCache, kinds_of
from app.core.graphql.schema import Schema
from app.core.journal import feed, stamps

RESPONSE_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
EVENT_STREAM = "text/event-stream"
REFUSE_AFTER = 0.25  # seconds before who has spent too much is told so: whoever asks on and on, asks slower
KEEP_ALIVE = 12.0  # seconds between comments on a quiet stream, so that proxies keep it open

PublicKey = tuple[bytes, bool]
MakeContext = Callable[[Request], Awaitable[Context]]


class BadRequest(Exception):
    """A request that is not GraphQL over HTTP."""

    def __init__(self, message: str, status: int = 400, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class Endpoint:
    """The HTTP side of `/graphql`."""

    def __init__(
        self, schema: Schema, make_context: MakeContext, max_body: int, trusted_documents: str = ""
    ) -> None:
        self.schema = schema
        self.make_context = make_context
        self.max_body = max_body
        self._public = PublicCache()
        self._trusted = persisted.trusted(trusted_documents)

    async def __call__(self, request: Request) -> Response:
        key = _public_key(request)
        if key is not None:
            kept = self._public.find(key)
            if kept is not None:
                return _public_answer(request, kept)
        try:
            asked = await self._asked(request)
            context = await self.make_context(request)
        except BadRequest as error:
            return _failed(error)
        if EVENT_STREAM in request.headers.get("accept", ""):
            return await self._stream(request, asked, context)
        return await self._answer(request, asked, context)

    async def _asked(self, request: Request) -> Asked:
        if request.method == "GET":
            return self._read(_from_query(request))
        if request.method != "POST":
            raise BadRequest("Use GET or POST.", 405)
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != PLAIN_JSON:
            # Also what keeps a form on another site from sending a mutation.
            raise BadRequest("Send the request as application/json.", 415)
        try:
            body = await self._body(request)
            refuse_nul(body)
            return self._read(orjson.loads(body))
        except orjson.JSONDecodeError as error:
            raise BadRequest("The body is not JSON.") from error

    def _read(self, body: Any) -> Asked:
        if isinstance(body, dict) and body.get("extensions"):
            try:
                body["query"] = persisted.document_of(body.get("query"), body["extensions"], self._trusted)
            except persisted.UnknownDocument as error:
                message = "This document is not known here: send its text along."
                raise BadRequest(message, 200, "PERSISTED_QUERY_NOT_FOUND") from error
            except persisted.WrongHash as error:
                raise BadRequest("`persistedQuery` is not the SHA-256 of the document, version 1.") from error
        return _read(body)

    async def _body(self, request: Request) -> bytes:
        chunks, size = [], 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > self.max_body:
                    raise BadRequest(f"The body is larger than {self.max_body} bytes.", 413)
                chunks.append(chunk)
        except ClientDisconnect as error:
            raise BadRequest("The body ended early.") from error
        return b"".join(chunks)

    async def _answer(self, request: Request, asked: Asked, context: Context) -> Response:
        before = stamps.now()
        allowed = {OperationType.QUERY}
        if request.method == "POST":
            allowed.add(OperationType.MUTATION)
        try:
            result = await self.schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=allowed,
            )
        except MissingQueryError:
            return _failed(BadRequest("The request has no query."))
        except CannotGetOperationTypeError:
            return _failed(BadRequest("The document has no operation of that name."))
        except InvalidOperationTypeError as error:
            return _failed(_wrong_type(error, request.method))
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [error.formatted for error in result.errors]
        never_ran = result.errors and isinstance(result, PreExecutionError)
        if never_ran:
            del body["data"]
        media_type = RESPONSE_JSON if RESPONSE_JSON in request.headers.get("accept", "") else PLAIN_JSON
        key = _public_key(request)
        if key is not None and not result.errors:
            kept = self._kept(key, asked, body, media_type, before)
            if kept is not None:
                return _public_answer(request, kept)
        if result.extensions:
            body["extensions"] = result.extensions
        wait = _wait_of(result.errors) if never_ran else None
        if wait is not None:
            await asyncio.sleep(min(wait, REFUSE_AFTER))
        refused = 400 if wait is None else 429
        answer = _json(body, refused if never_ran and media_type == RESPONSE_JSON else 200, media_type)
        if wait is not None:
            answer.headers["Retry-After"] = str(math.ceil(wait))
        return answer

    def _kept(
        self, key: PublicKey, asked: Asked, body: dict[str, Any], media_type: str, before: Counter[str]
    ) -> Answer | None:
        """The answer as it is kept for other visitors, None if it is nobody else's."""
        document = documents.parsed(asked.query)
        kinds = kinds_of(self.schema._schema, document, asked.operation_name) if document else None
        if kinds is None:
            return None
        stamp = tuple(before[kind] for kind in kinds)
        return self._public.keep(key, orjson.dumps(body), media_type, kinds, stamp)

    async def _stream(self, request: Request, asked: Asked, context: Context) -> Response:
        try:
            results = await self.schema.stream(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=(
                    {OperationType.QUERY, OperationType.SUBSCRIPTION}
                    if request.method == "GET"
                    else set(OperationType)
                ),
            )
            first = await anext(aiter(results), None)
        except (MissingQueryError, CannotGetOperationTypeError):
            return _failed(BadRequest("The document has no such operation."))
        except InvalidOperationTypeError as error:
            return _failed(_wrong_type(error, request.method))
        if isinstance(first, PreExecutionError):
            status = 400 if _wait_of(first.errors) is None else 429
            return _json({"errors": [error.formatted for error in first.errors or ()]}, status, PLAIN_JSON)
        return StreamingResponse(
            _frames(first, results, context),
            media_type=EVENT_STREAM,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _wait_of(errors: list[GraphQLError] | None) -> float | None:
    """The seconds that a caller has to wait who has spent too much."""
    codes = [error.extensions or {} for error in errors or ()]
    return next((float(each["retryAfter"]) for each in codes if each.get("code") == "RATE_LIMITED"), None)


def _public_key(request: Request) -> PublicKey | None:
    """What tells one public read from another; None for whatever else is asked."""
    if request.method != "GET" or "authorization" in request.headers:
        return None
    accept = request.headers.get("accept", "")
    return None if EVENT_STREAM in accept else (request.scope["query_string"], RESPONSE_JSON in accept)


def _public_answer(request: Request, kept: Answer) -> Response:
    # `no-cache` lets everyone keep it and has them ask each time whether it still holds.
    headers = {"ETag": kept.etag, "Cache-Control": "public, no-cache", "Vary": "Accept, Authorization"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if kept.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(kept.body, media_type=f"{kept.media_type}; charset=utf-8", headers=headers)


async def _frames(first: Any, results: Any, context: Context) -> AsyncIterator[bytes]:
    """The stream's frames, with a comment now and then while nothing happens.

    The generator is left when the client goes away, and ends by itself when the server stops.
    """
    stopping = asyncio.ensure_future(feed.current().stopping.wait())
    pending: asyncio.Future[Any] | None = None
    try:
        if first is not None:
            yield _frame(first, context.event_id)
        while True:
            pending = pending or asyncio.ensure_future(anext(aiter(results), None))
            await asyncio.wait({pending, stopping}, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
            if pending.done():
                result, pending = pending.result(), None
                if result is None:
                    break
                yield _frame(result, context.event_id)
            elif stopping.done():
                return  # closed without `complete`: clients reconnect with their last cursor
            else:
                yield b":\n\n"
        yield b"event: complete\ndata:\n\n"
    finally:
        stopping.cancel()
        if pending is not None:
            pending.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await pending
        await results.aclose()


def _frame(result: Any, event_id: str | None) -> bytes:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    head = f"id: {event_id}\n".encode() if event_id else b""
    return head + b"event: next\ndata: " + dumps(body) + b"\n\n"


def refuse_nul(body: bytes) -> None:
    """Raises BadRequest for a text with the character U+0000, which PostgreSQL cannot store."""
    if b"\\u0000" in body or b"\x00" in body:
        raise BadRequest("The character U+0000 cannot be stored.")


def _from_query(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = dict(request.query_params)
    for value in given.values():
        refuse_nul(value.encode())
    for name in ("variables", "extensions"):
        if given.get(name):
            try:
                given[name] = orjson.loads(given[name])
            except orjson.JSONDecodeError as error:
                raise BadRequest(f"`{name}` is not JSON.") from error
        else:
            given.pop(name, None)
    return given


def _read(body: Any) -> Asked:
    if not isinstance(body, dict):
        raise BadRequest("The body must be one JSON object with a `query`; batches are not taken.")
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("`query` must be a GraphQL document.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("`variables` must be an object.")
    if name is not None and not isinstance(name, str):
        raise BadRequest("`operationName` must be a string.")
    if body.get("extensions") is not None and not isinstance(body["extensions"], dict):
        raise BadRequest("`extensions` must be an object.")
    return Asked(query, variables, name or None)


def _wrong_type(error: InvalidOperationTypeError, method: str) -> BadRequest:
    if error.operation_type is OperationType.SUBSCRIPTION:
        return BadRequest(f"Ask for a subscription with `Accept: {EVENT_STREAM}` or over a WebSocket.", 406)
    return BadRequest(f"Only queries can be sent by {method}; send this by POST.", 405)


def _json(body: dict[str, Any], status: int, media_type: str) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        media_type=f"{media_type}; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _failed(error: BadRequest) -> Response:
    body = {"errors": [{"message": error.message, "extensions": {"code": error.code}}]}
    return _json(body, error.status, PLAIN_JSON)
