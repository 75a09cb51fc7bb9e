"""`kill -9` while orders are placed: every acknowledged order exists, and verification passes."""

import asyncio
import random

import httpx
import pytest

from tests.amounts import usual
from tests.races.shop import at, buy, client, set_up
from tests.servers import serving

KILLS, ORDERS = usual((10, 1000), full=(20, 2000))  # the two databases together: 20 in 2000


@pytest.mark.timeout(900)
async def test_power_cuts_lose_no_acknowledged_order(database_url: str, staff_token: str):
    async with serving(database_url) as (server,):
        async with client() as http:
            staff = at(server, http, staff_token)
            await set_up(staff, {"A": 1_000_000, "B": 1_000_000})
        acknowledged: dict[str, str] = {}
        waiting = list(range(ORDERS))
        rng = random.Random(1)

        async def buyer(http: httpx.AsyncClient) -> None:
            api = at(server, http)
            while waiting:
                index = waiting.pop()
                try:
                    placed = await buy(api, ("A", 1), ("B", 2), key=f"order-{index}")
                    acknowledged[f"order-{index}"] = placed["number"]
                except (httpx.TransportError, ValueError):
                    waiting.append(index)  # the same key again: done or not, there will be one order
                    await asyncio.sleep(0.05)

        async with client() as http:
            buyers = [asyncio.create_task(buyer(http)) for _ in range(12)]
            done_at = [ORDERS * (i + 1) // (KILLS + 1) for i in range(KILLS)]
            for mark in done_at:
                while len(acknowledged) < mark:
                    await asyncio.sleep(0.005)
                await asyncio.sleep(rng.random() * 0.02)
                server.kill()
                await server.start()
            await asyncio.gather(*buyers)
            assert len(acknowledged) == ORDERS
            assert len(set(acknowledged.values())) == ORDERS
            found = await _all_numbers(at(server, http, staff_token))
        assert set(acknowledged.values()) == found
        assert server.stop() in (0, -15)
        verified = server.run("verify")
        assert verified.returncode == 0, verified.stdout


async def _all_numbers(api) -> set[str]:
    numbers: set[str] = set()
    after = None
    while True:
        page = await api.ask(
            "query($after: String) { orders(first: 100, after: $after) "
            "{ nodes { number } pageInfo { hasNextPage endCursor } } }",
            after=after,
        )
        numbers |= {node["number"] for node in page["orders"]["nodes"]}
        if not page["orders"]["pageInfo"]["hasNextPage"]:
            return numbers
        after = page["orders"]["pageInfo"]["endCursor"]
