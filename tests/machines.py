"""Hypothesis state machines on the test database, and their number of runs."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.amounts import usual
from tests.conftest import ON_POSTGRES

FEW = 25  # runs


class Machine(RuleBasedStateMachine):
    """Hypothesis runs it in a separate thread; each step runs on the tests' event loop."""

    loop: asyncio.AbstractEventLoop

    def run(self, work: Awaitable[Any]) -> Any:
        async def it() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(it(), self.loop).result(60)


async def play(machine: type[Machine], runs: int) -> None:
    """Run a machine on both databases together, a quarter of the runs on each; RUNS=full runs all on each."""
    here = type(machine.__name__, (machine,), {})
    await _play(seed(int(ON_POSTGRES))(here), usual(runs // 4, full=runs), list(Phase))


async def play_until_it_fails(machine: type[Machine], runs: int, first: int | None = None) -> None:
    """Run a machine with a planted fault until it fails, at most `runs` times, without shrinking.

    `first` is a seed with which few runs usually find the fault. It is tried before the others, to save time.
    """
    if first is not None:
        here = type(machine.__name__, (machine,), {})
        await _play(seed(first)(here), FEW, [Phase.generate])
    await _play(machine, runs, [Phase.generate])


async def _play(machine: type[Machine], runs: int, phases: list[Phase]) -> None:
    machine.loop = asyncio.get_running_loop()
    rules = settings(
        max_examples=runs,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        print_blob=False,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=rules)
