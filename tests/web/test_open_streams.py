"""Quiet subscribers cost little, and nothing after they have left, over either transport."""

import asyncio
import resource
import shutil
import statistics
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests import services
from tests.amounts import usual
from tests.ask import Api
from tests.conftest import ON_POSTGRES
from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, buy, client, set_up
from tests.servers import Server, serving
from tests.web.crowd import Crowd

# Of each subscription, half of them over event streams and half over sockets.
STREAMS = usual(500, full=2_000)
WITH_A_FAULT = 20
WRITES, ROUNDS = 10, 12

SUBSCRIPTIONS = {
    "orderTracking": "subscription($token: String!, $after: String) { orderTracking(token: $token, after: $after) { cursor } }",
    "orderUpdated": "subscription($id: ID!, $after: String) { orderUpdated(id: $id, after: $after) { cursor } }",
    "ordersUpdated": 'subscription { ordersUpdated(filter: {number: {eq: "NONE"}}) { cursor } }',
    "stockLevelUpdated": 'subscription { stockLevelUpdated(filter: {sku: {eq: "NONE"}}) { onHand } }',
    "fulfillmentQueueUpdated": "subscription($location: ID!) { fulfillmentQueueUpdated(locationId: $location) { number } }",
}
WRITE = """mutation($id: ID!, $stock: [StockRowInput!]!) {
  orderNoteAdd(id: $id, text: "called") { __typename }
  stockBulkSet(input: $stock) { ... on BulkResult { failed } } }"""
CURSOR = "query($token: String!) { trackOrder(token: $token) { cursor } }"
LOCATION = '{ location(code: "main") { id } }'


