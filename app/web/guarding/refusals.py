"""Responses to requests that the application never sees, as bytes for the connection."""

import json
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

from app.web.guarding import bounds


@dataclass(frozen=True)
class Refusal:
    """A response after which the connection is closed, with the same body as other refused requests."""

    status: int
    code: str
    message: str
    retry_after: int | None = None

    @cached_property
    def answer(self) -> bytes:
        extensions: dict[str, object] = {"code": self.code}
        fields = [
            "content-type: application/json; charset=utf-8",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "connection: close",
        ]
        if self.retry_after is not None:
            extensions["retryAfter"] = self.retry_after
            fields.append(f"retry-after: {self.retry_after}")
        body = json.dumps({"errors": [{"message": self.message, "extensions": extensions}]}).encode()
        fields.append(f"content-length: {len(body)}")
        head = "\r\n".join((f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", *fields, "", ""))
        return head.encode("ascii") + body


MALFORMED = Refusal(400, "BAD_REQUEST", "This is not a valid HTTP/1.1 request.")
HOST = Refusal(400, "BAD_REQUEST", ("A request over HTTP/1.1 must have exactly one Host header field."))
LINE_TOO_LONG = Refusal(
    414,
    "REQUEST_TOO_LARGE",
    f"The request target is longer than {bounds.LONGEST_LINE} bytes. Send the document with POST.",
)
HEAD_TOO_LARGE = Refusal(
    431,
    "REQUEST_TOO_LARGE",
    f"The request line and header fields are larger than {bounds.LARGEST_HEAD} bytes in total.",
)
SOCKET_LINE_TOO_LONG = Refusal(
    431,
    "REQUEST_TOO_LARGE",
    "The target or a header field of a request for a WebSocket is longer than "
    f"{bounds.LONGEST_SOCKET_LINE} bytes.",
)
TOO_MANY_FIELDS = Refusal(
    431, "REQUEST_TOO_LARGE", f"The request has more than {bounds.MOST_FIELDS} header fields."
)
BODY_TOO_LARGE = Refusal(
    413, "REQUEST_TOO_LARGE", ("The request body is too large. Split it into several requests.")
)
HEAD_TOO_SLOW = Refusal(
    408, "REQUEST_TIMEOUT", f"The header fields did not arrive within {bounds.HEAD_WITHIN:g} seconds."
)
BODY_TOO_SLOW = Refusal(
    408,
    "REQUEST_TIMEOUT",
    (
        f"The body did not arrive within {bounds.BODY_WITHIN:g} seconds, or arrived at less than "
        f"{bounds.BODY_RATE:g} bytes per second."
    ),
)
TOO_MANY_OF_ADDRESS = Refusal(
    429,
    "TOO_MANY_CONNECTIONS",
    "Too many connections are open from this address. Close some of them.",
    bounds.RETRY_AFTER,
)
TOO_MANY = Refusal(
    503,
    "SERVICE_BUSY",
    "The server has reached its maximum number of connections. Nothing was changed; try again.",
    bounds.RETRY_AFTER,
)
