"""Orders that are paid: a complete life with capture at shipment, and payments recorded by hand."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from benchmark import life
from benchmark.dataset import GATEWAY, SEED
from benchmark.life import Client
from benchmark.report import Line
from benchmark.serving import Served, ordergraph
from benchmark.workloads import placing_input

NAME, RECORDED = "full life with capture at shipment", "record a payment"
GOAL, RECORDS, TOGETHER = 55, 400, 16
_AT_SHIPMENT = """mutation($id: ID!) { channelUpdate(input: {id: $id, capture: AT_SHIPMENT}) {
  __typename ... on UserError { message } } }"""
_CHANNEL = '{ channel(code: "bench") { id } }'
_PAY = f"""mutation($id: ID!) {{
  paymentContinue(input: {{orderId: $id, gateway: "{GATEWAY}", token: "card"}}) {{
    __typename ... on Order {{ paymentStatus }} ... on UserError {{ message }} }} }}"""
_STATUS = "query($id: ID!) { order(id: $id) { paymentStatus } }"
_PLACE = life.PLACED.replace("fulfillmentOrders { id }", "total { amount currency }")
_RECORD = """mutation($input: PaymentRecordInput!) { paymentRecord(input: $input) {
  __typename ... on UserError { message } } }"""


async def lives(url: str, skus: list[str], seconds: float) -> Line:
    """Orders that a gateway authorizes before they are released, and whose shipments are captured.

    The gateway answers at once, in the process of the server, so that only the work of the server is
    measured. The time ends when the last captures are recorded.
    """
    with ordergraph(url, module="benchmark.gatewayed") as app:
        client = await Client.to(app.url)
        channel = (await client.ask(_CHANNEL, {}))["data"]["channel"]["id"]
        changed = await client.ask(_AT_SHIPMENT, {"id": channel})
        if changed["data"]["channelUpdate"]["__typename"] != "Channel":
            raise RuntimeError(str(changed))
        client.close()
        line = await life.lives(app, skus, seconds, pay=_pay, until_done=_until_captured)
    line.name, line.goal_rate = f"{NAME}: place, pay and deliver, seven requests an order", GOAL
    return line


async def _pay(client: Client, order: dict[str, Any]) -> None:
    found = await life.ask(client, _PAY, {"id": order["id"]}, "paymentContinue")
    if found["paymentStatus"] != "AUTHORIZED":
        raise RuntimeError(f"paymentContinue: {found}")


async def _until_captured(client: Client, order: dict[str, Any]) -> None:
    """Captures are requested in the sequence of the shipments, so those before are recorded too."""
    for _ in range(3_000):
        answer = await client.ask(_STATUS, {"id": order["id"]})
        if answer["data"]["order"]["paymentStatus"] == "PAID":
            return
        await asyncio.sleep(0.02)
    raise RuntimeError(f"the captures were not recorded: {answer}")


async def recorded(app: Served, skus: list[str]) -> list[Line]:
    """Orders that are placed with a manual payment, and the payments that are recorded for them."""
    clients = [await Client.to(app.url) for _ in range(TOGETHER)]
    rng = random.Random(SEED)
    lines = []
    for number in range(2):  # the first round warms up
        inputs = [{"input": placing_input(rng.sample(skus, 10))} for _ in range(RECORDS)]
        placed, placing = await _round(app, clients, _PLACE, inputs, "orderPlace")
        payments = [{"input": {"orderId": each["id"], "amount": each["total"]}} for each in placed]
        _, recording = await _round(app, clients, _RECORD, payments, "paymentRecord")
        lines = [placing, recording] if number else []
    for client in clients:
        client.close()
    return lines


async def _round(
    app: Served, clients: Sequence[Client], query: str, given: Sequence[dict[str, Any]], name: str
) -> tuple[list[dict[str, Any]], Line]:
    """Send a request with each of some variables; returns the results and the time of the requests."""
    waiting: Iterator[dict[str, Any]] = iter(given)
    times: list[float] = []
    found: list[dict[str, Any]] = []

    async def work(client: Client) -> None:
        for variables in waiting:
            start = time.perf_counter()
            found.append(await life.ask(client, query, variables, name))
            times.append((time.perf_counter() - start) * 1000)

    cpu, start = app.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(work(client) for client in clients))
    took, cpu = time.perf_counter() - start, app.cpu_seconds() - cpu
    times.sort()
    line = Line(
        f"{RECORDED}: {name}",
        rate=len(times) / took,
        p50=times[len(times) // 2],
        p99=times[int(len(times) * 0.99)],
        cpu_ms=cpu * 1000 / len(times),
        memory_mb=app.memory_mb(),
    )
    return found, line
