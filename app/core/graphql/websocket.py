"""GraphQL over WebSocket: the `graphql-transport-ws` protocol, with limits on everything a client sends."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from weakref import WeakSet

import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import (
    NonTextMessageReceived,
    WebSocketDisconnected,
)
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import PingMessage, SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType

from app.core.graphql import prices, renewing
from app.core.graphql.callers import Ended
from app.core.graphql.connections import (
    RETRY_AFTER,
    TOO_MANY,
    Connection,
    Connections,
    TooMany,
    TooSlow,
)
from app.core.graphql.context import Context
from app.core.graphql.encoding import dumps
from app.core.graphql.faults import TooManyTokens
from app.core.graphql.schema import Schema
from app.core.graphql.socket_messages import read_message
from app.core.graphql.turns import REFUSE_AFTER
from app.core.refusals import Refusal, ServiceBusy

INIT_WITHIN = timedelta(seconds=5)
OPERATIONS = 30  # concurrent operations on one socket
FINISH_WITHIN = 5.0  # seconds for running operations to finish after the caller may start no more
# "Try again later": clients reconnect. They treat most codes from 4400 on as final, but not 4403.
TRY_LATER = 1013
RESTARTING = 1012
IDLE = 1000
FORBIDDEN = 4403
HELD = "ordergraph.socket"  # the key of a socket's context in its scope

_log = structlog.get_logger("websocket")

MakeContext = Callable[[WebSocket, dict[str, Any]], Awaitable[Context]]


class _Adapter(ASGIWebSocketAdapter):
    """Accepts only JSON objects, and disconnects a client that does not read."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        try:
            while self.ws.application_state != WebSocketState.DISCONNECTED:
                message = await self._received()
                if message is None:
                    return
                yield message
                message.clear()  # release the message's content before waiting for the next
        except WebSocketDisconnect:
            return

    async def _received(self) -> dict[str, Any] | None:
        """The next message; None after the client has disconnected."""
        frame = await self.ws.receive()
        if frame["type"] == "websocket.disconnect":
            return None
        if frame.get("text") is None:
            raise NonTextMessageReceived
        return read_message(frame["text"])

    async def send_json(self, message: Mapping[str, object]) -> None:
        held: _SocketContext = self.ws.scope[HELD]
        connection, written = held.connection, dumps(message)
        if held.made is not None:
            held.made.take(prices.of_answer(len(written), _paid_for(message)))
        try:
            await connection.send(self.ws.send_text(written.decode()))
        except TooSlow as error:
            _log.info("websocket.slow_reader_closed")
            await self.close(TRY_LATER, "Too slow: reconnect with your last cursor")
            raise WebSocketDisconnected from error
        except (WebSocketDisconnect, RuntimeError) as error:
            # Starlette raises RuntimeError on a socket that is already closed.
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        if self.ws.application_state != WebSocketState.DISCONNECTED:
            try:
                async with asyncio.timeout(1):
                    await self.ws.close(code, reason)
            except (TimeoutError, RuntimeError, WebSocketDisconnect):
                return


def _paid_for(message: Mapping[str, object]) -> int:
    """The points that an operation has paid according to its response; 0 for
    later events of a subscription.
    """
    payload = message.get("payload")
    extensions = payload.get("extensions") if isinstance(payload, dict) else None
    return int(extensions["cost"]["spent"]) if extensions and "cost" in extensions else 0


