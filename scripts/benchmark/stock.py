"""Stock without the API: choosing locations, reserving, and verifying a large ledger."""

import asyncio
import contextlib
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import httpx

from app import wiring
from app.catalog import queries as catalog
from app.channels import queries as channels
from app.core.actor import SYSTEM
from app.core.database import connect, disconnect, execute
from app.core.ids import new_id
from app.inventory.sourcing import Offer, Place, Policy, Site, Strategy, choose
from app.inventory.stock.service import reserving as reserving_commands
from app.settings import settings
from benchmark import serving
from benchmark.dataset import SEED
from benchmark.report import Line
from benchmark.workloads import PLACE, placing_input, skus_of

SOURCING, RESERVING, VERIFYING = "sourcing", "reserve", "verify, a million movements"
SITES, LINES, TRIES = 50, 10, 200
MOVEMENTS = 1_000_000
TOGETHER = 16


def sourcing() -> list[Line]:
    """CPU time of choosing among 50 locations for ten lines; each location has every second SKU."""
    return [_sourcing(strategy) for strategy in Strategy]


def _sourcing(strategy: Strategy) -> Line:
    rng, times, exact = random.Random(SEED), [], 0
    for _ in range(TRIES):
        sites, offers, demand = _a_network(rng)
        start = time.process_time()
        plan = choose(demand, offers, sites, Policy(strategy=strategy), Place("DE", "", "", 52.5, 13.4))
        times.append((time.process_time() - start) * 1000)
        exact += plan.is_exact
    times.sort()
    middle, worst = statistics.median(times), times[int(TRIES * 0.99)]
    return Line(
        f"{SOURCING}, {strategy.value.replace('_', ' ')}: {LINES} lines over {SITES} locations",
        p50=middle,
        p99=worst,
        cpu_ms=statistics.fmean(times),
        remark=f"median < 10 ms of CPU; proved the best in {exact} of {TRIES}",
        reached=middle < 10,
    )


def _a_network(rng: random.Random) -> tuple[list[Site], list[Offer], dict[UUID, int]]:
    things = [UUID(int=1_000 + number) for number in range(LINES)]
    sites = [
        Site(
            UUID(int=number + 1),
            f"site-{number}",
            number,
            place=Place("DE", "", "", rng.uniform(47, 55), rng.uniform(6, 15)),
            parcel_cost_minor=rng.randrange(300, 900),
            unit_cost_minor=rng.randrange(5, 60),
        )
        for number in range(SITES)
    ]
    offers = [
        Offer(new_id(), thing, site.id, rng.randrange(1, 8))
        for site in sites
        for thing in things
        if rng.random() < 0.5
    ]
    return sites, offers, {thing: rng.randrange(1, 5) for thing in things}


async def reserving(products: int, seconds: float) -> list[Line]:
    """Reservations of three SKUs per second and process, with many SKUs and with one."""
    await connect(settings())
    try:
        channel = await channels.by_code("bench", SYSTEM)
        found = list((await catalog.variants_by_sku(skus_of(products))).values())
        ids = [variant.id for variant in found]
        rng = random.Random(SEED)
        free = await _rate(lambda: dict.fromkeys(rng.sample(ids, 3), 1), channel.id, seconds)
        hot = await _rate(lambda: {ids[0]: 1}, channel.id, seconds)
    finally:
        await disconnect()
    return [
        Line(f"{RESERVING} three SKUs of many, {TOGETHER} at once", rate=free, remark="one process, no HTTP"),
        Line(f"{RESERVING} one hot SKU, {TOGETHER} at once", rate=hot, remark=f"{hot / free:.2f} of many"),
    ]


async def _rate(demand: Callable[[], dict[UUID, int]], channel_id: UUID, seconds: float) -> float:
    until, done = time.perf_counter() + seconds, 0

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await reserving_commands.reserve(
                SYSTEM, channel_id=channel_id, demand=demand(), claimant=new_id()
            )
            done += 1

    await asyncio.gather(*(one() for _ in range(TOGETHER)))
    return done / seconds


async def verifying(url: str, app: serving.Served, products: int) -> Line:
    """Duration of `ordergraph verify` over a million movements while orders are placed."""
    async with unhurried():
        await _many_movements()
    environment = {**os.environ, "ORDERGRAPH_DATABASE_URL": url, "ORDERGRAPH_SECRET_KEY": serving.SECRET}
    start = time.perf_counter()
    verify = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "verify", cwd=serving.ROOT, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    ended = asyncio.create_task(verify.communicate())
    waits: list[float] = []
    async with httpx.AsyncClient(timeout=60) as client:
        while not ended.done():
            before = time.perf_counter()
            variables = {"input": placing_input(skus_of(products)), "key": str(new_id())}
            await client.post(app.url + "/graphql", json={"query": PLACE, "variables": variables})
            waits.append((time.perf_counter() - before) * 1000)
            await asyncio.sleep(0.02)
    output, _ = await ended
    seconds = time.perf_counter() - start
    fine = verify.returncode == 0
    return Line(
        VERIFYING,
        p50=statistics.median(waits),
        p99=max(waits),
        errors=0 if fine else 1,
        remark=f"{seconds:.1f} s; orders placed meanwhile took what p50 and p99 (the longest) say",
        reached=fine,
        example=output.decode()[-300:],
    )


@contextlib.asynccontextmanager
async def unhurried() -> AsyncIterator[None]:
    """The database for generating data, without the statement time-outs of the server."""
    wiring.wire()
    await connect(settings().without_time_limits())
    try:
        yield
    finally:
        await disconnect()


async def _many_movements() -> None:
    """Add movements in pairs that undo each other, with their entries in the value ledger. On PostgreSQL."""
    pairs = "CASE n % 2 WHEN 0 THEN '{0}' ELSE '{1}' END, CASE n % 2 WHEN 0 THEN '{1}' ELSE '{0}' END"
    source = f"FROM generate_series(1, {MOVEMENTS}) n, (SELECT id FROM stock_level ORDER BY id LIMIT 1) level"
    await execute(
        f"""
        INSERT INTO stock_movement
            (id, level_id, from_bucket, to_bucket, quantity, reason, reference_kind, note, actor_kind, at)
        SELECT gen_random_uuid(), level.id, {pairs.format("outside", "available")}, 1, 'correction', '', '',
            'system', '2026-01-05' {source}
        """
    )
    await execute(
        f"""
        INSERT INTO value_entry
            (id, level_id, from_account, to_account, quantity, amount_minor, balance_quantity, balance_minor,
             reason, reference_kind, note, at)
        SELECT gen_random_uuid(), level.id, {pairs.format("gain", "asset")}, 1, 1, 0, 0, 'correction', '', '',
            '2026-01-05' {source}
        """
    )
    await execute("ANALYZE")
