"""The queue of a location: its fifty most urgent fulfillment orders, among all completed ones."""

import asyncio

from benchmark.life import Client
from benchmark.serving import Served
from benchmark.workloads import PLACE, Workload, listed, placing_input

NAME = "queue of a location, first page"
WAITING = 400  # waiting orders
QUEUE = """query($location: ID!) { fulfillmentOrders(
    first: 50, filter: { locationId: { eq: $location }, status: [RELEASED, PICKING] }) {
  nodes { number status units shipsOn priority isHeld lines { sku quantity picked } }
  pageInfo { hasNextPage } } }"""
_PLACED = PLACE.replace("number }", "number fulfillmentOrders { id location { id } } }")
_RELEASE = "mutation($ids: [ID!]!) { fulfillmentBulkRelease(ids: $ids) { __typename } }"


async def filled(app: Served, skus: list[str]) -> Workload:
    """Create a queue by placing and releasing orders, and return the workload."""
    found: dict[str, list[str]] = {}
    clients = [await Client.to(app.url) for _ in range(8)]

    async def place(client: Client, count: int) -> None:
        for _ in range(count):
            variables = {"input": placing_input(skus), "key": None}
            answer = await client.ask(_PLACED, variables)
            for work in answer["data"]["orderPlace"]["fulfillmentOrders"]:
                found.setdefault(work["location"]["id"], []).append(work["id"])

    await asyncio.gather(*(place(client, WAITING // len(clients)) for client in clients))
    location, ids = max(found.items(), key=lambda item: len(item[1]))
    await clients[0].ask(_RELEASE, {"ids": ids})
    for client in clients:
        client.close()
    return listed(NAME, QUEUE, {"location": location})
