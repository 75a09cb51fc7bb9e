"""Waits for subscriptions of this process, so that an event that a test causes afterwards is delivered to them."""

import asyncio

from app.core.journal import feed


def waiting() -> int:
    """The number of subscriptions that wait for their next event."""
    return sum(each._waiter is not None for found in feed.current().watches.values() for each in found)


async def until_waiting(count: int = 1) -> None:
    """Wait until so many subscriptions have read what there was and wait for more."""
    async with asyncio.timeout(30):
        while waiting() < count:
            await asyncio.sleep(0.005)
