"""What pages of other origins may send and read."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

# Answers' headers that a script may read: what tells one answer from another, when to ask again, and
# which request to quote.
READABLE = ("ETag", "Retry-After", "X-Request-Id")


def middleware(origins: tuple[str, ...]) -> Middleware:
    """Lets scripts of the given origins (`*` for any) call the API.

    They may send whatever headers they like. Clients and monitoring libraries add their own
    (`apollographql-client-name`, `traceparent`, `baggage`, `sentry-trace`, …), and one that is not listed
    would stop every request of the shop. No header here gives a right without a secret that the page has:
    there are no cookies.
    """
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=list(READABLE),
        max_age=3600,
    )
