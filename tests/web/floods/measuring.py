"""Measures of a flood: how long a visitor waits, and how much memory the server takes."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.races.shop import at, buy, set_up
from tests.servers import ROOT, Server
from tests.web.floods.visiting import Visitor, Wait

MOST_MEMORY = 100_000_000  # bytes by which the server's memory may grow
WAITS_AT_MOST = 0.5  # seconds, the visitor's 99th percentile on an idle machine
SETTINGS = {"ORDERGRAPH_ENV": "production"}  # introspection is off, so that its refusal is measured
CALM = 1.0  # seconds of browsing without a flood, before and after each


@dataclass
class Measured:
    """One flood."""

    name: str
    calm: list[Wait]
    flooded: list[Wait]
    growth: int  # of memory, in bytes, at most
    busy: float  # seconds of the processor's time that the server took
    found: dict[str, int] = field(default_factory=dict)

    @property
    def p99(self) -> Wait:
        return percentile(self.flooded, 0.99)

    def __str__(self) -> str:
        clock, work = self.p99
        calm = percentile(self.calm, 0.99)
        return (
            f"{self.name:14} p99 {clock * 1e3:5.0f} ms (calm {calm.clock * 1e3:4.0f}), of the server's work "
            f"{work * 1e3:5.0f} ms (calm {calm.work * 1e3:3.0f}), {len(self.flooded)} requests  "
            f"memory {self.growth / 1e6:+6.1f} MB  processor {self.busy:4.1f} s  {self.found}"
        )


def percentile(waits: list[Wait], share: float) -> Wait:
    return Wait(
        *(sorted(each)[min(len(each) - 1, int(len(each) * share))] for each in zip(*waits, strict=True))
    )


def busy(pid: int) -> float:
    """The seconds of the processor's time that a process has spent, all its threads together."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has ended
            spent += int((task / "schedstat").read_text().split()[0])
    return spent / 1e9


class Ground:
    """A server, a visitor who browses it, and floods of the server meanwhile."""

    def __init__(self, server: Server, visitor: Visitor, token: str) -> None:
        assert server.process is not None
        self._server, self._visitor, self._token = server, visitor, token
        self._process = psutil.Process(server.process.pid)
        self._before = 0

    def growth(self) -> int:
        """The growth of the server's memory since the warm-up."""
        return int(self._process.memory_info().rss) - self._before

    async def warm_up(self) -> None:
        await self._visitor.browse(asyncio.ensure_future(asyncio.sleep(CALM)))
        self._before = int(self._process.memory_info().rss)

    async def flood(self, name: str) -> Measured:
        calm = await self._visitor.browse(asyncio.ensure_future(asyncio.sleep(CALM)))
        flooding = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.web.floods.flooding", name, str(self._server.port), self._token,
            cwd=Path(ROOT), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        before = busy(self._process.pid)
        over = asyncio.ensure_future(flooding.communicate())
        watching = asyncio.ensure_future(self._most_until(over))
        flooded = await self._visitor.browse(over)
        said, _ = await over
        assert flooding.returncode == 0, name
        found: dict[str, Any] = json.loads(said)
        most, spent = await watching, busy(self._process.pid) - before
        return Measured(name, calm, flooded, most, spent, {k: v for k, v in found.items() if v})

    async def until_growth(self, less: int, within: float) -> int:
        """The growth as soon as it is less than a limit, or when the time is over."""
        deadline = time.monotonic() + within
        while self.growth() >= less and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
        return self.growth()

    async def _most_until(self, over: "asyncio.Future[Any]") -> int:
        most = self.growth()
        while not over.done():
            await asyncio.sleep(0.1)
            most = max(most, self.growth())
        return most


@contextlib.asynccontextmanager
async def ground(server: Server, http: httpx.AsyncClient, token: str) -> AsyncIterator[Ground]:
    """A shop on a server, with the data that a visitor reads."""
    staff = at(server, http, token)
    await set_up(staff, {f"A{number}": 10 for number in range(100)})
    order = await buy(staff, ("A1", 1))
    assert server.process is not None
    visitor = Visitor(server.url, order["trackingToken"], partial(busy, server.process.pid))
    made = Ground(server, visitor, order["trackingToken"])
    await made.warm_up()
    yield made
    await visitor.leave()
