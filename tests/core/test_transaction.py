"""Transactions: shielded from cancellation, retried after a conflict, joined by inner commands."""

import asyncio
import random

import asyncpg
import pytest

from app.channels.models import Channel
from app.core import transaction
from app.core.actor import SYSTEM
from app.core.database import fetch, is_postgres
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, ServiceBusy
from app.core.uow import transact
from app.orders.service import updating
from tests import make
from tests.amounts import usual

pytestmark = pytest.mark.usefixtures("clean")
CANCELLATIONS = usual(1_500, full=3_000)


async def test_cancelled_tasks_leave_no_lock_and_no_open_transaction():
    """Tasks cancelled at random times while entering, working and committing."""
    shop = await make.shop()
    await shop.sell("A", stock=10_000_000)
    rng = random.Random(3)

    order = await make.order(("A", 1))

    async def one_command(index: int) -> None:
        if index % 5:
            await updating.note(SYSTEM, order.id, "a short transaction")
        else:
            await make.order(("A", 1))

    for _ in range(CANCELLATIONS // 20):
        tasks = [asyncio.create_task(one_command(index)) for index in range(20)]
        for task in tasks:
            await asyncio.sleep(rng.random() * 0.001)
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        unexpected = [r for r in results if isinstance(r, Exception) and not isinstance(r, ServiceBusy)]
        assert not unexpected, unexpected[:3]
    async with asyncio.timeout(30):
        assert (await fetch("SELECT 1 AS one"))[0]["one"] == 1
        while (
            is_postgres() and await _idle_in_transaction()
        ):  # those of the feed are short; a leaked one would stay
            await asyncio.sleep(0.2)


async def _idle_in_transaction() -> int:
    await asyncio.sleep(0.7)
    idle = await fetch(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() "
        "AND state LIKE 'idle in transaction%' AND state_change < now() - interval '0.5 second'"
    )
    return int(idle[0]["n"])


async def test_a_cancelled_caller_waits_for_the_end_of_its_transaction():
    done = asyncio.Event()
    entered = asyncio.Event()

    async def slow(_work: object) -> None:
        entered.set()
        await asyncio.sleep(0.2)
        done.set()

    task = asyncio.create_task(transact(SYSTEM, slow))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_a_transaction_is_retried_from_the_beginning_after_a_conflict():
    tries = []

    async def body() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise asyncpg.DeadlockDetectedError("for the test")
        return "committed"

    assert await transaction.run(body) == "committed"
    assert len(tries) == 3


async def test_a_transaction_that_always_conflicts_raises_service_busy():
    async def body() -> None:
        raise transaction.TryAgain

    with pytest.raises(ServiceBusy):
        await transaction.run(body)


async def test_a_refusal_rolls_back_the_transaction():
    async def body(_work: object) -> None:
        await make.channels.create(_work, make.channels.ChannelData(code="x", name="X", currency="EUR"))  # type: ignore[arg-type]
        raise Invalid("no", code=ProblemCode.NOT_POSSIBLE_NOW)

    with pytest.raises(Invalid):
        await transact(SYSTEM, body)
    assert await Channel.all().count() == 0
    assert await fetch("SELECT id FROM journal_entry") == []


async def test_a_command_inside_a_transaction_must_be_passed_the_unit_of_work():
    async def body(_work: object) -> None:
        await make.shop()

    with pytest.raises(RuntimeError, match="must be passed the unit of work"):
        await transact(SYSTEM, body)
