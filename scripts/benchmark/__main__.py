"""`scripts/bench`: measures workloads, prints a table and lists missed goals."""

import asyncio
import contextlib
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import Progress
from tortoise import Tortoise

from app.core.database import tortoise_config
from app.settings import settings
from benchmark import books, carts, greedy, life, load, paying, queue, serving, stock, watching, workloads
from benchmark.dataset import Size
from benchmark.dataset import load as load_data
from benchmark.report import Line, Results, show
from benchmark.workloads import Workload
from tests import services
from tests.database import migrate

console = Console()
cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@cli.command()
def bench(
    orders: Annotated[int, typer.Option(help="Orders in the data set.")] = 20_000,
    sqlite: Annotated[bool, typer.Option("--sqlite", help="On SQLite instead of PostgreSQL.")] = False,
    workers: Annotated[int, typer.Option(help="Server processes.")] = 1,
    seconds: Annotated[float, typer.Option(help="How long one round lasts.")] = 4,
    rounds: Annotated[int, typer.Option(help="Rounds; their median counts.")] = 3,
    only: Annotated[str, typer.Option(help="Only the workloads whose name contains this.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here too.")] = None,
    markdown_file: Annotated[Path | None, typer.Option("--markdown", help="And the table here.")] = None,
) -> None:
    """Measure every workload and its limit.

    Results are printed and written to the files as soon as they are known. Exits with 1 if responses were
    wrong or a workload could not be measured, with 130 if it was interrupted.
    """
    tool = load.require()
    if not sqlite:
        services.postgres_url()  # searched before an event loop runs
    facts = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "tool": tool}
    results = Results(console, facts, json_file, markdown_file)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C: the servers are stopped
    try:
        asyncio.run(_bench(results, Size(orders=orders), sqlite, workers, Rounds(rounds, seconds), only))
        results.is_complete = True
        results.write()
    except KeyboardInterrupt:
        console.print("[yellow]Interrupted: this is what was measured until then.[/yellow]")
    finally:
        show(console, results.lines, tool)
    if not results.is_complete:
        raise typer.Exit(130)
    if results.are_wrong:
        console.print("[red]Some requests or workloads failed: these figures count for nothing.[/red]")
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Rounds:
    number: int
    seconds: float


async def _bench(results: Results, size: Size, sqlite: bool, workers: int, rounds: Rounds, only: str) -> None:
    url, drop = await _database(sqlite)
    try:
        await _fill(url, size)
        with serving.ordergraph(url, workers, ORDERGRAPH_MAX_SOCKETS_PER_ADDRESS="10000") as app:
            results.add(Line.of_start(app.ready_after, app.memory_mb()))
            with contextlib.nullcontext() if sqlite else serving.limits(url) as limit:
                await _measure_all(results, app, limit, size, rounds, only)
            for name, work in _others(url, app, size, rounds):
                if only in name or name in only:
                    await _attempt(results, name, work)
        if only in paying.NAME:
            skus, seconds = workloads.skus_of(size.products), rounds.seconds * rounds.number
            await _attempt(results, paying.NAME, lambda: paying.lives(url, skus, seconds))
        if only in greedy.NAME:
            await _attempt(results, greedy.NAME, lambda: greedy.share(url))
        if only in books.NAME and not sqlite:
            await _attempt(results, books.NAME, _large_ledger)
        if not only:
            await _attempt(results, "ordergraph verify, afterwards", lambda: asyncio.to_thread(_books, url))
    finally:
        await drop()


Measuring = Callable[[], Awaitable[Line | list[Line]]]


async def _attempt(results: Results, name: str, work: Measuring) -> None:
    """Measure one workload. One that fails is reported, and the others are still measured."""
    console.print(f"  {name} …")
    try:
        found = await work()
    except Exception as error:
        found = Line(name, problem=f"{type(error).__name__}: {error}"[:3_000])
    for line in found if isinstance(found, list) else [found]:
        _compare([*results.lines, line])
        results.add(line)


def _others(url: str, app: serving.Served, size: Size, rounds: Rounds) -> Iterator[tuple[str, Measuring]]:
    """Workloads that have no limit, by name."""
    skus = workloads.skus_of(size.products)

    async def waiting() -> Line:
        return await _measure(await queue.filled(app, skus), app, None, rounds)

    async def changing() -> Line:
        return await _measure(await carts.filled(app, skus), app, None, rounds)

    async def sourcing() -> list[Line]:
        return stock.sourcing()

    yield "live tracking", lambda: watching.watch(app, skus, orders=watching.SOCKETS)
    yield "live tracking of one order", lambda: watching.watch(app, skus, orders=1)
    yield queue.NAME, waiting
    yield carts.NAME, changing
    yield carts.MIX, lambda: carts.mixed(app, skus, rounds.number)
    yield life.NAME, lambda: life.lives(app, skus, rounds.seconds * rounds.number)
    yield paying.RECORDED, lambda: paying.recorded(app, skus)
    yield stock.SOURCING, sourcing
    if url.startswith("postgres"):
        yield stock.RESERVING, lambda: stock.reserving(size.products, rounds.seconds)
        yield stock.VERIFYING, lambda: stock.verifying(url, app, size.products)


