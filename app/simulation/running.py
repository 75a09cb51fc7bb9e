"""Runs all orders in chronological order, with a clock that jumps from step to step."""

import asyncio
import heapq
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.core import clock
from app.core.actor import SYSTEM
from app.fulfillment import queries as fulfillment
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock import queries as stock
from app.simulation.ground import COURIER, Ground, lay
from app.simulation.histories import History
from app.simulation.stories import Story, StoryContext, Tally

DELIVERIES_EVERY = timedelta(days=7)

Waiting = tuple[datetime, int, Story]


async def simulate(history: History, console: Console, *, seed: int = 7, together: int = 8) -> Tally:
    """Simulate a history with `together` concurrent orders; deterministic for a seed.

    Raises:
        Invalid: the database has a simulated shop already.
    """
    rng = random.Random(seed)
    begun, tally = time.perf_counter(), Tally()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    first = history.purchases[0].at - timedelta(days=1)
    with Progress(*columns, console=console, transient=True) as progress:
        with clock.shifted(first - datetime.now(UTC)):
            ground = await lay(history, rng, progress)
            courier = await fulfillment.carrier(SYSTEM, COURIER)
        telling = StoryContext(ground, courier, seed, tally)
        task = progress.add_task("Orders", total=len(history.purchases))
        await _live(telling, history, together, lambda: progress.advance(task))
    _print(console, tally, len(history.purchases), time.perf_counter() - begun)
    return tally


async def _live(telling: StoryContext, history: History, together: int, ended: Callable[[], None]) -> None:
    waiting: list[Waiting] = [
        (purchase.at, number, telling.story(purchase)) for number, purchase in enumerate(history.purchases)
    ]
    heapq.heapify(waiting)
    number, next_delivery = len(waiting), waiting[0][0] + DELIVERIES_EVERY
    while waiting:
        # The next steps run concurrently, so that they contend in the database as in a real shop.
        next_ones = [heapq.heappop(waiting) for _ in range(min(together, len(waiting)))]
        at = next_ones[-1][0]
        with clock.shifted(at - datetime.now(UTC)):
            if at >= next_delivery:
                await _deliver(telling.ground)
                next_delivery = at + DELIVERIES_EVERY
            waits = await asyncio.gather(*(_step(story) for _, _, story in next_ones))
        for wait, (_, _, story) in zip(waits, next_ones, strict=True):
            if wait is None:
                ended()
            else:
                number += 1
                heapq.heappush(waiting, (at + wait, number, story))


async def _step(story: Story) -> timedelta | None:
    """One step of an order; returns the delay until the next one, None at the end."""
    try:
        return await anext(story)
    except StopAsyncIteration:
        return None


async def _deliver(ground: Ground) -> None:
    """Receive the stock that orders wait for."""
    units = await stock.units_waited_for()
    skus = await stock.skus_of(units)
    lines = [ReceivedLine(skus[id], count) for id, count in sorted(units.items())]
    for start in range(0, len(lines), 200):
        chosen = lines[start : start + 200]
        await receiving_service.receive(
            SYSTEM, location=ground.north, lines=chosen, reference="shortages, by SKU"
        )


def _print(console: Console, tally: Tally, orders: int, seconds: float) -> None:
    table = Table("command", "done", "errors, by reason")
    names = sorted({*tally.done, *(key.partition(":")[0] for key in tally.refused)})
    for name in names:
        why = ", ".join(
            f"{key.partition(': ')[2]} {count}"
            for key, count in sorted(tally.refused.items())
            if key.partition(":")[0] == name
        )
        table.add_row(name, f"{tally.done[name]:,}", why)
    console.print(table)
    steps = sum(tally.done.values())
    console.print(
        f"{orders:,} orders, {steps:,} steps in {seconds:.0f} s: {orders / seconds:.1f} "
        f"orders and {steps / seconds:.0f} steps per second."
    )