class Shop:
    """A server, the writes to it, and their cost."""

    def __init__(self, server: Server, http: httpx.AsyncClient, token: str) -> None:
        self.server, self.token, self._http = server, token, http
        self.staff: Api = at(server, http, token)
        assert server.process is not None
        self.process = psutil.Process(server.process.pid)
        self._written = 0

    @classmethod
    async def open(cls, server: Server, http: httpx.AsyncClient, token: str) -> "Shop":
        shop = cls(server, http, token)
        await set_up(shop.staff, {"A": 10})
        shop.order = await buy(shop.staff, ("A", 1))
        shop.location = (await shop.staff.ask(LOCATION))["location"]["id"]
        return shop

    order: dict[str, Any]
    location: str

    async def counts(self) -> dict[str, int]:
        """How many tasks the server runs and how many watches it feeds."""
        return (await self._http.get(self.server.url + "/counts")).json()  # type: ignore[no-any-return]

    async def until_watches(self, count: int) -> dict[str, int]:
        for _ in range(600):
            if (found := await self.counts())["watches"] == count:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"not {count} watches: {found}")

    async def until_tasks(self, most: int) -> None:
        for _ in range(100):
            if (found := await self.counts())["tasks"] <= most:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"more than {most} tasks: {found}")

    async def write(self) -> None:
        self._written += 1
        stock = [{"sku": "A", "location": "main", "onHand": 1_000 + self._written}]
        await self.staff.ask(WRITE, id=self.order["id"], stock=stock)

    async def cost_of_writes(self) -> float:
        """The server's CPU time for some writes, in seconds."""
        before = self._processor_time()
        for _ in range(WRITES):
            await self.write()
        return self._processor_time() - before

    def _processor_time(self) -> float:
        # psutil has a resolution of only hundredths of a second.
        spent = Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]
        return int(spent) / 1e9 + sum(
            int((task / "schedstat").read_text().split()[0]) / 1e9
            for task in Path(f"/proc/{self.process.pid}/task").iterdir()
            if task.name != str(self.process.pid)
        )

    async def is_watched(self, crowd: Crowd, each: int) -> int:
        """Open every subscription from a crowd; returns the number of open subscriptions."""
        cursor = (await self.staff.ask(CURSOR, token=self.order["trackingToken"]))["trackOrder"]["cursor"]
        known = {
            "token": self.order["trackingToken"], "id": self.order["id"], "location": self.location, "after": cursor,
        }  # fmt: skip
        for query in SUBSCRIPTIONS.values():
            variables = {name: value for name, value in known.items() if f"${name}:" in query}
            await crowd.listen(each // 2, query, variables)
            await crowd.subscribe(each // 2, query, variables)
        return each // 2 * 2 * len(SUBSCRIPTIONS)


@pytest.fixture
async def used(database_url: str, staff_token: str) -> AsyncIterator[Shop]:  # noqa: F811
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    more = {"ORDERGRAPH_MAX_SOCKETS_PER_PRINCIPAL": "100000"}
    async with serving(database_url, module="tests.web.counted", **more) as (server,), client() as http:
        yield await Shop.open(server, http, staff_token)


@pytest.fixture
async def unused(template: tuple[str, str], tmp_path: Path) -> AsyncIterator[Shop]:  # noqa: F811
    """The same without subscribers."""
    if ON_POSTGRES:
        url = await services.make_database(services.new_url(), like=template[0])
    else:
        url = f"sqlite:///{tmp_path}/unused.db"
        shutil.copy(template[0].removeprefix("sqlite:///"), tmp_path / "unused.db")
    async with serving(url, module="tests.web.counted") as (server,), client() as http:
        yield await Shop.open(server, http, template[1])
    if ON_POSTGRES:
        await services.drop_database(url)


async def costs_more(used: Shop, unused: Shop) -> float:
    """The ratio of the cost of a write on the two servers: the median of alternating pairs."""
    pairs = []
    for _ in range(ROUNDS):
        one, other = await used.cost_of_writes(), await unused.cost_of_writes()
        pairs.append(one / other)
    return statistics.median(pairs)


@pytest.mark.timeout(900)  # it opens thousands of streams on a machine that may be busy
async def test_thousands_of_quiet_streams_release_their_resources_and_end_with_the_server(
    used: Shop, unused: Shop
):
    for shop in (used, unused):
        await shop.cost_of_writes()  # what is done for the first time is not counted
    before = (await used.counts())["tasks"]
    crowd = Crowd(used.server, used.token)
    await used.until_watches(await used.is_watched(crowd, STREAMS))
    opened = used.process.memory_info().rss
    await crowd.leave()
    await used.until_watches(0)
    await used.until_tasks(before)
    assert await costs_more(used, unused) < 1.2
    await used.until_watches(await used.is_watched(crowd, STREAMS))
    assert used.process.memory_info().rss < opened * 1.1
    await _ends_quietly(used.server, crowd)


async def _ends_quietly(server: Server, crowd: Crowd) -> None:
    """Stop a server with a crowd of subscribers: all of them see it stop, and it logs no errors."""
    started = asyncio.get_running_loop().time()
    code = await asyncio.to_thread(server.stop)
    assert code in (0, -15) and asyncio.get_running_loop().time() - started < 30
    await asyncio.gather(*(each.is_over for each in crowd.listeners))
    assert {each.received.split(b"\r\n")[0] for each in crowd.listeners} == {b"HTTP/1.1 200 OK"}
    # The answer ends without `complete`, so that subscribers reconnect.
    assert all(each.received.endswith(b"\r\n0\r\n\r\n") for each in crowd.listeners)
    assert not any(b"complete" in each.received for each in crowd.listeners)
    await asyncio.gather(*(each.wait_closed() for each in crowd.sockets))
    assert {each.close_code for each in crowd.sockets} == {1012}
    said = server.output()
    assert "Traceback" not in said and "rror" not in said, said


async def test_a_stream_that_continues_without_its_client_is_detected(
    database_url: str,  # noqa: F811
    staff_token: str,  # noqa: F811
):
    leaky = serving(database_url, module="tests.web.counted", LEAKY="1")
    async with leaky as (server,), client() as http:
        shop = await Shop.open(server, http, staff_token)
        crowd = Crowd(server, staff_token)
        await shop.until_watches(await shop.is_watched(crowd, WITH_A_FAULT))
        await crowd.leave()
        half = WITH_A_FAULT // 2 * len(SUBSCRIPTIONS)  # those over sockets have no fault
        await shop.until_watches(half)
        await asyncio.sleep(1)
        found = await shop.counts()
        assert found["watches"] == half and found["tasks"] >= half
