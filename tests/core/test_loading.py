"""A load shared by several tasks continues if one of them is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from app.core.loading import Loaders


async def doubled(keys: list[int]) -> list[int]:
    await asyncio.sleep(0)
    return [2 * key for key in keys]


class Thing:
    number = 21


async def level(roots: Sequence[Any], info: Any) -> list[int]:
    await asyncio.sleep(0)
    return [2 * root.number for root in roots]


THING = Thing()
LOADS: dict[str, Callable[[Loaders], Awaitable[int]]] = {
    "by key": lambda loaders: loaders.load(doubled, 21),
    "for a level": lambda loaders: loaders.at_level(level, None, THING, {}),
}


@pytest.mark.parametrize("load", LOADS)
async def test_cancelling_one_waiting_task_does_not_cancel_the_load_of_the_others(load: str):
    loaders = Loaders()

    async def wait() -> int:
        return await LOADS[load](loaders)

    first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 42
    assert first.cancelled()
    assert await wait() == 42
