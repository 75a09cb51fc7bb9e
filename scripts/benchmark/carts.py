"""Carts of visitors: what a storefront does with a cart, one operation after the other.

`NAME` is one operation under the load of the other workloads. `MIX` measures each operation: a round lets
every cart do the same, so that the CPU time of the worker can be attributed to it.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmark.dataset import SEED
from benchmark.life import Client
from benchmark.load import Requests
from benchmark.report import Line
from benchmark.serving import Served
from benchmark.workloads import ADDRESS, STAFF, Workload, body_of

NAME = "change a cart's quantity"
MIX = "operations of carts"
CARTS, TOGETHER = 400, 16  # requests at once
IN_A_ROUND = 200  # carts of each operation
GOAL = 300  # requests a second for one worker
CODE = "BENCH-TENTH"
_CART = """__typename ... on Order { id accessToken total { amount }
  lines { nodes { id sku quantity total { amount } } } warnings { code } }"""
_FAILED = "... on UserError { message }"
_CREATE = """mutation($input: OrderDraftCreateInput!) { orderDraftCreate(input: $input) {
  __typename ... on Order { id accessToken lines { nodes { id sku } } } ... on UserError { message } } }"""
_UPDATE = """mutation($input: OrderDraftLineUpdateInput!) { orderDraftLineUpdate(input: $input) {
  __typename ... on Order { total { amount } lines { nodes { id quantity total { amount } } }
  warnings { code } } ... on UserError { message } } }"""
_DISCOUNT = """mutation($code: String!) {
  discountCreate(input: {channel: "bench", code: $code, kind: PERCENT, percent: "10"}) { __typename } }"""
_READ = f"query($id: ID!, $token: String) {{ order(id: $id, token: $token) {{ {_CART} }} }}"


def _change(operation: str, kind: str) -> str:
    return f"mutation($input: {kind}!) {{ {operation}(input: $input) {{ {_CART} {_FAILED} }} }}"


_ADD = _change("orderDraftLineAdd", "OrderDraftLineAddInput")
_SET_QUANTITY = _change("orderDraftLineUpdate", "OrderDraftLineUpdateInput")
_REMOVE = _change("orderDraftLineRemove", "OrderDraftLineRemoveInput")
_SET = _change("orderDraftUpdate", "OrderDraftUpdateInput")


async def _begin(client: httpx.AsyncClient, skus: list[str]) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": 1} for sku in skus]
    variables = {"input": {"channel": "bench", "lines": lines}}
    answer = await client.post("/graphql", json={"query": _CREATE, "variables": variables})
    made: dict[str, Any] = answer.json()["data"]["orderDraftCreate"]
    return made


async def _carts(app: Served, chosen: list[list[str]]) -> list[dict[str, Any]]:
    """Carts with some SKUs each, created eight at a time."""
    async with httpx.AsyncClient(base_url=app.url, timeout=60) as client:
        return [
            cart
            for start in range(0, len(chosen), 8)
            for cart in await asyncio.gather(*(_begin(client, skus) for skus in chosen[start : start + 8]))
        ]


async def filled(app: Served, skus: list[str]) -> Workload:
    """Create carts of three lines, and return the workload: each request changes the quantity of a line."""
    rng = random.Random(SEED)
    carts = await _carts(app, [rng.sample(skus, 3) for _ in range(CARTS)])
    bodies = [_quantity(cart, quantity) for quantity in (2, 3, 1) for cart in carts]
    return Workload(NAME, Requests("/graphql", bodies, expect='"__typename":"Order"'), None, goal_rate=GOAL)


def _quantity(cart: dict[str, Any], quantity: int) -> str:
    change = {"lineId": cart["lines"]["nodes"][0]["id"], "quantity": quantity}
    given = {"id": cart["id"], "draftToken": cart["accessToken"], "lines": [change]}
    return body_of(_UPDATE, {"input": given})


@dataclass(slots=True)
class _Operation:
    """One operation on a cart, and the time of all of its requests."""

    name: str
    query: str
    times: list[float] = field(default_factory=list)  # milliseconds of each request
    seconds: float = 0  # of all rounds
    cpu: float = 0  # seconds of the worker

    def line(self, app: Served) -> Line:
        self.times.sort()
        count = len(self.times)
        return Line(
            f"{MIX}: {self.name}",
            rate=count / self.seconds,
            p50=self.times[count // 2],
            p99=self.times[int(count * 0.99)],
            cpu_ms=self.cpu * 1000 / count,
            memory_mb=app.memory_mb(),
        )


def _operations() -> list[_Operation]:
    return [
        _Operation("add a line", _ADD),
        _Operation("raise a quantity", _SET_QUANTITY),
        _Operation("lower a quantity", _SET_QUANTITY),
        _Operation("set a code", _SET),
        _Operation("set the address", _SET),
        _Operation("set the shipping method", _SET),
        _Operation("read the cart", _READ),
        _Operation("remove a line", _REMOVE),
    ]


def _variables(operation: str, cart: dict[str, Any], fourth: str) -> dict[str, Any]:
    if operation == "read the cart":
        return {"id": cart["id"], "token": cart["accessToken"]}
    first, *_, last = (line["id"] for line in cart["lines"]["nodes"])
    changes: dict[str, dict[str, Any]] = {
        "add a line": {"lines": [{"sku": fourth, "quantity": 1}]},
        "raise a quantity": {"lines": [{"lineId": first, "quantity": 3}]},
        "lower a quantity": {"lines": [{"lineId": first, "quantity": 1}]},
        "set a code": {"discountCodes": [CODE]},
        "set the address": {"email": "ada@example.com", "shippingAddress": ADDRESS},
        "set the shipping method": {"shippingMethod": "standard"},
        "remove a line": {"lineIds": [last]},
    }
    return {"input": {"id": cart["id"], "draftToken": cart["accessToken"], **changes[operation]}}


async def mixed(app: Served, skus: list[str], rounds: int) -> list[Line]:
    """Each operation of a cart: the CPU time of the worker, and all of them together."""
    async with httpx.AsyncClient(base_url=app.url, timeout=60) as client:
        given = {"query": _DISCOUNT, "variables": {"code": CODE}}
        made = await client.post("/graphql", json=given, headers=STAFF)
        made.raise_for_status()
    rng = random.Random(SEED + 1)
    chosen = [rng.sample(skus, 4) for _ in range(IN_A_ROUND)]
    carts = await _carts(app, [each[:3] for each in chosen])
    operations = _operations()
    clients = [await Client.to(app.url, {}) for _ in range(TOGETHER)]
    for number in range(rounds + 1):
        for operation in operations:
            before = _Operation(operation.name, operation.query)
            await _round(app, clients, before, carts, [each[3] for each in chosen])
            if number:  # the first round warms up
                operation.times += before.times
                operation.seconds += before.seconds
                operation.cpu += before.cpu
    for each in clients:
        each.close()
    whole = _Operation("together", "")
    for operation in operations:
        whole.times += operation.times
        whole.seconds += operation.seconds
        whole.cpu += operation.cpu
    together = whole.line(app)
    together.goal_rate = GOAL
    return [*(operation.line(app) for operation in operations), together]


async def _round(
    app: Served, clients: list[Client], operation: _Operation, carts: list[dict[str, Any]], fourth: list[str]
) -> None:
    """Let every cart do one operation, and keep its new state."""
    waiting: Iterator[int] = iter(range(len(carts)))

    async def work(client: Client) -> None:
        for index in waiting:
            variables = _variables(operation.name, carts[index], fourth[index])
            start = time.perf_counter()
            answer = await client.ask(operation.query, variables)
            operation.times.append((time.perf_counter() - start) * 1000)
            (found,) = (answer.get("data") or {"": None}).values()
            if not found or found["__typename"] != "Order" or found["warnings"]:
                raise RuntimeError(f"{operation.name}: {answer}"[:500])
            carts[index] = found

    cpu, start = app.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(work(client) for client in clients))
    operation.seconds, operation.cpu = time.perf_counter() - start, app.cpu_seconds() - cpu