async def _large_ledger() -> Line:
    """In a database of its own, whose orders are all alike."""
    earlier = os.environ["ORDERGRAPH_DATABASE_URL"]
    url, drop = await _database(sqlite=False)
    try:
        os.environ["ORDERGRAPH_DATABASE_URL"] = url
        settings.cache_clear()
        await migrate(tortoise_config(settings()))
        return await books.verifying()
    finally:
        os.environ["ORDERGRAPH_DATABASE_URL"] = earlier
        settings.cache_clear()
        await drop()


def _books(url: str) -> Line:
    """Whether stock, reservations, orders and events are consistent after the workloads."""
    settings = {"ORDERGRAPH_DATABASE_URL": url, "ORDERGRAPH_SECRET_KEY": serving.SECRET}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "verify"], cwd=serving.ROOT, env={**os.environ, **settings},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    fine = done.returncode == 0
    remark = "nothing sold twice, everything adds up" if fine else "it does not add up"
    return Line("ordergraph verify, afterwards", errors=0 if fine else 1, remark=remark, reached=fine,
                example=done.stdout[-300:])  # fmt: skip


async def _database(sqlite: bool) -> tuple[str, Any]:
    if sqlite:
        folder = tempfile.TemporaryDirectory()

        async def remove() -> None:
            folder.cleanup()

        return f"sqlite:///{folder.name}/bench.db", remove
    url = await services.make_database(services.new_url())

    async def drop() -> None:
        await services.drop_database(url)

    return url, drop


async def _fill(url: str, size: Size) -> None:
    os.environ.update(ORDERGRAPH_DATABASE_URL=url, ORDERGRAPH_SECRET_KEY=serving.SECRET)
    settings.cache_clear()
    await migrate(tortoise_config(settings()))
    async with stock.unhurried():
        assert Tortoise.apps is not None
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Making the data", total=size.orders)
            await load_data(url, size, lambda count: progress.advance(task, count))


async def _measure_all(
    results: Results,
    app: serving.Served,
    limit: serving.Served | None,
    size: Size,
    rounds: Rounds,
    only: str,
) -> None:
    pages = min(1_000, size.orders // 100 - 2)  # of 100 rows: the same offset as page 2,000 of 50
    chosen = [
        workloads.catalogue(app.url),
        workloads.cached_catalogue(app.url),
        workloads.detail(size.orders),
        workloads.order_list(app.url),
        workloads.deep_list(app.url, pages),
        workloads.place(size.products),
        workloads.hot_sku(),
    ]
    for workload in chosen:
        if only in workload.name:
            await _attempt(results, workload.name, partial(_measure, workload, app, limit, rounds))


def _compare(lines: list[Line]) -> None:
    """The goals of workloads that are compared with other workloads."""
    by_name = {line.name: line for line in lines}
    first, far = by_name.get("order list, first pages"), by_name.get("order list, far pages")
    if first and far and first.rate and far.rate:
        times = first.rate / far.rate
        far.remark, far.reached = f"page 1 is {times:.2f} times as fast (≤ 1.3)", times <= 1.3
    place, hot = by_name.get("place an order, 3 lines"), by_name.get(workloads.HOT)
    if place and hot and place.rate and hot.rate:
        share = hot.rate / place.rate
        hot.remark, hot.reached = f"{share:.2f} of the uncontended rate (≥ 0.33)", share >= 0.33


async def _measure(
    workload: Workload, app: serving.Served, limit: serving.Served | None, rounds: Rounds
) -> Line:
    seconds = rounds.seconds
    if limit is not None and workload.limit is not None and "place" not in workload.name:
        _refuse_different_answers(workload, app, limit)
    await load.drive(app.url, workload.app, seconds=1, connections=workload.connections)  # warm
    ours, theirs, cpu = [], [], []
    for number in range(rounds.number):
        before = app.cpu_seconds()
        found = await load.drive(
            app.url, workload.app, seconds=seconds, connections=workload.connections, seed=number + 2
        )
        cpu.append((app.cpu_seconds() - before) * 1000 / max(1, found.requests))
        ours.append(found)
        if limit is not None and workload.limit is not None:
            theirs.append(
                await load.drive(
                    limit.url, workload.limit, seconds=seconds, connections=workload.connections, seed=number
                )
            )
    middle = sorted(ours, key=lambda each: each.rate)[len(ours) // 2]
    errors = sum(each.errors for each in [*ours, *theirs])
    return Line(
        name=workload.name,
        rate=middle.rate,
        p50=middle.p50,
        p99=middle.p99,
        cpu_ms=statistics.median(cpu),
        memory_mb=app.memory_mb(),
        limit=statistics.median(each.rate for each in theirs) if theirs else None,
        goal_ratio=workload.goal_ratio,
        goal_rate=workload.goal_rate,
        errors=errors,
        example=next((each.example for each in [*ours, *theirs] if each.errors), ""),
        problem="" if middle.requests else "not one request was answered in a round",
    )


def _refuse_different_answers(workload: Workload, app: serving.Served, limit: serving.Served) -> None:
    """Raise an error if the limit returns something else than the application."""
    assert workload.limit is not None
    for ours, theirs in list(zip(workload.app.lines, workload.limit.lines, strict=True))[:5]:
        mine = httpx.post(
            app.url + workload.app.path,
            content=ours,
            headers={"Content-Type": "application/json", **workload.app.headers},
        ).json()
        bare = httpx.post(limit.url + workload.limit.path, content=theirs).json()
        if mine["data"] != bare["data"]:
            raise RuntimeError(f"{workload.name}: the limit answers otherwise:\n{mine}\n{bare}"[:3000])


if __name__ == "__main__":
    cli()
