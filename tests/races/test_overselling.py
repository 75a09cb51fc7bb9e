"""64 buyers, a stock of 50, two server processes: exactly 50 are sold, every time."""

import asyncio
from collections import Counter

import pytest

from tests.races.shop import at, buy, client, restock, set_up
from tests.servers import serving

pytestmark = pytest.mark.postgres
BUYERS, STOCK, ROUNDS = 64, 50, 20


async def _round(apis, sku: str) -> Counter[str]:
    answers = await asyncio.gather(*(buy(apis[i % 2], (sku, 1)) for i in range(BUYERS)))
    return Counter(answer["__typename"] for answer in answers)


async def test_64_buyers_of_50_get_exactly_50_in_each_of_20_rounds(database_url: str, staff_token: str):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = at(servers[0], http, staff_token)
        await set_up(staff, {"HOT": STOCK})
        visitors = [at(server, http) for server in servers]
        for number in range(ROUNDS):
            if number:
                await restock(staff, "HOT", STOCK)
            sold = await _round(visitors, "HOT")
            assert sold == {"Order": STOCK, "InsufficientStock": BUYERS - STOCK}, f"round {number}"
        verified = servers[0].run("verify")
        assert verified.returncode == 0, verified.stdout


async def test_the_planted_fault_is_caught(database_url: str, staff_token: str):
    """The same race on a build that reads, modifies and writes back sells more than there is."""
    async with serving(database_url, count=2, module="tests.races.oversold") as servers, client() as http:
        staff = at(servers[0], http, staff_token)
        await set_up(staff, {"HOT": STOCK})
        sold = await _round([at(server, http) for server in servers], "HOT")
        assert sold["Order"] > STOCK
        verified = servers[0].run("verify")
        assert verified.returncode == 1 and "level" in verified.stdout


async def test_random_baskets_over_few_skus_meet_no_deadlock(database_url: str, staff_token: str):
    import random

    skus = {f"S{i}": 100_000 for i in range(10)}
    async with serving(database_url, count=2) as servers, client() as http:
        await set_up(at(servers[0], http, staff_token), skus)
        rng = random.Random(11)

        async def shopper(index: int) -> Counter[str]:
            api, found = at(servers[index % 2], http), Counter[str]()
            for _ in range(25):
                basket = [(sku, rng.randrange(1, 4)) for sku in rng.sample(list(skus), 5)]
                found[(await buy(api, *basket))["__typename"]] += 1
            return found

        total = sum(await asyncio.gather(*(shopper(i) for i in range(32))), Counter[str]())
        assert total == {"Order": 800}
        assert servers[0].run("verify").returncode == 0
