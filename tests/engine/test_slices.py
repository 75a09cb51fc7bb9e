"""Expensive operations are executed in slices: with the same response, and without blocking the event loop."""

import asyncio
import time

import pytest

from app.core.graphql import tally
from app.engine.database import shapes
from app.engine.graphql.compiled import running, slices
from app.engine.graphql.compiled.columns import Column
from app.engine.graphql.compiled.plans import ObjectPlan
from tests import make
from tests.ask import Api

INNER = 'variants { sku price(channel: "web") { amount } product { name variants { id } } }'
GOOD = f'{{ products(channel: "web", first: 40) {{ nodes {{ name {INNER} }} edges {{ cursor }} }} }}'
WRONG = GOOD.replace("{ name", '{ bad: variants { price(channel: "nope") { amount } } name', 1)
SIZES = [1, 3, 39, 40, 1_000]


@pytest.fixture
async def goods(api: Api) -> Api:
    shop = await make.shop()
    for n in range(40):
        await shop.sell(f"S{n}", stock=None)
    return api


@pytest.mark.parametrize("query", [GOOD, WRONG], ids=["valid", "errors"])
async def test_execution_in_slices_of_any_size_gives_the_same_response(
    goods: Api, monkeypatch: pytest.MonkeyPatch, query: str
):
    whole = (await goods.post(query)).json()
    whole.pop("extensions")
    assert len(whole["data"]["products"]["nodes"]) == 40 and ("errors" in whole) == (query is WRONG)
    monkeypatch.setattr(slices, "FROM", 0)
    for size in SIZES:
        monkeypatch.setattr(slices, "size_of_slice", lambda _rows, _cost, size=size: size)
        sliced = (await goods.post(query)).json()
        sliced.pop("extensions")
        assert sliced["data"] == whole["data"]
        assert sorted(map(str, sliced.get("errors", []))) == sorted(map(str, whole.get("errors", [])))


async def test_compiled_execution_in_slices_of_any_size_gives_the_same_response(
    goods: Api, monkeypatch: pytest.MonkeyPatch, one_executor: None
):
    whole = await goods.ask(GOOD)
    done: list[int] = []
    complete = running.Run._refuse_others

    def recorded(self: running.Run, plan: ObjectPlan, objects: Column) -> None:
        if plan.waits or plan.of.name == "Variant":  # other levels come as a page
            done.append(len(objects))
        complete(self, plan, objects)

    monkeypatch.setattr(running.Run, "_refuse_others", recorded)
    monkeypatch.setattr(running, "VALUES", 0)
    monkeypatch.setattr(shapes, "AT_ONCE", 1)
    for size in (1, 3, 39, 40):
        monkeypatch.setattr(running, "FEWEST", size)
        monkeypatch.setattr(running, "WITH_LISTS", size)
        done.clear()
        assert await goods.ask(GOOD) == whole
        assert max(done) == size


async def test_a_too_large_response_in_slices_is_refused(
    goods: Api, monkeypatch: pytest.MonkeyPatch, one_executor: None
):
    monkeypatch.setattr(tally, "MOST", 100)
    monkeypatch.setattr(running, "FEWEST", 1)
    monkeypatch.setattr(running, "WITH_LISTS", 1)
    monkeypatch.setattr(running, "VALUES", 0)
    error = await goods.error(
        '{ products(channel: "web", first: 40) { nodes { a: variants { id } b: variants { id sku } } } }'
    )
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"


@pytest.mark.usefixtures("no_garbage_collection")
async def test_slices_shorten_the_longest_turn_of_the_event_loop_for_an_expensive_operation(
    goods: Api, monkeypatch: pytest.MonkeyPatch, one_executor: None
):
    many = " ".join(f"v{n}: {INNER}" for n in range(5))
    query = WRONG.replace("{ bad", f"{{ {many} bad", 1)

    async def longest_turn() -> float:
        """The longest turn of the event loop, as a share of the processor time of the whole operation."""
        turns, last = [], time.thread_time()
        asking = asyncio.ensure_future(goods.post(query))
        while not asking.done():
            await asyncio.sleep(0)
            turns.append(time.thread_time() - last)
            last = time.thread_time()
        assert "errors" in (await asking).json()
        return max(turns) / sum(turns)

    await longest_turn()  # caches are filled
    sliced = min([await longest_turn() for _ in range(2)])
    monkeypatch.setattr(slices, "FROM", 10**9)
    assert sliced < 0.6 * min([await longest_turn() for _ in range(2)])
