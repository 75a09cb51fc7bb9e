"""Checks the tracking links of open subscriptions.

A subscription would notice only at the order's next event that its link was revoked. So each link that is
followed in this process is checked once a second, however many subscriptions follow it, with a few statements
for all of them.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator
from contextvars import Context

import structlog

from app.core.ids import fingerprint
from app.orders import queries

LOOK_EVERY = 1.0  # seconds: a subscription of a revoked link ends within two
AT_ONCE = 500  # links per statement; other work runs between two statements

End = Callable[[], object]
_followed: dict[str, set[End]] = {}  # by the hash of the link's token
_looking: asyncio.Task[None] | None = None
_log = structlog.get_logger("links")


@contextlib.contextmanager
def followed(token: str, end: End) -> Iterator[None]:
    """Check a link repeatedly for the duration of the block; `end` is called when it is revoked."""
    global _looking
    link = fingerprint(token)
    _followed.setdefault(link, set()).add(end)
    if _looking is None:
        # An empty context, because the task outlives the request that starts it.
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
            # The database may be unavailable for a moment; keep the last known state.
            _log.warning("links.look_failed", error=type(error).__name__)


async def _look_again(links: list[str]) -> None:
    for start in range(0, len(links), AT_ONCE):
        for link in await queries.links_revoked(links[start : start + AT_ONCE]):
            _end(_followed.get(link, ()))


def _end(ends: Collection[End]) -> None:
    for end in list(ends):
        end()
