"""Garbage collection takes little time: young collections are small, and operations leave no cyclic garbage."""

import gc
from typing import Any

import httpx
import pytest
from starlette.websockets import WebSocket

from app.core.graphql.connections import Connection
from app.core.graphql.context import Context
from app.core.graphql.event_stream import EventStream
from app.core.graphql.executor import Executor
from app.core.journal import feed
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.web.asgi import Client, Socket

MOST_OBJECTS = 50_000


def test_a_collection_of_young_generations_examines_a_bounded_number_of_objects(
    application: httpx.ASGITransport,
):
    collections: list[int] = []

    def record(phase: str, info: dict[str, Any]) -> None:
        if phase == "start" and info["generation"] == 1:
            collections.append(len(gc.get_objects(0)) + len(gc.get_objects(1)))

    gc.collect()
    gc.callbacks.append(record)
    try:
        kept = [[] for _ in range(500_000)]
    finally:
        gc.callbacks.remove(record)
    assert len(kept) == 500_000 and 0 < max(collections) <= MOST_OBJECTS


@pytest.mark.parametrize(
    "asked",
    [
        "{ orders(first: 5) { nodes { number customer { name } lines { nodes { sku } } } } }",
        '{ node(id: "no id") { id } }',
        "{ nothing }",
        "{ orders(first: 5) { nodes { __typename number } pageInfo { hasNextPage } } me { kind } }",
        PLACE,
    ],
)
async def test_an_operation_is_freed_without_garbage_collection(api: Api, asked: str):
    shop = await make.shop()
    await shop.sell("A")
    await make.order(("A", 1))
    staff = api.as_(await make.token())
    variables = {"input": order_input(("A", 1))} if asked == PLACE else {}
    await staff.post(asked, variables)
    gc.collect()
    gc.disable()
    try:
        before = _live()
        for _ in range(3):
            await staff.post(asked, variables)
        assert _live() == before
    finally:
        gc.enable()


STREAM = 'subscription { orderTracking(token: "TOKEN") { cursor } }'


@pytest.mark.parametrize("transport", [Client, Socket])
@pytest.mark.parametrize("asked", [STREAM, "subscription { ordersUpdated { name } }"])
async def test_a_subscription_is_freed_without_garbage_collection_after_its_client_disconnects(
    api: Api, application: httpx.ASGITransport, transport: type[Client | Socket], asked: str
):
    await (await make.shop()).sell("A")
    await make.order(("A", 1))
    token = await make.token()
    found = await api.as_(token).ask("{ orders { nodes { trackingToken } } }")
    query = asked.replace("TOKEN", found["orders"]["nodes"][0]["trackingToken"])

    async def listen_and_leave() -> None:
        watches = len(feed.current().watches)
        if transport is Client:
            client: Client | Socket = Client(application, token).ask(query)
        else:
            client = await Socket(application, token).begin()
            client.ask("1", query)
        await client.until(lambda: len(feed.current().watches) > watches)
        client.leave()
        await client.ends()

    await listen_and_leave()
    gc.collect()
    gc.disable()
    try:
        before = _live()
        for _ in range(3):
            await listen_and_leave()
        assert _live() == before
    finally:
        gc.enable()


def _live() -> int:
    kinds = (Context, Executor, EventStream, Connection, WebSocket)
    return sum(isinstance(each, kinds) for each in gc.get_objects())
