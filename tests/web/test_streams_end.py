"""How an event stream begins, stays open and ends, whatever its client does."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.core.actor import SYSTEM
from app.core.graphql import connections, event_stream
from app.core.journal import feed
from app.orders import queries
from app.orders.service import holding
from app.schema import schema
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all
from tests.web.asgi import Client
from tests.web.test_open_streams import SUBSCRIPTIONS


def watches() -> int:
    return sum(len(each) for each in feed.current().watches.values())


class Ground:
    """Objects to subscribe to, and a credential."""

    def __init__(self, application: httpx.ASGITransport, credential: str, known: dict[str, str]) -> None:
        self._application, self._credential, self._known = application, credential, known

    def listen(self, name: str) -> Client:
        query = SUBSCRIPTIONS[name]
        variables = {key: value for key, value in self._known.items() if f"${key}:" in query}
        return self.ask(query, **variables)

    def ask(self, query: str, **variables: Any) -> Client:
        return Client(self._application, self._credential).ask(query, **variables)


@pytest.fixture
async def ground(application: httpx.ASGITransport, api: Api) -> AsyncIterator[Ground]:
    shop = await make.shop()
    await shop.sell("A", stock=9)
    order = await make.order(("A", 1))
    credential = await make.token()
    staff = api.as_(credential)
    token = queries.tracking_token(order.id, order.tracking_generation)
    found = await staff.ask(
        'query($t: String!, $n: String!) { trackOrder(token: $t) { cursor } order(number: $n) { id } location(code: "web-main") { id } }',
        t=token,
        n=order.number,
    )
    await feed_has_read_all()
    known = {
        "token": token, "after": found["trackOrder"]["cursor"], "id": found["order"]["id"],
        "location": found["location"]["id"],
    }  # fmt: skip
    yield Ground(application, credential, known)
    assert watches() == 0


def test_every_subscription_is_covered():
    assert schema._schema.subscription_type is not None
    assert set(SUBSCRIPTIONS) == set(schema._schema.subscription_type.fields)


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_a_quiet_stream_is_answered_at_once_and_released_when_its_client_disconnects(
    ground: Ground, name: str
):
    before = asyncio.all_tasks()
    client = ground.listen(name)
    await client.until(lambda: b":\n\n" in client.received and watches() == 1)
    start = client.sent[0]
    assert (
        start["status"] == 200 and (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
    )
    assert b"data:" not in client.received
    client.leave()
    await client.ends()
    assert watches() == 0
    async with asyncio.timeout(20):
        while asyncio.all_tasks() - before:  # those of the feed come and go; a leaked one would stay
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("name", ["ordersUpdated", "stockLevelUpdated", "fulfillmentQueueUpdated"])
async def test_a_new_stream_sends_its_start_cursor_so_that_reconnecting_misses_nothing(
    ground: Ground, name: str
):
    everything = {
        "ordersUpdated": "subscription { ordersUpdated { name } }",
        "stockLevelUpdated": "subscription { stockLevelUpdated { onHand } }",
        "fulfillmentQueueUpdated": SUBSCRIPTIONS["fulfillmentQueueUpdated"],
    }[name]
    known = {key: value for key, value in ground._known.items() if f"${key}:" in everything}
    client = ground.ask(everything, **known)
    await client.until(lambda: b"id: " in client.received)
    client.leave()
    await client.ends()
    begun = client.received.partition(b"id: ")[2].partition(b"\n")[0].decode()
    placed = await make.order(("A", 1))  # while no client is subscribed
    await holding.confirm(SYSTEM, placed.id)
    again = ground.ask(everything, headers=(("last-event-id", begun),), **known)
    await again.until(lambda: b"event: next" in again.received)
    again.leave()
    await again.ends()


async def test_a_quiet_stream_is_kept_alive_with_the_cursor_up_to_which_nothing_matched(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "KEEP_ALIVE", 0.05)
    monkeypatch.setattr(connections, "LOOK_EVERY", 0.02)
    client = ground.listen("ordersUpdated")  # of an order that does not exist
    await client.until(lambda: client.received.count(b":\n\n") >= 3)
    ids = client.received.count(b"id: ")
    assert ids == 1  # the same cursor is sent once
    await make.order(("A", 1))
    await client.until(lambda: client.received.count(b"id: ") > ids)
    assert b"event: next" not in client.received
    client.leave()
    await client.ends()


@pytest.mark.parametrize("read", [b":\n\n", b"id: "])
async def test_an_unread_stream_stops_watching_and_ends_without_complete_once_it_is_read(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, read: bytes
):
    monkeypatch.setattr(connections, "SEND_WITHIN", 0.1)
    client = ground.ask("subscription { ordersUpdated { name } }")
    await client.until(lambda: read in client.received)
    client.reads.clear()
    await client.until(lambda: watches() == 1)
    await make.order(("A", 1))
    await client.until(lambda: watches() == 0)
    assert not client.task.done()  # it still counts for its caller
    client.reads.set()
    await client.ends()
    assert client.is_answered and b"complete" not in client.received


@pytest.mark.parametrize("reads", [True, False])
async def test_a_stopping_server_ends_its_streams_without_complete(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, reads: bool
):
    monkeypatch.setattr(event_stream, "STOP_WITHIN", 0.1)
    running = feed.current()
    clients = [ground.listen(name) for name in SUBSCRIPTIONS]
    await clients[0].until(lambda: watches() == len(clients))
    for client in clients:
        client.reads.set() if reads else client.reads.clear()
    for call in list(running.when_stopping):
        call()
    for client in clients:
        await client.ends()
        assert client.is_answered is reads and b"complete" not in client.received


async def test_a_stream_requested_while_the_server_stops_ends_at_once(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feed.current(), "call_when_stopping", lambda call: call())
    for name in SUBSCRIPTIONS:
        client = ground.listen(name)
        await client.ends()
        assert client.is_answered and b"complete" not in client.received
    query = ground.ask("{ me { kind } }")
    await query.ends()
    assert b"event: next" in query.received and b"event: complete" in query.received  # it is finished first


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("subscription { ordersUpdated { nope } }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", 400, "GRAPHQL_PARSE_FAILED"),
        ("", 400, "BAD_REQUEST"),
        ("subscription($id: ID!) { orderUpdated(id: $id) { name } }", 400, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_an_invalid_subscription_is_refused_before_a_stream_begins(
    ground: Ground, query: str, status: int, code: str
):
    client = ground.ask(query)
    await client.ends()
    assert client.sent[0]["status"] == status
    assert json.loads(client.received)["errors"][0]["extensions"]["code"] == code


async def test_a_refusal_by_the_subscription_is_an_error_in_the_stream(ground: Ground):
    client = ground.ask('subscription { orderTracking(token: "nope") { cursor } }')
    await client.ends()
    assert client.sent[0]["status"] == 200 and client.received.endswith(b"event: complete\ndata:\n\n")
    assert b'"NOT_FOUND"' in client.received
