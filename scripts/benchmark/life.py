"""The complete life of orders: placed, allocated, released, picked, packed, shipped and delivered."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmark.report import Line
from benchmark.serving import Served
from benchmark.workloads import PLACE, STAFF, placing_input

NAME = "full life"
TOGETHER, GOAL = 16, 60  # orders at once; orders a second and worker
PLACED = PLACE.replace("number }", "id number fulfillmentOrders { id } }")
_WORK = "{ __typename ... on FulfillmentOrder { shipments { id } } ... on UserError { message } }"
_STEPS = {
    "fulfillmentRelease": f"mutation($id: ID!) {{ fulfillmentRelease(id: $id) {_WORK} }}",
    "fulfillmentPick": f"mutation($id: ID!) {{ fulfillmentPick(input: {{id: $id}}) {_WORK} }}",
    "fulfillmentPack": f"mutation($id: ID!) {{ fulfillmentPack(input: {{id: $id}}) {_WORK} }}",
    "fulfillmentShip": f"mutation($id: ID!) {{ fulfillmentShip(input: {{id: $id}}) {_WORK} }}",
}
_DELIVER = "mutation($id: ID!) { shipmentDeliver(input: {shipmentId: $id}) { __typename } }"


class Client:
    """One connection to the server; httpx would use half as much CPU time as the worker."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        host: str,
        headers: Mapping[str, str],
    ) -> None:
        self._reader, self._writer = reader, writer
        lines = (
            "POST /graphql HTTP/1.1", f"Host: {host}", "Content-Type: application/json",
            *(f"{name}: {value}" for name, value in headers.items()), "Content-Length: ",
        )  # fmt: skip
        self._head = "\r\n".join(lines).encode()

    @classmethod
    async def to(cls, url: str, headers: Mapping[str, str] = STAFF) -> "Client":
        where = urlsplit(url)
        return cls(*await asyncio.open_connection(where.hostname, where.port), where.netloc, headers)

    async def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = orjson.dumps({"query": query, "variables": variables})
        self._writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return orjson.loads(await self._reader.readexactly(length))  # type: ignore[no-any-return]

    def close(self) -> None:
        self._writer.close()


OfOrder = Callable[[Client, dict[str, Any]], Awaitable[None]]


async def lives(
    app: Served,
    skus: list[str],
    seconds: float,
    *,
    pay: OfOrder | None = None,
    until_done: OfOrder | None = None,
) -> Line:
    """The number of orders that are placed and delivered within the time, sixteen at once.

    `pay` is called with each order after it was placed, `until_done` with the last one of each connection.
    """
    times: list[float] = []
    errors: list[str] = []
    end = time.perf_counter() + seconds

    async def worker() -> None:
        client, last = await Client.to(app.url), None
        while time.perf_counter() < end:
            start = time.perf_counter()
            try:
                last = await _one(client, skus, pay)
                times.append((time.perf_counter() - start) * 1000)
            except RuntimeError as error:
                errors.append(str(error))
        if until_done is not None and last is not None:
            await until_done(client, last)
        client.close()

    cpu, start = app.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(TOGETHER)))
    took, cpu = time.perf_counter() - start, app.cpu_seconds() - cpu
    times.sort()
    return Line(
        f"{NAME}: place to deliver, six requests an order",
        rate=len(times) / took,
        p50=times[len(times) // 2] if times else 0,
        p99=times[int(len(times) * 0.99)] if times else 0,
        cpu_ms=cpu * 1000 / max(1, len(times)),
        memory_mb=app.memory_mb(),
        goal_rate=GOAL,
        errors=len(errors),
        example=errors[0] if errors else "",
    )


async def _one(client: Client, skus: list[str], pay: OfOrder | None) -> dict[str, Any]:
    placed = await ask(client, PLACED, {"input": placing_input(skus)}, "orderPlace")
    if pay is not None:
        await pay(client, placed)
    for work in placed["fulfillmentOrders"]:
        for name, query in _STEPS.items():
            done = await ask(client, query, {"id": work["id"]}, name)
        await ask(client, _DELIVER, {"id": done["shipments"][0]["id"]}, "shipmentDeliver")
    return placed


async def ask(client: Client, query: str, variables: dict[str, Any], name: str) -> dict[str, Any]:
    """The result of a mutation.

    Raises:
        RuntimeError: it failed.
    """
    answer = await client.ask(query, variables)
    found = (answer.get("data") or {}).get(name) or {}
    if found.get("__typename") not in ("Order", "FulfillmentOrder", "Shipment", "PaymentTransaction"):
        raise RuntimeError(f"{name}: {answer}")
    return found  # type: ignore[no-any-return]
