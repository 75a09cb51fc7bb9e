"""GraphQL over WebSocket: the `graphql-transport-ws` protocol, bounded on every side."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from starlette.requests import Request
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import (
    NonJsonMessageReceived,
    NonTextMessageReceived,
    WebSocketDisconnected,
)
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.types.unset import UNSET, UnsetType

from app.core.graphql.connections import Connection, Connections, TooMany, TooSlow
from app.core.graphql.context import Context
from app.core.graphql.encoding import NotJson, dumps, loads
from app.core.graphql.http import is_writable
from app.core.graphql.schema import Schema
from app.core.refusals import Refusal

INIT_WITHIN = timedelta(seconds=5)
OPERATIONS = 30  # at once on one socket
# "Try again later", which clients do; they take most codes from 4400 on for final.
TOO_SLOW = 1013
RESTARTING = 1012
HELD = "ordergraph.connection"  # where a socket's scope has its connection

_log = structlog.get_logger("websocket")

MakeContext = Callable[[WebSocket, dict[str, Any]], Awaitable[Context]]


class _Adapter(ASGIWebSocketAdapter):
    """Reads only JSON objects, and lets go of a client that does not read."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        try:
            while self.ws.application_state != WebSocketState.DISCONNECTED:
                message = await self.ws.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                if text is None:
                    raise NonTextMessageReceived
                yield _message(text)
        except WebSocketDisconnect:
            return

    async def send_json(self, message: Mapping[str, object]) -> None:
        connection: Connection = self.ws.scope[HELD]
        try:
            await connection.send(self.ws.send_text(dumps(message).decode()))
        except TooSlow as error:
            _log.info("websocket.slow_reader_closed")
            await self.close(TOO_SLOW, "Too slow: reconnect with your last cursor")
            raise WebSocketDisconnected from error
        except (WebSocketDisconnect, RuntimeError) as error:
            # RuntimeError is what Starlette raises on a socket that is already closed.
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        if self.ws.application_state != WebSocketState.DISCONNECTED:
            try:
                async with asyncio.timeout(1):
                    await self.ws.close(code, reason)
            except (TimeoutError, RuntimeError, WebSocketDisconnect):
                return


def _message(text: str) -> dict[str, Any]:
    try:
        message = loads(text.encode())
    except (NotJson, UnicodeEncodeError) as error:
        raise NonJsonMessageReceived from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise NonJsonMessageReceived
    if "id" in message and not isinstance(message["id"], str):
        raise NonJsonMessageReceived
    if message["type"] == "subscribe":
        payload = message.get("payload")
        if (
            not isinstance(payload, dict)
            or not _is_text(payload.get("query"))
            or not isinstance(payload.get("variables") or {}, dict)
            or not _is_text(payload.get("operationName") or "")
            or not _is_text(message.get("id"))
            or not message["id"]
        ):
            raise NonJsonMessageReceived
    return message


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and is_writable(value)


class _Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Ends an operation quietly whose client has gone."""

    async def run_operation(self, operation: "Operation[Any, Any]") -> None:
        try:
            await super().run_operation(operation)
        except WebSocketDisconnected:
            return

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):
            _log.error("websocket.bug", error=type(error).__name__, exc_info=error)


class WebSocketEndpoint(GraphQL[Any, Any]):
    """The WebSocket side of `/graphql`."""

    graphql_transport_ws_handler_class = _Handler
    websocket_adapter_class = _Adapter

    def __init__(
        self,
        schema: Schema,
        make_context: MakeContext,
        connections: Connections,
        origins: tuple[str, ...],
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=INIT_WITHIN,
            max_subscriptions_per_connection=OPERATIONS,
            allowed_origins=origins,
        )
        self.make_context = make_context
        self._connections = connections

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        closing: list[asyncio.Task[None]] = []  # held, so that it is not collected before its end

        def end() -> None:
            closing.append(asyncio.ensure_future(_close(send)))

        connection = scope[HELD] = Connection((scope.get("client") or ("",))[0], end)
        try:
            with self._connections.held(connection):
                await super().__call__(scope, receive, send)
        except TooMany:
            message = "Too many event streams and sockets from this address"
            await WebSocket(scope, receive, send).close(1008, message)

    async def get_context(self, request: Request | WebSocket, response: Any) -> Any:
        assert isinstance(request, WebSocket)
        return _SocketContext(request)

    async def on_ws_connect(self, context: Any) -> UnsetType | dict[str, object] | None:
        """Find out who is calling, from `connection_init`'s payload."""
        try:
            context.made = await self.make_context(context.socket, context.connection_params)
        except Refusal as error:
            raise ConnectionRejectionError({"message": error.message}) from error
        return UNSET


async def _close(send: Any) -> None:
    """Tell a client that the server stops, so that it reconnects elsewhere."""
    reason = "Restarting: reconnect with your last cursor"
    with contextlib.suppress(OSError, RuntimeError):  # it is closed already
        await send({"type": "websocket.close", "code": RESTARTING, "reason": reason})


class _SocketContext:
    """Holds the socket until `connection_init` says who it is; makes each operation its own context."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.connection_params: dict[str, Any] = {}
        self.made: Context | None = None

    def for_operation(self) -> Context:
        assert self.made is not None
        return self.made.for_operation()
