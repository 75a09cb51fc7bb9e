"""Request handling around all endpoints: request id, log line, and the response to unexpected errors."""

import logging
import re
import time

import structlog
import uuid_utils
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.database import failures
from app.core.header_fields import header
from app.core.refusals import ServiceBusy

_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}\Z")
_log = structlog.get_logger("http")


def _busy(error: Exception) -> JSONResponse:
    """The response if the database is temporarily unavailable."""
    busy = error if isinstance(error, ServiceBusy) else failures.busy(error)
    body = {"errors": [{"message": busy.message, "extensions": {"code": "SERVICE_BUSY"}}]}
    return JSONResponse(body, 503, {"Retry-After": str(busy.retry_after)})


class RequestLog:
    """Gives each request an id, which logs, error responses and the `X-Request-ID` header share."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        request_id = given if _ID.match(given) else str(uuid_utils.uuid7())
        scope.setdefault("state", {})["request_id"] = request_id
        start = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            if isinstance(error, ServiceBusy) or failures.is_passing(error):
                if status:
                    raise
                await _busy(error)(scope, receive, send_with_id)
                return
            _log.error("http.bug", request_id=request_id, error=type(error).__name__, exc_info=error)
            if status:
                raise
            body = {
                "errors": [
                    {
                        "message": ("An internal error occurred. Include the request ID when you report it."),
                        "extensions": {"code": "INTERNAL", "requestId": request_id},
                    }
                ]
            }
            await JSONResponse(body, 500)(scope, receive, send_with_id)
        finally:
            if _log.is_enabled_for(logging.DEBUG):
                _log.debug(
                    "http.request",
                    request_id=request_id,
                    method=scope["method"],
                    # The path of a link to a page contains a secret.
                    path=re.sub(r"^/(track|supplier|print)/.*", r"/\1/…", scope["path"]),
                    status=status,
                    ms=round((time.perf_counter() - start) * 1000, 1),
                )
