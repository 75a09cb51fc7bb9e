"""GraphQL over HTTP: POST and GET, JSON and Server-Sent Events.

Follows the GraphQL-over-HTTP draft: `application/graphql-response+json` returns request errors with status
400, `application/json` returns 200 for any well-formed request. A client that accepts an event stream gets
one, see `event_stream`; if it accepts JSON too, for subscriptions only.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from app.core.graphql import documents, persisted, prices
from app.core.graphql.accepting import (
    PLAIN_JSON,
    RESPONSE_JSON,
    accepts_json,
    accepts_stream,
    json_type,
)
from app.core.graphql.answers import Answers, media_type_of
from app.core.graphql.connections import Connections
from app.core.graphql.context import Context
from app.core.graphql.encoding import NotJson, dumps, dumps_in_pieces, loads
from app.core.graphql.event_stream import EventStream, Results, is_unanswered, wait_of
from app.core.graphql.faults import (
    REFUSED,
    BadRequest,
    TooManyTokens,
    busy_request,
    fault_of,
)
from app.core.graphql.operations import is_subscription
from app.core.graphql.public_cache import Answer, PublicCache, kinds_of
from app.core.graphql.schema import Schema
from app.core.graphql.turns import REFUSE_AFTER
from app.core.header_fields import header, list_header
from app.core.journal import stamps
from app.core.refusals import Refusal, ServiceBusy
from app.engine.graphql.schema import graph_of

PublicKey = tuple[bytes, bool]
# Operations that a request may contain, by its method.
_BY_GET = frozenset({OperationType.QUERY})
_BY_POST = _BY_GET | {OperationType.MUTATION}
MakeContext = Callable[[Request], Awaitable[Context]]


@dataclass(frozen=True, slots=True)
class Asked:
    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class Endpoint:
    """The HTTP endpoint `/graphql`."""

    def __init__(
        self,
        schema: Schema,
        make_context: MakeContext,
        connections: Connections,
        max_body: int,
        trusted_documents: str = "",
        compress_from: int = 0,
        charge: Callable[[Request, int], None] = lambda _request, _cost: None,
    ) -> None:
        """`charge` takes points from the network of a request that was not identified."""
        self.schema = schema
        self.make_context = make_context
        self._connections = connections
        self.max_body = max_body
        self._public = PublicCache()
        self._trusted = persisted.trusted(trusted_documents)
        self._answers = Answers(compress_from)
        self._charge = charge

    async def __call__(self, request: Request) -> Response:
        key = _public_key(request)
        if key is not None:
            kept = self._public.find(key)
            if kept is not None:
                return await self._answers.public(request, kept)
        try:
            asked = await self._asked(request)
            context = await self.make_context(request)
        except BadRequest as error:
            self._charge(request, prices.of_failure(_length_of(request)))
            return await self._answers.failed(request, error)
        except TooManyTokens as error:
            await asyncio.sleep(min(error.wait, REFUSE_AFTER))
            refused = BadRequest(str(error), 429, "RATE_LIMITED", error.wait)
            return await self._answers.failed(request, refused)
        except ServiceBusy as error:  # the caller cannot be identified now
            return await self._answers.failed(request, busy_request(error))
        except Refusal as error:  # the token is not accepted
            self._charge(request, prices.of_failure(_length_of(request)))
            refused = BadRequest(error.message, 401, error.error_code.value.upper())
            return await self._answers.failed(request, refused)
        context.last_event_id = header(request.scope, b"last-event-id") or None
        if _wants_stream(request, asked):
            return self._stream(request, asked, context)
        return await self._answer(request, asked, context)

    async def _asked(self, request: Request) -> Asked:
        if request.method == "GET":
            return self._read(_from_query(request))
        if request.method != "POST":
            raise BadRequest("Use GET or POST.", 405)
        if header(request.scope, b"content-type").split(";")[0].strip().lower() != PLAIN_JSON:
            # Also prevents forms on other sites from sending mutations.
            raise BadRequest("Send the request as application/json.", 415)
        try:
            return self._read(loads(await self._body(request)))
        except NotJson as error:
            raise BadRequest("The body is not JSON.") from error

    def _read(self, body: Any) -> Asked:
        if not isinstance(body, dict):
            raise BadRequest(
                "The body must be a single JSON object with a `query`. Batches are not supported."
            )
        for name in ("query", "operationName"):
            if isinstance(body.get(name), str) and not is_writable(body[name]):
                raise BadRequest(f"`{name}` contains half of a surrogate pair.")
        if body.get("extensions") or body.get("documentId") is not None:
            body["query"] = self._document(body)
        return _read(body)

    def _document(self, body: dict[str, Any]) -> object:
        """The document that a request sends, or names by its hash."""
        given, query, named = body.get("extensions"), body.get("query"), body.get("documentId")
        try:
            if named is not None:
                return persisted.document_by_id(named, query, self._trusted)
            return persisted.document_of(query, given, self._trusted)
        except persisted.UnknownDocument as error:
            # Clients of persisted queries expect 200 here and then send the text.
            status = 200 if named is None else 400
            raise BadRequest(persisted.NOT_FOUND_MESSAGE, status, "PERSISTED_QUERY_NOT_FOUND") from error
        except persisted.WrongHash as error:
            if named is not None:
                message = (
                    "`documentId` must be `sha256:` followed by the SHA-256 of the "
                    "document, and be sent without `query`."
                )
                raise BadRequest(message) from error
            raise BadRequest(
                "`persistedQuery` must have version 1 and the SHA-256 of the document."
            ) from error

    async def _body(self, request: Request) -> bytes:
        chunks, size = [], 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > self.max_body:
                    raise BadRequest(f"The request body is larger than {self.max_body} bytes.", 413)
                chunks.append(chunk)
        except ClientDisconnect as error:
            raise BadRequest("The request body is incomplete.") from error
        return b"".join(chunks)

    async def _answer(self, request: Request, asked: Asked, context: Context) -> Response:
        key = _public_key(request)
        before = stamps.now() if key is not None else Counter()
        try:
            result = await self.schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=_BY_POST if request.method == "POST" else _BY_GET,
            )
        except REFUSED as error:
            return await self._answers.failed(request, _refused(error))
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [error.formatted for error in result.errors]
        never_ran = result.errors and isinstance(result, PreExecutionError)
        if never_ran:
            del body["data"]
        media_type = media_type_of(request)
        if key is not None and not result.errors:
            kept = await self._kept(key, asked, body, media_type, before, context)
            if kept is not None:
                context.answered(len(kept.body))
                return await self._answers.public(request, kept)
        if result.extensions:
            body["extensions"] = result.extensions
        wait = wait_of(result.errors) if never_ran else None
        if wait is not None:
            await asyncio.sleep(min(wait, REFUSE_AFTER))
        refused = 400 if wait is None else 429
        status = refused if never_ran and media_type == RESPONSE_JSON else 200
        if context.is_busy:
            wait = wait or ServiceBusy.retry_after
            if is_unanswered(result.data, context):
                status = 503
        answer = await self._answers.json(
            request, body, status, media_type, context.answered, is_large=context.answers_much
        )
        if wait is not None:
            answer.headers["Retry-After"] = str(math.ceil(wait))
        return answer

    async def _kept(
        self,
        key: PublicKey,
        asked: Asked,
        body: dict[str, Any],
        media_type: str,
        before: Counter[str],
        context: Context,
    ) -> Answer | None:
        """The cached public response; None if the response is not public."""
        document = documents.parsed(asked.query)
        kinds = kinds_of(graph_of(self.schema), document, asked.operation_name) if document else None
        if kinds is None:
            return None
        stamp = tuple(before[kind] for kind in kinds)
        written = await dumps_in_pieces(body) if context.answers_much else dumps(body)
        return self._public.keep(key, written, media_type, kinds, stamp)

    def _stream(self, request: Request, asked: Asked, context: Context) -> Response:
        async def execute() -> Results:
            results: Results = await self.schema.stream(
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
            return results

        return EventStream(self._connections, self._answers, request, context, execute)


def _refused(error: BaseException) -> BadRequest:
    return fault_of(error) or BadRequest("This cannot be executed.")


def _wants_stream(request: Request, asked: Asked) -> bool:
    """Whether the response is an event stream.

    Many clients accept JSON and a stream in every request: they get a stream for a subscription only.
    """
    accept = list_header(request.scope, b"accept")
    if not accepts_stream(accept):
        return False
    return not accepts_json(accept) or is_subscription(asked.query, asked.operation_name)


def _length_of(request: Request) -> int:
    """The content length that the request declares."""
    said = header(request.scope, b"content-length")
    return min(int(said), 10**7) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _public_key(request: Request) -> PublicKey | None:
    """The cache key of a public read; None for other requests."""
    if request.method != "GET" or header(request.scope, b"authorization"):
        return None
    accept = list_header(request.scope, b"accept")
    if accepts_stream(accept) and not accepts_json(accept):
        return None
    return request.scope["query_string"], json_type(accept) == RESPONSE_JSON


def is_writable(text: str) -> bool:
    """Whether a text can be encoded as UTF-8, that is, has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _from_query(request: Request) -> dict[str, Any]:
    raw: bytes = request.scope["query_string"]
    try:
        given: dict[str, Any] = dict(parse_qsl(raw.decode(), keep_blank_values=True, errors="strict"))
    except (UnicodeDecodeError, ValueError) as error:
        raise BadRequest("The query string is not UTF-8.") from error
    for name in ("variables", "extensions"):
        if given.get(name):
            try:
                given[name] = loads(given[name].encode())
            except NotJson as error:
                raise BadRequest(f"`{name}` is not JSON.") from error
        else:
            given.pop(name, None)
    return given


def _read(body: dict[str, Any]) -> Asked:
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
