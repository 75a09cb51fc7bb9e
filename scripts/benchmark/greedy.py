"""How much one client with expensive queries delays the others.

Buyers request catalogue pages at a constant rate. Their response times are measured alone, and while a client
sends the most expensive allowed queries as fast as it can, with and without the default rate limit.
"""

import asyncio
import contextlib
import time

import httpx

from benchmark.report import Line
from benchmark.serving import ordergraph
from benchmark.workloads import CATALOGUE

NAME = "cost control: others' catalogue pages beside a greedy client"
BUYERS_A_SECOND, SECONDS = 80, 6.0
GREEDY_CONNECTIONS = 8
LIMIT = "5000"  # points a second for each address: the default
_ALIASES = " ".join(
    f"v{n}: variants {{ sku name available price {{ amount currency }} product {{ name }} }}"
    for n in range(20)
)
# About half of the maximum cost of a query.
DEAREST = f'{{ products(channel: "bench", first: 100) {{ nodes {{ name {_ALIASES} }} }} }}'
AT_MOST = 1.5  # times the response time alone


async def share(url: str) -> Line:
    """The buyers' p99 alone, with an unlimited greedy client, and with a limited one."""
    with ordergraph(url, ORDERGRAPH_VISITOR_POINTS="0") as unlimited:
        alone = await _waits(unlimited.url)
        trampled = await _beside_greedy(unlimited.url)
    with ordergraph(url, ORDERGRAPH_VISITOR_POINTS=LIMIT) as limited:
        await _spend_all(limited.url)
        shared = await _beside_greedy(limited.url)
    return Line(
        name=NAME,
        rate=BUYERS_A_SECOND,
        p50=_share_of(shared, 0.5),
        p99=_share_of(shared, 0.99),
        remark=f"p99 alone {_share_of(alone, 0.99):.0f} ms, beside it {_share_of(shared, 0.99):.0f} ms; "
        f"were it not limited {_share_of(trampled, 0.99):,.0f} ms",
        reached=_share_of(shared, 0.99) <= max(AT_MOST * _share_of(alone, 0.99), 25.0),
    )


def _share_of(waits: list[float], share: float) -> float:
    return sorted(waits)[int(len(waits) * share) - 1]


async def _waits(url: str) -> list[float]:
    """The response times of the buyers' pages in milliseconds; each buyer has an address."""
    waits: list[float] = []
    clients = [_client(url, f"127.0.1.{n + 1}") for n in range(40)]

    async def ask(client: httpx.AsyncClient) -> None:
        start = time.perf_counter()
        answer = await client.post("/graphql", json={"query": CATALOGUE})
        if "errors" in answer.json():
            raise RuntimeError(answer.text[:300])
        waits.append((time.perf_counter() - start) * 1000)

    await asyncio.gather(*(ask(client) for client in clients))  # connect
    waits.clear()
    start, asked = time.perf_counter(), []
    for number in range(int(BUYERS_A_SECOND * SECONDS)):
        await asyncio.sleep(max(0.0, start + number / BUYERS_A_SECOND - time.perf_counter()))
        asked.append(asyncio.create_task(ask(clients[number % len(clients)])))
    await asyncio.gather(*asked)
    for client in clients:
        await client.aclose()
    return waits


async def _beside_greedy(url: str) -> list[float]:
    async with _client(url, "127.0.2.1") as client:
        greedy = [asyncio.create_task(_ask_on_and_on(client)) for _ in range(GREEDY_CONNECTIONS)]
        await asyncio.sleep(0.5)
        waits = await _waits(url)
        for task in greedy:
            task.cancel()
        await asyncio.gather(*greedy, return_exceptions=True)
    return waits


async def _spend_all(url: str) -> None:
    """Spend the greedy client's initial points, so that only replenished points remain."""
    async with _client(url, "127.0.2.1") as client:
        while "errors" not in (await client.post("/graphql", json={"query": DEAREST})).json():
            pass


async def _ask_on_and_on(client: httpx.AsyncClient) -> None:
    while True:
        with contextlib.suppress(httpx.TransportError):
            await client.post("/graphql", json={"query": DEAREST})


def _client(url: str, address: str) -> httpx.AsyncClient:
    """A client with its own network address of 127.0.0.0/8."""
    return httpx.AsyncClient(
        base_url=url, timeout=60, transport=httpx.AsyncHTTPTransport(local_address=address)
    )
