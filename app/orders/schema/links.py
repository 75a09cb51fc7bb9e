"""The tracking links that somebody follows, asked anew for as long as they do.

A stream of a link would notice only at the order's next event that the link was revoked. So every link that
is followed in this process is looked at once a second, however many follow it, and all by a few statements.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator
from contextvars import Context

import structlog

from app.core.ids import fingerprint
from app.orders import queries

LOOK_EVERY = 1.0  # seconds: a stream of what is revoked has ended after two
AT_ONCE = 500  # links looked at by one statement: others run between two of them

End = Callable[[], object]
_followed: dict[str, set[End]] = {}  # by the fingerprint of the link's token
_looking: asyncio.Task[None] | None = None
_log = structlog.get_logger("links")


@contextlib.contextmanager
def followed(token: str, end: End) -> Iterator[None]:
    """Look at a link again and again for the length of the block; `end` is called once it is revoked."""
    global _looking
    link = fingerprint(token)
    _followed.setdefault(link, set()).add(end)
    if _looking is None:
        # An empty context: it is no request's own, and outlives the one that began it.
        loop = asyncio.get_running_loop()
        _looking = loop.create_task(_look_again_and_again(), context=Context())
    try:
        yield
    finally:
        ends = _followed.get(link, set())
        ends.discard(end)
        if not ends:
            _followed.pop(link, None)
        if not _followed and _looking is not None:
            _looking.cancel()
            _looking = None


async def _look_again_and_again() -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            await _look_again(list(_followed))
        except Exception as error:
            # The database may be away for a moment; nothing new can be told meanwhile.
            _log.warning("links.look_failed", error=type(error).__name__)


async def _look_again(links: list[str]) -> None:
    for start in range(0, len(links), AT_ONCE):
        for link in await queries.links_revoked(links[start : start + AT_ONCE]):
            _end(_followed.get(link, ()))


def _end(ends: Collection[End]) -> None:
    for end in list(ends):
        end()
