"""CORS: what pages of other origins may send and read."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

# Response headers that scripts may read: entity tag, retry time, and request id.
READABLE = ("ETag", "Retry-After", "X-Request-Id")


def middleware(origins: tuple[str, ...]) -> Middleware:
    """Lets scripts of the given origins (`*` for any) call the API.

    They may send any headers. Clients and monitoring libraries add their own (`apollographql-client-name`,
    `traceparent`, `baggage`, `sentry-trace`, …), and one that is not listed would block every request of the
    shop. No header grants access without a secret that the page has: there are no cookies.
    """
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=list(READABLE),
        max_age=3600,
    )
