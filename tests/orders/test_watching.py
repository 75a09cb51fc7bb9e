"""What many watch is read once, however many they are."""

import asyncio
from typing import Any

import pytest

from app.access import service as access
from app.core.graphql.context import Context
from app.inventory import queries as stock
from app.orders import queries
from app.schema import schema
from app.settings import settings
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all

WATCHERS = 6
STREAMS = {
    "ordersUpdated": "subscription { ordersUpdated { order { number status total { amount } } } }",
    "stockLevelUpdated": "subscription { stockLevelUpdated { onHand reserved } }",
}


@pytest.mark.parametrize("name", STREAMS)
async def test_one_event_is_one_read_for_all_who_watch(api: Api, monkeypatch: pytest.MonkeyPatch, name: str):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    credential = await make.token()
    await feed_has_read_all()
    reads: list[Any] = []

    def counting(original: Any) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            reads.append(args)
            return await original(*args, **kwargs)

        return call

    monkeypatch.setattr(queries, "orders_by_id", counting(queries.orders_by_id))
    monkeypatch.setattr(stock, "with_expired", counting(stock.with_expired))

    async def watch() -> dict[str, Any]:
        actor = await access.identify(credential)
        context = Context(actor=actor, settings=settings(), identify=access.identify, credential=credential)
        stream = await schema.subscribe(STREAMS[name], context_value=context)
        result = await anext(aiter(stream))
        assert not result.errors
        return dict(result.data)

    watching = [asyncio.create_task(watch()) for _ in range(WATCHERS)]
    await asyncio.sleep(0.3)  # all of them listen
    reads.clear()
    await make.order(("A", 1))
    async with asyncio.timeout(5):
        seen = await asyncio.gather(*watching)
    assert all(each == seen[0] for each in seen)
    assert len(reads) == 1
