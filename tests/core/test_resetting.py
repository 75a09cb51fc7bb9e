"""Between tests the tables are emptied and the feed starts again."""

import asyncio
from typing import Any

import pytest

from app.core.journal import entry, feed
from tests import make
from tests.ask import Api
from tests.conftest import reset


async def test_a_feed_that_is_reading_starts_again_in_the_emptied_journal(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    await (await make.shop()).sell("A")
    await make.order(("A", 1))
    began, go_on = asyncio.Event(), asyncio.Event()
    read = entry.after_position

    async def slowly(*given: Any) -> Any:
        found = await read(*given)
        began.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(entry, "after_position", slowly)
    feed.current()._last = 0
    feed.poke()
    await began.wait()
    resetting = asyncio.ensure_future(reset())
    await asyncio.sleep(0.05)
    assert not resetting.done()
    monkeypatch.undo()
    go_on.set()
    await resetting
    assert feed.current()._last == 0
