"""The buses that wake other processes."""

import asyncio

import pytest

from app.core.bus import Bus
from app.core.bus.postgres import PostgresBus
from app.core.bus.redis import RedisBus
from tests import services


def _buses() -> tuple[Bus, Bus]:
    return RedisBus(services.redis_url()), RedisBus(services.redis_url())


@pytest.mark.parametrize("kind", ["redis", "postgres"])
async def test_a_word_from_one_process_wakes_the_others(kind: str):
    if kind == "redis":
        speaker, listener = _buses()
    else:
        url = await asyncio.to_thread(services.postgres_url)
        speaker, listener = PostgresBus(url), PostgresBus(url)
    woken = asyncio.Event()
    await listener.listen(woken.set)
    await speaker.listen(lambda: None)
    for _ in range(50):  # a subscription takes a moment to reach Redis
        await speaker.publish()
        try:
            await asyncio.wait_for(woken.wait(), 0.1)
            break
        except TimeoutError:
            continue
    assert woken.is_set()
    await speaker.close()
    await listener.close()


async def test_a_bus_that_is_away_stops_nothing():
    bus = RedisBus("redis://127.0.0.1:1/0")
    await bus.listen(lambda: None)
    await bus.publish()
    await bus.close()
