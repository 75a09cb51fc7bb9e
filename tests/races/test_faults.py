"""PostgreSQL, the disk or Redis fails while orders are placed: no order is lost or placed twice.

ORDERS and the number of faults are small by default. FAULTS=full makes them large: 2,000 keyed orders under
10 restarts of PostgreSQL, 10 full disks or 20 losses of Redis.
"""

import asyncio
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ask import PLACE, Api, order_input
from tests.clusters import Cluster, Redis, cluster, fill, make_room, small_disk
from tests.conftest import ON_POSTGRES
from tests.races.shop import at, client, set_up
from tests.races.test_power_cut import _all_numbers
from tests.servers import Server, serving

IS_FULL = os.environ.get("FAULTS") == "full"
ORDERS = 2_000 if IS_FULL else 240
BUYERS = 8
on_postgres = pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has no server to lose, and no bus")


@dataclass
class Trade:
    """Orders placed by many buyers, each repeated with its key until it is acknowledged."""

    server: Server
    http: httpx.AsyncClient
    acknowledged: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    bugs: list[str] = field(default_factory=list)

    async def run(self, faults: int, fault: Callable[[int], Awaitable[None]]) -> None:
        """Place all orders, with the faults spread over them."""
        waiting = [f"order-{number}" for number in range(ORDERS)]

        async def buyer() -> None:
            while waiting:
                key = waiting.pop()
                if not await self._place(key):
                    waiting.append(key)
                    await asyncio.sleep(0.05)

        buyers = [asyncio.create_task(buyer()) for _ in range(BUYERS)]
        for number in range(faults):
            async with asyncio.timeout(240):
                while len(self.acknowledged) < ORDERS * (number + 1) // (faults + 2):
                    await asyncio.sleep(0.01)
            await fault(number)
        async with asyncio.timeout(240):
            await asyncio.gather(*buyers)

    async def _place(self, key: str) -> bool:
        body = {"query": PLACE, "variables": {"input": order_input(("A", 1)), "key": key}}
        answer = await self.http.post(self.server.url + "/graphql", json=body)
        found: dict[str, Any] = answer.json()
        codes = [each["extensions"]["code"] for each in found.get("errors", [])]
        if codes:
            self.answers.update(codes)
            if set(codes) != {"SERVICE_BUSY"} or "retry-after" not in answer.headers:
                self.bugs.append(f"{answer.status_code} {found}")
            return False
        placed = found["data"]["orderPlace"]
        self.answers[placed["__typename"]] += 1
        if placed["__typename"] == "Order":
            self.acknowledged[key] = placed["number"]
            return True
        if placed["__typename"] != "ServiceBusy" or "retry-after" not in answer.headers:
            self.bugs.append(str(placed))
        return False

    async def adds_up(self, staff: Api) -> None:
        """Each order was placed once, and verification passes."""
        assert not self.bugs, self.bugs[:5]
        assert len(set(self.acknowledged.values())) == ORDERS
        assert set(self.acknowledged.values()) == await _all_numbers(staff)

    async def until_ready(self) -> None:
        async with asyncio.timeout(60):
            while (await self.http.get(self.server.url + "/health/ready")).status_code != 200:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def _trading(url: str, token: str, **settings: str) -> AsyncIterator[Trade]:
    # All orders come from one address, faster than one visitor may place them for long.
    given = {"ORDERGRAPH_VISITOR_POINTS": "1000000", **settings}
    async with serving(url, **given) as (server,), client() as http:
        staff = at(server, http, token)
        await set_up(staff, {"A": 1_000_000})
        trade = Trade(server, http)
        yield trade
        await trade.adds_up(staff)
        assert (await http.get(server.url + "/health/ready")).status_code == 200
        verified = server.run("verify")
        assert verified.returncode == 0, verified.stdout


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    # Not in pytest's folder, which PostgreSQL's account may not enter.
    with tempfile.TemporaryDirectory(prefix="ordergraph-cluster-") as folder, cluster(Path(folder)) as made:
        yield made


