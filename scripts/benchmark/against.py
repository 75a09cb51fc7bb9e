"""Compare two checkouts of Ordergraph: the rate and the CPU time of each workload, in pairs of short rounds.

    PYTHONPATH=.:scripts python -m benchmark.against ../before

Each checkout serves from a database of its own, filled by its own code from the same seed, with the
interpreter of its own `.venv`. Both are driven in turn, round by round, so that a machine whose speed
varies slows both alike: the ratio is the median of the pairs.
"""

import asyncio
import contextlib
import json
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psutil
import typer

from benchmark import life, load, queue, serving, watching, workloads
from benchmark.dataset import Size
from benchmark.serving import ROOT, Served
from benchmark.workloads import Workload

WATCHING = "live tracking"
# Runs in the checkout that is measured: its server on its database, until its input is closed.
_SERVE = """
import asyncio, json, sys
from benchmark import serving
from benchmark.__main__ import _database, _fill
from benchmark.dataset import Size
from tests import services

async def main():
    url, drop = await _database(False)
    try:
        await _fill(url, Size(orders=int(sys.argv[1])))
        with serving.ordergraph(url, ORDERGRAPH_MAX_SOCKETS_PER_ADDRESS="10000") as app:
            print("@@" + json.dumps({"url": app.url, "pid": app.process.pid}), flush=True)
            await asyncio.to_thread(sys.stdin.read)
    finally:
        await drop()

services.postgres_url()
asyncio.run(main())
"""


@contextlib.contextmanager
def served(checkout: Path, orders: int) -> Iterator[Served]:
    """The server of a checkout, on a database that is dropped afterwards."""
    process = subprocess.Popen(
        [checkout / ".venv/bin/python", "-c", _SERVE, str(orders)],
        cwd=checkout, env={**serving.outside(), "PYTHONPATH": f"{checkout}:{checkout / 'scripts'}"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("@@"):
                where = json.loads(line[2:])
                yield Served(where["url"], psutil.Process(where["pid"]), 0)
                return
        raise RuntimeError(f"{checkout} could not be served")
    finally:
        process.stdin.close()
        process.wait(60)


@dataclass(frozen=True, slots=True)
class Round:
    rate: float  # requests a second
    cpu: float  # milliseconds of the worker's CPU time per request


async def round_of(app: Served, workload: Workload, seconds: float, seed: int) -> Round:
    before = app.cpu_seconds()
    found = await load.drive(
        app.url, workload.app, seconds=seconds, connections=workload.connections, seed=seed
    )
    if found.errors:
        raise RuntimeError(f"{workload.name}: {found.errors} wrong answers, one of them: {found.example}")
    return Round(found.rate, (app.cpu_seconds() - before) * 1000 / max(1, found.requests))


def show(name: str, before: list[Round], after: list[Round]) -> None:
    rate = _compared([each.rate for each in before], [each.rate for each in after], 1)
    cpu = _compared([each.cpu for each in before], [each.cpu for each in after], 3)
    print(f"{name:<52} rate {rate}   CPU ms {cpu}", flush=True)


def _compared(before: list[float], after: list[float], digits: int) -> str:
    """The medians, and the median and range of the ratios of the pairs."""
    ratios = sorted(new / old for old, new in zip(before, after, strict=True))
    return (
        f"{statistics.median(before):8.{digits}f} → {statistics.median(after):8.{digits}f}  "
        f"× {statistics.median(ratios):.3f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


async def _chosen(app: Served, size: Size) -> list[Workload]:
    pages = min(1_000, size.orders // 100 - 2)
    return [
        workloads.catalogue(app.url),
        workloads.cached_catalogue(app.url),
        workloads.detail(size.orders),
        workloads.order_list(app.url),
        workloads.deep_list(app.url, pages),
        workloads.place(size.products),
        workloads.hot_sku(),
        await queue.filled(app, workloads.skus_of(size.products)),
    ]


async def compare(apps: list[Served], size: Size, rounds: int, seconds: float, only: str) -> None:
    chosen = [await _chosen(app, size) for app in apps]
    for pair in zip(*chosen, strict=True):
        if only not in pair[0].name:
            continue
        found: list[list[Round]] = [[], []]
        for app, workload in zip(apps, pair, strict=True):
            await round_of(app, workload, 2, seed=0)  # warm
        for number in range(rounds):
            for which in (0, 1) if number % 2 == 0 else (1, 0):
                found[which].append(await round_of(apps[which], pair[which], seconds, seed=number + 1))
        show(pair[0].name, *found)


async def compare_lives(apps: list[Served], size: Size, rounds: int, seconds: float) -> None:
    found: list[list[Round]] = [[], []]
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            line = await life.lives(apps[which], workloads.skus_of(size.products), seconds)
            assert line.rate is not None
            assert line.cpu_ms is not None
            found[which].append(Round(line.rate, line.cpu_ms))
    show(life.NAME, *found)


async def compare_watching(apps: list[Served], size: Size, rounds: int, orders: int) -> None:
    found: list[list[Round]] = [[], []]
    name = ""
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            line = await watching.watch(apps[which], workloads.skus_of(size.products), orders=orders)
            assert line.p99 is not None
            assert line.cpu_ms is not None
            name = line.name
            if line.errors:
                raise RuntimeError(f"{line.name}: {line.example}")
            found[which].append(Round(1000 / line.p99, line.cpu_ms))
    show(f"{name}; rate: 1,000 / p99 in ms", *found)


async def measure(before: Path, orders: int, rounds: int, seconds: float, only: str) -> None:
    size = Size(orders=orders)
    with served(before.resolve(), orders) as old, served(ROOT, orders) as new:
        apps = [old, new]
        await compare(apps, size, rounds, seconds, only)
        if only in life.NAME:
            await compare_lives(apps, size, rounds, seconds)
        if only in WATCHING:
            await compare_watching(apps, size, max(1, rounds // 2), watching.SOCKETS)
            await compare_watching(apps, size, max(1, rounds // 2), 1)


def main(
    before: Annotated[Path, typer.Argument(help="The other checkout, with a .venv of its own.")],
    orders: Annotated[int, typer.Option(help="Orders in each data set.")] = 20_000,
    rounds: Annotated[int, typer.Option(help="Pairs of rounds of each workload.")] = 10,
    seconds: Annotated[float, typer.Option(help="How long one round lasts.")] = 3,
    only: Annotated[str, typer.Option(help="Only the workloads whose name contains this.")] = "",
) -> None:
    """Compare this checkout with another one."""
    load.require()
    asyncio.run(measure(before, orders, rounds, seconds, only))


if __name__ == "__main__":
    typer.run(main)
