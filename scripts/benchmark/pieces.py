"""The gain of each piece of the engine: CPU time of the worker per request with and without the piece.

    PYTHONPATH=.:scripts python -m benchmark.pieces

For each piece two servers run on one database, one of them with the piece turned off. They are measured in
turn, block by block, and the ratio is that of each pair of blocks, so that it holds on a busy machine too.
"""

import asyncio
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Annotated, Any

import orjson
import typer

from app.engine.switches import Piece
from benchmark import queue, serving, workloads
from benchmark.__main__ import _database, _fill
from benchmark.dataset import Size
from benchmark.life import Client
from tests import services

TOGETHER = 4  # connections
SERVING = (Piece.COMPILED, Piece.COLUMNS, Piece.ROWS, Piece.SHAPES, Piece.STATEMENTS, Piece.POOL)


@dataclass(frozen=True, slots=True)
class Asked:
    """The requests of a workload, each with the variables of one caller."""

    name: str
    query: str
    variables: list[dict[str, Any]]


def asked_of(workload: workloads.Workload) -> Asked:
    bodies = [orjson.loads(body) for body in workload.app.lines]
    for body in bodies:
        if "key" in body["variables"]:
            body["variables"]["key"] = None
    return Asked(workload.name, bodies[0]["query"], [body["variables"] for body in bodies])


async def cpu_of(app: serving.Served, asked: Asked, count: int) -> float:
    """Milliseconds of CPU time for each of so many requests."""
    clients = [await Client.to(app.url) for _ in range(TOGETHER)]
    waiting: Iterator[dict[str, Any]] = islice(cycle(asked.variables), count)

    async def work(client: Client) -> None:
        for variables in waiting:
            answer = await client.ask(asked.query, variables)
            if "errors" in answer:
                raise RuntimeError(str(answer["errors"])[:500])

    before = app.cpu_seconds()
    await asyncio.gather(*(work(client) for client in clients))
    used = app.cpu_seconds() - before
    for client in clients:
        client.close()
    return used * 1000 / count


async def compare(url: str, piece: Piece, size: Size, rounds: int, count: int) -> None:
    with serving.ordergraph(url) as on, serving.ordergraph(url, ORDERGRAPH_ENGINE_OFF=piece.value) as off:
        chosen = [
            asked_of(workload)
            for workload in (
                workloads.catalogue(on.url),
                workloads.detail(size.orders),
                workloads.order_list(on.url),
                await queue.filled(on, workloads.skus_of(size.products)),
                workloads.place(size.products),
            )
        ]
        for asked in chosen:
            for app in (on, off):
                await cpu_of(app, asked, 40)  # warm
            pairs = [(await cpu_of(on, asked, count), await cpu_of(off, asked, count)) for _ in range(rounds)]
            ratios = sorted(without / with_ for with_, without in pairs)
            middle = [statistics.median(each) for each in zip(*pairs, strict=True)]
            print(
                f"{piece:<11} {asked.name:<34} on {middle[0]:5.2f} ms  off {middle[1]:5.2f} ms  "
                f"off/on {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
                flush=True,
            )


async def measure(only: str, size: Size, rounds: int, count: int) -> None:
    url, drop = await _database(sqlite=False)
    try:
        await _fill(url, size)
        for piece in SERVING:
            if only in piece.value:
                await compare(url, piece, size, rounds, count)
    finally:
        await drop()


def main(
    only: Annotated[str, typer.Option(help="Only the pieces whose name contains this.")] = "",
    orders: Annotated[int, typer.Option(help="Orders in the data set.")] = 2_000,
    rounds: Annotated[int, typer.Option(help="Pairs of blocks of each workload.")] = 5,
    count: Annotated[int, typer.Option(help="Requests of a block.")] = 200,
) -> None:
    """Measure the gain of each piece of the engine alone."""
    services.postgres_url()  # searched before an event loop runs
    asyncio.run(measure(only, Size(orders=orders), rounds, count))


if __name__ == "__main__":
    typer.run(main)