@on_postgres
@pytest.mark.timeout(900)
async def test_postgresql_restarts_while_orders_are_placed(
    own_cluster: Cluster, database_url: str, staff_token: str, capsys: pytest.CaptureFixture[str]
):
    url = await own_cluster.copy_of(database_url)
    async with _trading(url, staff_token, ORDERGRAPH_BUS_URL="postgres://") as trade:

        async def restart(number: int) -> None:
            await asyncio.to_thread(own_cluster.stop, "immediate" if number % 2 else "fast")
            ready = await trade.http.get(trade.server.url + "/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (503, "no database")
            assert (await trade.http.get(trade.server.url + "/health/live")).status_code == 200
            await asyncio.to_thread(own_cluster.start)
            await trade.until_ready()

        await trade.run(10 if IS_FULL else 3, restart)
    _report(capsys, "PostgreSQL restarted", trade)


@pytest.mark.timeout(900)
async def test_the_disk_is_full_while_orders_are_placed(
    database_url: str, staff_token: str, capsys: pytest.CaptureFixture[str]
):
    with small_disk(160) as disk:
        if disk is None:
            pytest.skip(
                "a file system may be mounted by root only; test_failures shows a full database without"
            )
        if ON_POSTGRES:
            with cluster(disk) as made:
                await _fill_again_and_again(disk, await made.copy_of(database_url), staff_token, made, capsys)
        else:
            shutil.copy(database_url.removeprefix("sqlite:///"), disk / "shop.db")
            await _fill_again_and_again(disk, f"sqlite:///{disk}/shop.db", staff_token, None, capsys)


async def _fill_again_and_again(
    disk: Path, url: str, token: str, made: Cluster | None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with _trading(url, token) as trade:

        async def full(_number: int) -> None:
            busy = trade.answers["ServiceBusy"] + trade.answers["SERVICE_BUSY"]
            async with asyncio.timeout(120):
                while trade.answers["ServiceBusy"] + trade.answers["SERVICE_BUSY"] < busy + BUYERS:
                    await asyncio.to_thread(fill, disk)  # space that the database freed by truncating its log
                    await asyncio.sleep(0.01)
            async with asyncio.timeout(60):
                while (await trade.http.get(trade.server.url + "/health/ready")).status_code != 503:
                    await asyncio.to_thread(fill, disk)
            assert (await trade.http.get(trade.server.url + "/health/live")).status_code == 200
            make_room(disk)
            if made is not None:
                await asyncio.to_thread(made.start)  # without room for its log PostgreSQL stops
            await trade.until_ready()

        await trade.run(10 if IS_FULL else 2, full)
    _report(capsys, "The disk was full", trade)


@on_postgres
@pytest.mark.timeout(900)
async def test_redis_is_lost_while_orders_are_placed(
    database_url: str, staff_token: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """No order fails, as the bus carries no data."""
    redis = Redis(tmp_path)
    redis.start()
    rng = random.Random(2)
    try:
        async with _trading(database_url, staff_token, ORDERGRAPH_BUS_URL=redis.url) as trade:
            ready = trade.server.url + "/health/ready"

            async def gone(_number: int) -> None:
                redis.kill()
                async with asyncio.timeout(30):
                    while (await trade.http.get(ready)).json() != {"status": "ready", "degraded": ["bus"]}:
                        await asyncio.sleep(0.02)
                await asyncio.sleep(rng.random() * 0.1)
                redis.start()
                async with asyncio.timeout(30):
                    while (await trade.http.get(ready)).json() != {"status": "ready"}:
                        await asyncio.sleep(0.05)

            await trade.run(20 if IS_FULL else 3, gone)
            assert set(trade.answers) == {"Order"}
        _report(capsys, "Redis was gone", trade)
    finally:
        redis.kill()


def _report(capsys: pytest.CaptureFixture[str], what: str, trade: Trade) -> None:
    with capsys.disabled():
        print(f"\n{what}: {len(trade.acknowledged)} orders; answers {dict(trade.answers)}")
