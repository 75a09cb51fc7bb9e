"""The buses that wake the event feeds of other processes."""

import asyncio

import pytest

from app.core.bus import Bus
from app.core.bus.postgres import PostgresBus
from app.core.bus.redis import RedisBus
from tests import services


def _buses() -> tuple[Bus, Bus]:
    return RedisBus(services.redis_url()), RedisBus(services.redis_url())


@pytest.mark.divided
@pytest.mark.parametrize("kind", ["redis", "postgres"])
async def test_a_published_message_wakes_the_listeners_of_other_processes(kind: str):
    if kind == "redis":
        publisher, listener = _buses()
    else:
        url = await asyncio.to_thread(services.postgres_url)
        publisher, listener = PostgresBus(url), PostgresBus(url)
    woken = asyncio.Event()
    await listener.listen(woken.set)
    await publisher.listen(lambda: None)
    for _ in range(50):  # a subscription takes a moment to reach Redis
        await publisher.publish()
        try:
            await asyncio.wait_for(woken.wait(), 0.1)
            break
        except TimeoutError:
            continue
    assert woken.is_set()
    await publisher.close()
    await listener.close()


async def test_an_unavailable_bus_raises_no_error():
    bus = RedisBus("redis://127.0.0.1:1/0")
    await bus.listen(lambda: None)
    await bus.publish()
    await bus.close()
