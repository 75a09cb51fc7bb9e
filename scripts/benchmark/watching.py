"""Live tracking: many buyers watch their orders while staff cancel some hundred orders a second."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from benchmark.report import Line
from benchmark.serving import Served
from benchmark.workloads import PLACE, STAFF, placing_input

SOCKETS, UPDATES_A_SECOND = 2_000, 200
P99_GOAL, MEMORY_GOAL = 100.0, 60.0  # milliseconds; kB for each socket
PLACED = PLACE.replace("number }", "id trackingToken }")
CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id}) { __typename ... on UserError { message } } }"
# The query of the tracking page, and the time of the event.
TRACK = """subscription Track($token: String!, $after: String) {
  orderTracking(token: $token, after: $after) {
    cursor event { number title at }
    tracking { number shop status stage stageTitle isDelayed promisedOn placedAt
      lines { name variant quantity quantityCancelled quantityShipped } timeline { number title at } } } }"""


@dataclass(slots=True)
class _Watching:
    sockets: list[ClientConnection] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)  # milliseconds from the event to its receipt
    told: set[int] = field(default_factory=set)  # sockets that received the cancellation of their order
    all_told: asyncio.Event = field(default_factory=asyncio.Event)


async def watch(app: Served, skus: list[str], *, orders: int = SOCKETS) -> Line:
    """Subscribe to orders, cancel them at a constant rate, and measure the delay of each update."""
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=app.url, headers=STAFF, timeout=30, limits=limits) as http:
        placed = await _together(16, [lambda: _placed(http, skus) for _ in range(orders)])
        before = app.memory_mb()
        watching = _Watching()
        listeners = await _opened(app.url, [placed[n % orders] for n in range(SOCKETS)], watching)
        kilobytes = (app.memory_mb() - before) * 1000 / SOCKETS
        cpu = app.cpu_seconds()
        await _cancel_all(http, placed)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(watching.all_told.wait(), 10)
        cpu = (app.cpu_seconds() - cpu) * 1000 / SOCKETS
        for task in listeners:
            task.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in watching.sockets), return_exceptions=True)
    return _line(watching, orders, kilobytes, cpu, app.memory_mb())


def _line(watching: _Watching, orders: int, kilobytes: float, cpu: float, memory: float) -> Line:
    delays = sorted(watching.delays) or [0.0]
    p99 = delays[int(len(delays) * 0.99) - 1]
    lost = SOCKETS - len(watching.told)
    reached = kilobytes < MEMORY_GOAL and not lost
    of_each = f"{kilobytes:.0f} kB a socket (< {MEMORY_GOAL:.0f})"
    if orders == 1:
        name, remark = f"live tracking: one order, {SOCKETS:,} sockets, one update", of_each
    else:
        name = f"live tracking: {SOCKETS:,} sockets, {UPDATES_A_SECOND} updates a second"
        remark, reached = f"p99 < {P99_GOAL:.0f} ms; {of_each}", reached and p99 < P99_GOAL
    return Line(
        name=name,
        rate=UPDATES_A_SECOND if orders > 1 else SOCKETS / max(delays[-1] / 1000, 0.001),
        p50=delays[len(delays) // 2],
        p99=p99,
        cpu_ms=cpu,
        memory_mb=memory,
        errors=lost,
        example=f"{lost} sockets did not hear of their order" if lost else "",
        remark=remark,
        reached=reached,
    )


async def _placed(http: httpx.AsyncClient, skus: list[str]) -> dict[str, Any]:
    body = {"query": PLACED, "variables": {"input": placing_input(skus)}}
    answer = (await http.post("/graphql", json=body)).json()
    order: dict[str, Any] = answer["data"]["orderPlace"]
    return order


async def _opened(url: str, orders: list[dict[str, Any]], watching: _Watching) -> list[asyncio.Task[None]]:
    address = url.replace("http", "ws", 1) + "/graphql"

    async def opened(index: int) -> asyncio.Task[None]:
        socket = await connect(
            address, subprotocols=["graphql-transport-ws"], compression=None, ping_interval=None
        )
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        variables = {"token": orders[index]["trackingToken"]}
        payload = {"query": TRACK, "variables": variables}
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode())
        first = orjson.loads(await socket.recv())
        if first["type"] != "next" or first["payload"].get("errors"):
            raise RuntimeError(f"the subscription was refused: {first}")
        watching.sockets.append(socket)
        return asyncio.create_task(_listen(socket, index, watching))

    return await _together(50, [lambda index=index: opened(index) for index in range(len(orders))])


async def _listen(socket: ClientConnection, index: int, watching: _Watching) -> None:
    async for message in socket:
        now = time.time()
        update = orjson.loads(message)["payload"]["data"]["orderTracking"]
        watching.delays.append((now - datetime.fromisoformat(update["event"]["at"]).timestamp()) * 1000)
        if update["tracking"]["status"] == "CANCELLED":
            watching.told.add(index)
            if len(watching.told) == SOCKETS:
                watching.all_told.set()


async def _cancel_all(http: httpx.AsyncClient, orders: list[dict[str, Any]]) -> None:
    async def cancel(id: str) -> None:
        answer = (await http.post("/graphql", json={"query": CANCEL, "variables": {"id": id}})).json()
        if answer["data"]["orderCancel"]["__typename"] != "Order":
            raise RuntimeError(f"an order could not be cancelled: {answer}")

    start, running = time.perf_counter(), []
    for number, order in enumerate(orders):
        await asyncio.sleep(max(0.0, start + number / UPDATES_A_SECOND - time.perf_counter()))
        running.append(asyncio.create_task(cancel(order["id"])))
    await asyncio.gather(*running)


async def _together(at_once: int, makers: list[Any]) -> list[Any]:
    """Run a bounded number of coroutines at a time; return their results in order."""
    free = asyncio.Semaphore(at_once)

    async def one(make: Any) -> Any:
        async with free:
            return await make()

    return await asyncio.gather(*(one(make) for make in makers))