class _Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Ends an operation silently when its client has gone, and the socket when its caller may not use it."""

    context: "_SocketContext"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._closing: asyncio.Task[None] | None = None
        self._lasting: set[asyncio.Task[Any]] = set()  # the running subscriptions
        self.context.handler = self
        self.context.connection.is_at_work = lambda: bool(self.operations)
        self.context.connection.rest = self.rest

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if self._closing is not None:
            return  # no further operation starts
        if self.connection_acknowledged and len(self.operations) >= OPERATIONS:
            text = f"This WebSocket already runs {OPERATIONS} operations. Wait until one of them ends."
            error = GraphQLError(text, extensions={"code": "TOO_MANY_OPERATIONS"})
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
            return
        await super().handle_subscribe(message)

    async def handle_ping(self, message: PingMessage) -> None:
        token = renewing.token_in(message)
        if token is None:
            await super().handle_ping(message)
        elif (told := await renewing.renew(self.context, self.context.connections, token)) is not None:
            await self.send_message({"type": "pong", "payload": told})

    async def run_operation(self, operation: "Operation[Any, Any]") -> None:
        try:
            await super().run_operation(operation)
        except WebSocketDisconnected:
            return

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):
            _log.error("websocket.bug", error=type(error).__name__, exc_info=error)

    def lasts(self, task: asyncio.Task[Any]) -> None:
        """Mark the task's operation as a subscription, which does not end by itself."""
        if self._closing is not None:
            task.cancel()
        self._lasting.add(task)
        task.add_done_callback(self._lasting.discard)

    def rest(self) -> None:
        """Close the socket because nothing has run on it for a long time."""
        if self._closing is None:
            closing = self.websocket.close(
                IDLE, ("Closed because no operation was running: connect again when needed")
            )
            self._closing = asyncio.ensure_future(closing)

    def lose(self, ended: Ended) -> None:
        """The caller may no longer use the socket."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._end(ended))

    async def _end(self, ended: Ended) -> None:
        """Stop the subscriptions, give queries and mutations time to finish, and close the socket."""
        for task in self._lasting:
            task.cancel()
        running = {each.task for each in self.operations.values() if each.task is not None} - self._lasting
        if running:
            await asyncio.wait(running, timeout=FINISH_WITHIN)
        await self.websocket.close(FORBIDDEN, ended.message)


class WebSocketEndpoint(GraphQL[Any, Any]):
    """The WebSocket endpoint `/graphql`."""

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
        closing: list[asyncio.Task[None]] = []  # references that keep the tasks from being collected

        def end() -> None:
            closing.append(asyncio.ensure_future(_close(send)))

        scope[HELD] = context = _SocketContext(self.make_context, self._connections)
        address = (scope.get("client") or ("",))[0]
        context.connection = Connection(address, end, context.lose)
        try:
            with self._connections.held(context.connection):
                await super().__call__(scope, receive, send)
        except TooMany as error:
            await asyncio.sleep(REFUSE_AFTER)
            await WebSocket(scope, receive, send).send_denial_response(_too_many(error))
        finally:
            scope.pop(HELD)
            context.forget()

    async def get_context(self, request: Request | WebSocket, response: Any) -> "_SocketContext":
        assert isinstance(request, WebSocket)
        context: _SocketContext = request.scope[HELD]
        context.socket = request
        return context

    async def on_ws_connect(self, context: Any) -> UnsetType | dict[str, object] | None:
        """Identify the caller from the payload of `connection_init`; nothing else of it is kept."""
        params, context.connection_params = context.connection_params, {}
        try:
            made = await self.make_context(context.socket, params)
            made.belongs_to(await self._connections.identify(context.connection, made.credential))
        except ServiceBusy as error:
            await context.socket.close(TRY_LATER, error.message)
            raise ConnectionRejectionError({"message": error.message}) from error
        except Refusal as error:
            raise ConnectionRejectionError({"message": error.message}) from error
        except (TooMany, TooManyTokens) as error:
            await context.socket.close(TRY_LATER, str(error))
            raise ConnectionRejectionError from error
        context.made = made
        return UNSET


def _too_many(error: TooMany) -> JSONResponse:
    """The response to a client that may not open another socket."""
    extensions = {"code": TOO_MANY, "retryAfter": RETRY_AFTER}
    body = {"errors": [{"message": str(error), "extensions": extensions}]}
    return JSONResponse(body, 429, headers={"Retry-After": str(RETRY_AFTER)})


async def _close(send: Any) -> None:
    """Close a socket because the server stops; clients then reconnect to another server."""
    reason = "The server is restarting: reconnect with your last cursor"
    with contextlib.suppress(OSError, RuntimeError):  # it is closed already
        await send({"type": "websocket.close", "code": RESTARTING, "reason": reason})


class _SocketContext:
    """Holds the socket until `connection_init` identifies the caller;
    creates the context of each operation.
    """

    connection: Connection
    handler: _Handler
    socket: WebSocket

    def __init__(self, make_context: MakeContext, connections: Connections) -> None:
        self.connection_params: dict[str, Any] = {}
        self.connections = connections
        self.made: Context | None = None
        self._make_context = make_context
        self._running = WeakSet[Context]()  # the contexts of the operations

    async def make_context(self, token: str) -> Context:
        return await self._make_context(self.socket, {"authorization": token})

    def belongs_to(self, made: Context) -> None:
        """Use another token of the same account, also for the operations that are running."""
        self.made = made
        for context in self._running:
            context.credential = made.credential
            context.belongs_to(made.caller)

    def lose(self, ended: Ended) -> None:
        self.handler.lose(ended)

    def forget(self) -> None:
        """Break the reference cycles of this object, so that its memory is freed at once."""
        self.connection.is_at_work = self.connection.rest = None
        self.__dict__.clear()

    def for_operation(self) -> Context:
        """The context of the operation that the current task runs."""
        task = asyncio.current_task()
        assert self.made is not None
        assert task is not None
        context = self.made.for_operation()
        context.stream = _Running(self.handler, task)
        self._running.add(context)
        return context


class _Running:
    """The notices about one operation of a socket."""

    __slots__ = ("_handler", "_task")

    def __init__(self, handler: _Handler, task: asyncio.Task[Any]) -> None:
        self._handler = handler
        self._task = task

    async def begin(self) -> None:
        self._handler.lasts(self._task)

    async def send_cursor(self, cursor: str) -> None:
        """Does nothing: the protocol has no message for it."""
