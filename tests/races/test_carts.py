"""Carts of two server processes change their quantities at once: what they reserve adds up, and is in stock."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from tests.ask import Api
from tests.races.shop import at, client, set_up
from tests.servers import serving

pytestmark = pytest.mark.postgres
CARTS, CHANGES, STOCK = 16, 12, 40
CART = "__typename ... on Order { id accessToken reservedUntil lines { nodes { id sku quantity } } }"
BEGIN = f"mutation($i: OrderDraftCreateInput!) {{ orderDraftCreate(input: $i) {{ {CART} }} }}"
CHANGE = f"mutation($i: OrderDraftLineUpdateInput!) {{ orderDraftLineUpdate(input: $i) {{ {CART} }} }}"
READ = f"query($i: ID!, $t: String) {{ order(id: $i, token: $t) {{ {CART.partition('Order { ')[2]} }}"
LEVELS = "{ stockLevels { nodes { onHand reserved available variant { sku } } } }"


async def _shopper(apis: list[Api], number: int, cart: dict[str, Any], *, grows: bool) -> Counter[str]:
    """Set random quantities of random lines, or larger ones each time, on either server."""
    rng, found = random.Random(number), Counter[str]()
    for step in range(CHANGES):
        lines = rng.sample(cart["lines"]["nodes"], rng.randrange(1, 3))
        units = 2 + step if grows else rng.randrange(1, 6)
        changes = [{"lineId": line["id"], "quantity": units} for line in lines]
        given = {"id": cart["id"], "draftToken": cart["accessToken"], "lines": changes}
        found[(await rng.choice(apis).do(CHANGE, i=given))["__typename"]] += 1
    return found


async def _changed_at_once(
    apis: list[Api], *, grow: bool = False
) -> tuple[Counter[str], list[dict[str, Any]]]:
    """The results of the changes, and the carts as they are afterwards."""
    lines = [{"sku": sku, "quantity": 1} for sku in ("A", "B")]
    given = {"channel": "web", "lines": lines}
    carts = [await apis[0].do(BEGIN, i=given) for _ in range(CARTS)]
    found = await asyncio.gather(*(_shopper(apis, n, cart, grows=grow) for n, cart in enumerate(carts)))
    read = [(await apis[0].ask(READ, i=cart["id"], t=cart["accessToken"]))["order"] for cart in carts]
    return sum(found, Counter[str]()), read


async def test_carts_that_change_at_once_reserve_their_quantities_and_no_more_than_there_is(
    database_url: str, staff_token: str
):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = at(servers[0], http, staff_token)
        await set_up(staff, {"A": STOCK, "B": STOCK})
        # Carts of staff, whose share of the stock is not limited.
        found, carts = await _changed_at_once([at(server, http, staff_token) for server in servers])
        assert found.keys() == {"Order", "InsufficientStock"}, found
        held = Counter[str]()
        for cart in carts:
            for line in cart["lines"]["nodes"] if cart["reservedUntil"] else ():
                held[line["sku"]] += line["quantity"]
        levels = (await staff.ask(LEVELS))["stockLevels"]["nodes"]
        assert {level["variant"]["sku"]: level["reserved"] for level in levels} == held
        assert all(level["reserved"] <= level["onHand"] for level in levels)
        verified = servers[0].run("verify")
        assert verified.returncode == 0, verified.stdout


async def test_a_planted_fault_in_changing_carts_is_caught(database_url: str, staff_token: str):
    """The same changes on a build that reads, modifies and writes back do not add up."""
    async with serving(database_url, count=2, module="tests.races.oversold") as servers, client() as http:
        await set_up(at(servers[0], http, staff_token), {"A": 10_000, "B": 10_000})
        await _changed_at_once([at(server, http, staff_token) for server in servers], grow=True)
        verified = servers[0].run("verify")
        assert verified.returncode == 1 and "level" in verified.stdout
