"""Carts of visitors: lines are added, changed and removed, and the cart is read with its totals."""

import asyncio
import random
from typing import Any

import httpx

from benchmark.dataset import SEED
from benchmark.load import Requests
from benchmark.serving import Served
from benchmark.workloads import Workload, body_of

NAME = "change a cart's quantity"
CARTS = 400
GOAL = 300  # requests a second for one worker
_CREATE = """mutation($input: OrderDraftCreateInput!) { orderDraftCreate(input: $input) {
  __typename ... on Order { id accessToken lines { nodes { id sku } } } ... on UserError { message } } }"""
_UPDATE = """mutation($input: OrderDraftLineUpdateInput!) { orderDraftLineUpdate(input: $input) {
  __typename ... on Order { total { amount } lines { nodes { id quantity total { amount } } }
  warnings { code } } ... on UserError { message } } }"""


async def filled(app: Served, skus: list[str]) -> Workload:
    """Create carts of three lines, and return the workload: each request changes the quantity of a line."""
    rng = random.Random(SEED)
    async with httpx.AsyncClient(base_url=app.url, timeout=60) as client:

        async def create() -> dict[str, Any]:
            lines = [{"sku": sku, "quantity": 1} for sku in rng.sample(skus, 3)]
            variables = {"input": {"channel": "bench", "lines": lines}}
            answer = await client.post("/graphql", json={"query": _CREATE, "variables": variables})
            made: dict[str, Any] = answer.json()["data"]["orderDraftCreate"]
            return made

        carts = [
            cart for _ in range(CARTS // 8) for cart in await asyncio.gather(*(create() for _ in range(8)))
        ]
    bodies = [_change(cart, quantity) for quantity in (2, 3, 1) for cart in carts]
    return Workload(NAME, Requests("/graphql", bodies, expect='"__typename":"Order"'), None, goal_rate=GOAL)


def _change(cart: dict[str, Any], quantity: int) -> str:
    change = {"lineId": cart["lines"]["nodes"][0]["id"], "quantity": quantity}
    given = {"id": cart["id"], "draftToken": cart["accessToken"], "lines": [change]}
    return body_of(_UPDATE, {"input": given})
