"""`scripts/bench`: measure, print a table, say what misses its goal."""

import asyncio
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import Progress
from tortoise import Tortoise

from app.core.database import connect, disconnect, tortoise_config
from app.settings import settings
from benchmark import greedy, life, load, queue, serving, stock, watching, workloads
from benchmark.dataset import Size
from benchmark.dataset import load as load_data
from benchmark.report import Line, markdown, show
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
    """Measure every workload beside its limit."""
    tool = load.require()
    if not sqlite:
        services.postgres_url()  # looked for before any event loop runs
    lines = asyncio.run(_bench(Size(orders=orders), sqlite, workers, seconds, rounds, only))
    show(console, lines, tool)
    if markdown_file is not None:
        markdown_file.write_text(markdown(lines))
    if json_file is not None:
        facts = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "tool": tool}
        json_file.write_text(json.dumps({**facts, "lines": [line.facts() for line in lines]}, indent=2))
    if any(line.errors for line in lines):
        console.print("[red]Some requests failed: these figures count for nothing.[/red]")
        raise typer.Exit(1)


async def _bench(
    size: Size, sqlite: bool, workers: int, seconds: float, rounds: int, only: str
) -> list[Line]:
    url, drop = await _database(sqlite)
    try:
        await _fill(url, size)
        with serving.ordergraph(url, workers, ORDERGRAPH_MAX_SOCKETS_PER_ADDRESS="10000") as app:
            lines = [Line.of_start(app.ready_after, app.memory_mb())]
            with contextlib.nullcontext() if sqlite else serving.limits(url) as limit:
                lines += await _measure_all(app, limit, size, seconds, rounds, only)
            lines += await _watch_all(app, size, only)
            if only in queue.NAME:
                workload = await queue.filled(app, workloads.skus_of(size.products))
                lines.append(await _measure(workload, app, None, seconds, rounds))
            if only in life.NAME:
                console.print(f"  {life.NAME} …")
                lines.append(await life.lives(app, workloads.skus_of(size.products), seconds * rounds))
            lines += await _measure_stock(url, app, size, seconds, only)
        if only in greedy.NAME:
            console.print(f"  {greedy.NAME} …")
            lines.append(await greedy.share(url))
        if not only:
            lines.append(_books(url))
        return lines
    finally:
        await drop()


def _books(url: str) -> Line:
    """Whether stock, reservations, orders and events add up after all that was done to them."""
    console.print("  verify …")
    settings = {"ORDERGRAPH_DATABASE_URL": url, "ORDERGRAPH_SECRET_KEY": serving.SECRET}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "verify"], cwd=serving.ROOT, env={**os.environ, **settings},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    fine = done.returncode == 0
    remark = "nothing sold twice, everything adds up" if fine else "it does not add up"
    return Line("ordergraph verify, afterwards", errors=0 if fine else 1, remark=remark, reached=fine,
                example=done.stdout[-300:])  # fmt: skip


async def _measure_stock(url: str, app: serving.Served, size: Size, seconds: float, only: str) -> list[Line]:
    lines = []
    if only in stock.SOURCING or stock.SOURCING in only:
        console.print("  sourcing …")
        lines += stock.sourcing()
    if url.startswith("postgres") and (only in stock.RESERVING or stock.RESERVING in only):
        console.print("  reserving …")
        lines += await stock.reserving(size.products, seconds)
    if url.startswith("postgres") and only in stock.VERIFYING:
        console.print(f"  {stock.VERIFYING} …")
        lines.append(await stock.verifying(url, app, size.products))
    return lines


async def _watch_all(app: serving.Served, size: Size, only: str) -> list[Line]:
    skus, lines = workloads.skus_of(size.products), []
    for name, orders in (("live tracking", watching.SOCKETS), ("live tracking of one order", 1)):
        if only in name:
            console.print(f"  {name} …")
            lines.append(await watching.watch(app, skus, orders=orders))
    return lines


async def _database(sqlite: bool) -> tuple[str, Any]:
    if sqlite:
        folder = tempfile.TemporaryDirectory()

        async def remove() -> None:
            folder.cleanup()

        return f"sqlite:///{folder.name}/bench.db", remove
    url = await services.make_database()

    async def drop() -> None:
        await services.drop_database(url)

    return url, drop


async def _fill(url: str, size: Size) -> None:
    os.environ.update(ORDERGRAPH_DATABASE_URL=url, ORDERGRAPH_SECRET_KEY=serving.SECRET)
    settings.cache_clear()
    await migrate(tortoise_config(settings()))
    await connect(settings())
    assert Tortoise.apps is not None
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Making the data", total=size.orders)
        await load_data(url, size, lambda count: progress.advance(task, count))
    await disconnect()


async def _measure_all(
    app: serving.Served, limit: serving.Served | None, size: Size, seconds: float, rounds: int, only: str
) -> list[Line]:
    pages = min(1_000, size.orders // 100 - 2)  # of 100 rows: as far in as page 2,000 of 50
    chosen = [
        workloads.catalogue(app.url),
        workloads.cached_catalogue(app.url),
        workloads.detail(size.orders),
        workloads.order_list(app.url),
        workloads.deep_list(app.url, pages),
        workloads.place(size.products),
        workloads.hot_sku(),
    ]
    found = [
        await _measure(workload, app, limit, seconds, rounds) for workload in chosen if only in workload.name
    ]
    _compare(found)
    return found


def _compare(lines: list[Line]) -> None:
    """The goals of workloads that are measured against others."""
    by_name = {line.name: line for line in lines}
    first, far = by_name.get("order list, first pages"), by_name.get("order list, far pages")
    if first and far:
        times = first.rate / far.rate
        far.remark, far.reached = f"page 1 is {times:.2f} times as fast (≤ 1.3)", times <= 1.3
    place, hot = by_name.get("place an order, 3 lines"), by_name.get(workloads.HOT)
    if place and hot:
        share = hot.rate / place.rate
        hot.remark, hot.reached = f"{share:.2f} of the uncontended rate (≥ 0.33)", share >= 0.33


async def _measure(
    workload: Workload, app: serving.Served, limit: serving.Served | None, seconds: float, rounds: int
) -> Line:
    console.print(f"  {workload.name} …")
    if limit is not None and workload.limit is not None and "place" not in workload.name:
        _refuse_different_answers(workload, app, limit)
    await load.drive(app.url, workload.app, seconds=1, connections=workload.connections)  # warm
    ours, theirs, cpu = [], [], []
    for number in range(rounds):
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
    )


def _refuse_different_answers(workload: Workload, app: serving.Served, limit: serving.Served) -> None:
    """A limit that answers something else is no limit."""
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
