"""Token buckets of points: a caller can spend at most a full bucket plus the refill."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import RedisError

from app.core.budgets import BURST_SECONDS, Budgets, spending
from app.core.budgets.sharing import SharedBudgets
from tests import services


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_full_bucket_can_be_spent_at_once_and_is_refilled_over_time():
    clock = Clock()
    budgets = Budgets(clock)
    assert budgets.spend("a", 10 * BURST_SECONDS, 10).allowed
    refused = budgets.spend("a", 50, 10)
    assert not refused.allowed and refused.wait == 5.0 and refused.left == 0
    clock.now += 5
    assert budgets.spend("a", 50, 10).allowed
    clock.now += 1_000_000
    assert budgets.spend("a", 1, 10).left == 10 * BURST_SECONDS - 1


def test_each_caller_has_its_own_points():
    budgets = Budgets(Clock())
    assert budgets.spend("a", 300, 10).allowed
    assert budgets.spend("b", 300, 10).allowed


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 200)), max_size=60))
def test_a_caller_never_spends_more_than_a_full_bucket_plus_the_refill(steps: list[tuple[float, int]]):
    clock, spent = Clock(), 0
    budgets = Budgets(clock)
    for wait, cost in steps:
        clock.now += wait
        spent += cost if budgets.spend("a", cost, 10).allowed else 0
        assert spent <= 10 * BURST_SECONDS + (clock.now - 1000.0) * 10 + 1e-6


async def test_processes_share_spent_points_through_redis():
    who, url = f"test-{uuid.uuid4()}", services.redis_url()
    here, there = Budgets(), Budgets()
    sharing_here, sharing_there = SharedBudgets(here, url), SharedBudgets(there, url)
    assert here.spend(who, 200, 10).allowed
    assert there.spend(who, 90, 10).allowed
    await sharing_here.report()
    await sharing_there.report()
    assert not there.spend(who, 60, 10).allowed  # 290 of 300 are spent
    assert there.spend(who, 5, 10).allowed
    await sharing_there.report()
    assert not here.unreported and not there.unreported
    await sharing_here.close()
    await sharing_there.close()


async def test_a_process_enforces_budgets_alone_while_redis_is_unavailable():
    budgets = Budgets()
    shared = SharedBudgets(budgets, "redis://127.0.0.1:1/0")
    assert budgets.spend("a", 200, 10).allowed
    with pytest.raises((OSError, RedisError)):
        await shared.report()
    assert budgets.unreported["a"].unreported == 200  # reported after Redis is back
    assert not budgets.spend("a", 200, 10).allowed
    await shared.close()


def test_a_full_bucket_pays_for_an_operation_of_any_cost_and_goes_into_debt():
    clock = Clock()
    budgets = Budgets(clock)
    assert budgets.spend("a", 1_000, 10).allowed
    assert budgets.spend("a", 1, 10).wait == pytest.approx(70.1)


def test_the_number_of_remembered_callers_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spending, "KEEP", 10)
    budgets = Budgets(Clock())
    for number in range(100):
        budgets.spend(f"caller {number}", 1, 10)
    assert len(budgets._buckets) == len(budgets.unreported) == 10
