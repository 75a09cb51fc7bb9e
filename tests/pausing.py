"""How slow a busy machine is at present, for tests of how soon something happens."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.races.shop import client


class Pauses:
    """The longest time that a server took for a simple request, in seconds."""

    longest = 0.0

    async def measure(self, url: str) -> None:
        loop = asyncio.get_running_loop()
        async with client() as http:
            while True:
                asked = loop.time()
                await http.get(url + "/health/live")
                self.longest = max(self.longest, loop.time() - asked)
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def pauses(url: str) -> AsyncIterator[Pauses]:
    """Measure a server until the end of the block."""
    measured = Pauses()
    measuring = asyncio.ensure_future(measured.measure(url))
    try:
        yield measured
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)
