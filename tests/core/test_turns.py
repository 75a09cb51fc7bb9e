"""Concurrency limits: operations of one caller wait for each other, not for those of other callers."""

import asyncio
import time
from typing import Any

import pytest

from app.core.graphql import turns
from app.core.graphql.turns import Turn, Turns
from app.core.refusals import ServiceBusy
from tests import make
from tests.ask import Api


class Crowd:
    """Operations that take a turn, record it, and end when `go_on` is set."""

    def __init__(self, **options: Any) -> None:
        self.turns = Turns(**options)
        self.working: list[str] = []
        self.go_on = asyncio.Event()

    async def operation(self, who: str, name: str, cost: int = 1) -> None:
        turn = Turn(who, cost, 2)
        await self.turns.take(turn)
        self.working.append(name)
        try:
            await self.go_on.wait()
        finally:
            self.turns.end(turn)

    def start(self, who: str, count: int) -> list["asyncio.Task[None]"]:
        return [asyncio.create_task(self.operation(who, f"{who}{number}")) for number in range(count)]

    async def settle(self) -> list[str]:
        for _ in range(20):
            await asyncio.sleep(0)
        return self.working


async def test_operations_of_a_caller_above_its_limit_wait_and_other_callers_do_not():
    crowd = Crowd()
    many = crowd.start("a", 5)
    few = crowd.start("b", 1)
    assert await crowd.settle() == ["a0", "a1", "b0"]
    crowd.go_on.set()
    await asyncio.gather(*many, *few)
    assert crowd.working == ["a0", "a1", "b0", "a2", "a3", "a4"]
    assert crowd.turns._running == {} and crowd.turns._waiting == {}


async def test_expensive_operations_run_alone_and_are_not_overtaken():
    crowd = Crowd()
    tasks = [
        asyncio.create_task(crowd.operation("a", name, cost))
        for name, cost in (("cheap", 1), ("expensive", 9), ("late", 1), ("later", 1))
    ]
    assert await crowd.settle() == ["cheap"]
    tasks[0].cancel()
    assert await crowd.settle() == ["cheap", "expensive"]
    tasks[1].cancel()
    assert await crowd.settle() == ["cheap", "expensive", "late", "later"]
    crowd.go_on.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert crowd.turns._running == {} and crowd.turns._waiting == {}


@pytest.mark.parametrize("cancelled", [[0], [2], [4], [0, 1], [2, 3], [0, 2, 4], [0, 1, 2, 3, 4]])
async def test_a_cancelled_operation_passes_its_turn_on_whether_it_was_running_or_waiting(
    cancelled: list[int],
):
    crowd = Crowd()
    tasks = crowd.start("a", 5)
    await crowd.settle()
    for number in cancelled:
        tasks[number].cancel()
    working = await crowd.settle()
    assert [f"a{number}" for number in range(5) if number not in cancelled][:2] == [
        each for each in working if int(each[1:]) not in cancelled
    ]
    crowd.go_on.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert crowd.turns._running == {} and crowd.turns._waiting == {}


async def test_an_operation_cancelled_as_it_gets_the_turn_passes_it_on():
    crowd = Crowd()
    tasks = crowd.start("a", 4)
    await crowd.settle()
    tasks[0].cancel()
    await asyncio.sleep(0)  # the third has been given the turn and has not resumed yet
    tasks[2].cancel()
    assert await crowd.settle() == ["a0", "a1", "a3"]
    crowd.go_on.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert crowd.turns._running == {}


async def test_operations_above_the_limit_of_waiting_ones_are_refused_as_busy():
    crowd = Crowd(most_waiting=3)
    tasks = crowd.start("a", 6)
    await crowd.settle()
    assert [task.done() for task in tasks] == [False] * 5 + [True]
    assert isinstance(tasks[5].exception(), ServiceBusy)
    crowd.go_on.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len(crowd.working) == 5


async def test_turns_held_for_a_time_are_limited_in_that_time_even_if_the_event_loop_is_late():
    turns, begun = Turns(), []

    async def begin() -> None:
        await turns.take_for_a_while(Turn("a", 1, 2), 0.05)
        begun.append(asyncio.get_running_loop().time())

    tasks = [asyncio.create_task(begin()) for _ in range(5)]
    while len(begun) < 2:
        await asyncio.sleep(0)
    time.sleep(0.1)  # other work, during which the turns should have ended
    late = asyncio.get_running_loop().time()
    await asyncio.gather(*tasks)
    assert begun[2] - late >= 0.05 and begun[4] - begun[3] >= 0.05
    while turns._running:
        await asyncio.sleep(0.01)


CHANGE = 'mutation { orderConfirm(id: "nobody") { __typename } }'
READ = "{ me { kind } }"


@pytest.mark.parametrize(
    ("asked", "signed_in", "most"),
    [(CHANGE, False, turns.OF_A_VISITOR // turns.OF_A_MUTATION), (CHANGE, True, 40), (READ, False, 48)],
)
async def test_the_number_of_concurrent_mutations_of_a_caller_is_limited(
    api: Api, monkeypatch: pytest.MonkeyPatch, asked: str, signed_in: bool, most: int
):
    running, seen = 0, [0]
    take, end = Turns.take, Turns.end

    async def taken(self: Turns, turn: Turn) -> None:
        nonlocal running
        await take(self, turn)
        if not turn.who.endswith(" prepares"):
            running += 1
            seen.append(running)
            await asyncio.sleep(0.01)  # the work, whose end no other caller waits for

    def ended(self: Turns, turn: Turn) -> None:
        nonlocal running
        if not turn.who.endswith(" prepares"):
            running -= 1
        end(self, turn)

    caller = api.as_(await make.token()) if signed_in else api
    await caller.post(asked)  # its document is cached from here on
    monkeypatch.setattr(Turns, "take", taken)
    monkeypatch.setattr(Turns, "end", ended)
    answers = await asyncio.gather(*(caller.post(asked) for _ in range(48)))
    assert all(answer.status_code == 200 for answer in answers)
    assert 1 < max(seen) <= most and running == 0
