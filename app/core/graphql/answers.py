"""Responses of the HTTP endpoint: media types, compression and caching headers."""

import asyncio
import math
import zlib
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from app.core.graphql.accepting import json_type
from app.core.graphql.encoding import dumps, dumps_in_pieces
from app.core.graphql.faults import BadRequest
from app.core.graphql.public_cache import Answer
from app.core.header_fields import list_header
from app.core.refusals import ServiceBusy

LEVEL = 4  # of 9: 90 % of the saving in a third of the time
IN_A_THREAD = 64_000  # bytes above which compression runs in a thread, so that other requests do not wait


def media_type_of(request: Request) -> str:
    return json_type(list_header(request.scope, b"accept"))


class Answers:
    """Writes responses.

    Bodies of at least `compress_from` bytes are compressed for clients that accept gzip; 0 turns it off.
    """

    def __init__(self, compress_from: int) -> None:
        self.compress_from = compress_from

    async def json(
        self,
        request: Request,
        body: object,
        status: int = 200,
        media_type: str = "",
        count: Callable[[int], None] | None = None,
        *,
        is_large: bool = False,
    ) -> Response:
        """A response for this caller only. `count` is called with its size in bytes."""
        content = await dumps_in_pieces(body) if is_large and isinstance(body, dict) else dumps(body)
        if count is not None:
            count(len(content))
        headers = {"Cache-Control": "no-store"}
        if self._wants_gzip(request, content):
            content = await _compressed(content)
            headers.update({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
        media_type = media_type or media_type_of(request)
        return Response(content, status, media_type=f"{media_type}; charset=utf-8", headers=headers)

    async def failed(self, request: Request, error: BadRequest) -> Response:
        """The response to a request that was refused before it ran, in the requested media type."""
        extensions: dict[str, str | float] = {"code": error.code}
        if error.wait is not None:
            extensions["retryAfter"] = error.wait
        body = {"errors": [{"message": error.message, "extensions": extensions}]}
        answer = await self.json(request, body, error.status)
        if error.wait is not None:
            answer.headers["Retry-After"] = str(math.ceil(error.wait))
        if error.status == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        if error.status == 503:
            answer.headers["Retry-After"] = str(ServiceBusy.retry_after)
        if error.status == 405:
            answer.headers["Allow"] = "POST" if request.method == "GET" else "GET, POST"
        return answer

    async def public(self, request: Request, kept: Answer) -> Response:
        """A response that caches may store if they revalidate it for each request."""
        headers = {
            "ETag": kept.etag,
            "Cache-Control": "public, no-cache",
            "Vary": "Accept, Accept-Encoding, Authorization",
        }
        asked = list_header(request.scope, b"if-none-match")
        if asked and kept.is_named_by(asked):
            return Response(status_code=304, headers=headers)
        content = kept.body
        if self._wants_gzip(request, content):
            if kept.compressed is None:
                kept.compressed = await _compressed(content)
            content = kept.compressed
            headers["Content-Encoding"] = "gzip"
        return Response(content, media_type=f"{kept.media_type}; charset=utf-8", headers=headers)

    def _wants_gzip(self, request: Request, content: bytes) -> bool:
        return 0 < self.compress_from <= len(content) and takes_gzip(
            list_header(request.scope, b"accept-encoding")
        )


def takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` names gzip and does not refuse it (`gzip;q=0`)."""
    for part in accepted.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def _compressed(content: bytes) -> bytes:
    if len(content) < IN_A_THREAD:
        return _gzip(content)
    return await asyncio.to_thread(_gzip, content)


def _gzip(content: bytes) -> bytes:
    return zlib.compress(content, LEVEL, wbits=16 + zlib.MAX_WBITS)
