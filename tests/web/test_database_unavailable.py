"""Answers over every transport while PostgreSQL is unavailable, slow or disconnects."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
import websockets

from tests.ask import PLACE, Api, order_input
from tests.conftest import ON_POSTGRES
from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, client, set_up
from tests.relay import Relay, relayed
from tests.servers import Server, serving

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="SQLite is a file, which is always available")
QUERY = "{ channels { nodes { code } } }"
CREATE = 'mutation { channelCreate(input: {code: "x", name: "X", currency: "USD"}) { __typename ... on UserError { errorCode message } } }'
UNKNOWN = "og_live_" + "x" * 32  # a token that no server has cached
STREAM = "subscription { ordersUpdated { name order { fulfillmentOrders { number } } } }"
OF_ORDER = "subscription($id: ID!) { orderUpdated(id: $id) { cursor } }"
NOTE = 'mutation($id: ID!) { orderNoteAdd(id: $id, text: "Call first.") { __typename } }'


@dataclass
class Ground:
    relay: Relay
    server: Server
    http: httpx.AsyncClient
    staff: Api
    database_url: str


@pytest.fixture
async def ground(database_url: str, staff_token: str) -> AsyncIterator[Ground]:  # noqa: F811
    """A server that reaches its database through a relay, with short time-outs."""
    async with (
        relayed(database_url) as relay,
        serving(relay.url, ORDERGRAPH_LOCK_TIMEOUT="0.2", ORDERGRAPH_BUS_URL="memory://") as (server,),
        client() as http,
    ):
        staff = at(server, http, staff_token)
        await set_up(staff, {"A": 1_000})
        yield Ground(relay, server, http, staff, database_url)


async def test_every_answer_is_service_busy_while_the_database_is_unavailable(ground: Ground):
    url, http = ground.server.url, ground.http
    headers = {"authorization": f"Bearer {ground.staff.token}"}
    async with _socket(ground, "") as open_socket:
        assert "data" in (await _by_socket(open_socket, QUERY))["payload"]
        await ground.relay.down()
        for _ in range(3):
            for answer in (
                await http.post(url + "/graphql", json={"query": QUERY}),
                await http.post(url + "/graphql", json={"query": QUERY}, headers=headers),
                await http.post(
                    url + "/graphql", json={"query": CREATE}, headers={"authorization": f"Bearer {UNKNOWN}"}
                ),
                await http.get(url + "/graphql", params={"query": QUERY, "operationName": ""}),
                await http.post(
                    url + "/graphql", json={"query": QUERY}, headers={"accept": "text/event-stream"}
                ),
                await http.get(url + "/track/" + "x" * 22),
                await http.get(url + "/supplier/" + "x" * 22),
            ):
                assert (answer.status_code, answer.headers.get("retry-after")) == (503, "1"), answer.text
                assert [each["extensions"]["code"] for each in answer.json()["errors"]] == ["SERVICE_BUSY"]
            events = headers | {"accept": "text/event-stream"}
            stream = (await http.post(url + "/graphql", json={"query": STREAM}, headers=events)).text
            assert "SERVICE_BUSY" in stream and "event: complete" not in stream
            placed = await http.post(
                url + "/graphql",
                json={"query": PLACE, "variables": {"input": order_input(("A", 1)), "key": "k"}},
            )
            assert placed.headers["retry-after"] == "1"
            (found,) = placed.json()["data"].values()
            assert found["__typename"] == "ServiceBusy" and "Nothing was changed" in found["message"]
            busy = await _by_socket(open_socket, QUERY)
            assert [each["extensions"]["code"] for each in busy["payload"]["errors"]] == ["SERVICE_BUSY"]
            ready = await http.get(url + "/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (503, "no database")
            assert (await http.get(url + "/health/live")).status_code == 200
        with pytest.raises(websockets.ConnectionClosed) as closed:
            async with _socket(ground, UNKNOWN):
                pass
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
        await ground.relay.up()
        async with asyncio.timeout(20):
            while (await http.get(url + "/health/ready")).status_code != 200:
                await asyncio.sleep(0.05)
        assert (await ground.staff.ask(QUERY))["channels"]["nodes"] == [{"code": "web"}]
        assert "data" in (await _by_socket(open_socket, QUERY))["payload"]


async def test_a_stream_that_cannot_read_an_event_ends_before_it_without_complete(ground: Ground):
    """The client then reconnects with its last cursor and misses nothing."""
    placed = await ground.staff.do(PLACE, input=order_input(("A", 1)), key="k")
    async with _events(ground, OF_ORDER, id=placed["id"]) as events:
        first = await anext(events)
    holder = await asyncpg.connect(ground.database_url)
    lock = holder.transaction()
    seen = [first]
    try:
        async with _events(ground, STREAM, last=first["id"]) as events:
            await lock.start()
            await holder.execute("LOCK TABLE fulfillment_order IN ACCESS EXCLUSIVE MODE")
            await ground.staff.do(NOTE, id=placed["id"])
            seen += [frame async for frame in events]
    finally:
        await lock.rollback()
        await holder.close()
    *sent, failed = seen
    assert not any("errors" in frame for frame in sent)
    assert {each["extensions"]["code"] for each in failed["errors"]} == {"SERVICE_BUSY"}
    async with _events(ground, STREAM, last=sent[-1]["id"]) as events:
        async for frame in events:
            assert "errors" not in frame and frame["event"] == "next"
            if frame["data"]["ordersUpdated"]["name"] == "order_noted":
                break


async def test_an_operation_that_waits_too_long_for_a_lock_is_answered_with_service_busy(ground: Ground):
    holder = await asyncpg.connect(ground.database_url)
    lock = holder.transaction()
    await lock.start()
    try:
        await holder.execute("LOCK TABLE channel IN ACCESS EXCLUSIVE MODE")
        read = await ground.staff.post(QUERY)
        partly = await ground.staff.post("{ me { kind } channels { nodes { code } } }")
        written = await ground.staff.post(CREATE)
    finally:
        await lock.rollback()
        await holder.close()
    assert (read.status_code, read.headers["retry-after"]) == (503, "1")
    assert read.json()["errors"][0]["extensions"] == {"code": "SERVICE_BUSY", "retryAfter": 1}
    assert partly.headers["retry-after"] == "1"
    assert partly.json()["errors"][0]["extensions"]["code"] == "SERVICE_BUSY"
    assert (written.status_code, written.headers["retry-after"]) == (200, "1")
    assert written.json()["data"]["channelCreate"]["errorCode"] == "SERVICE_BUSY"
    assert (await ground.staff.do(CREATE))["__typename"] == "Channel"


@contextlib.asynccontextmanager
async def _events(
    ground: Ground, query: str, last: str | None = None, **variables: Any
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The frames of an event stream, at most twenty seconds long."""
    headers = {"authorization": f"Bearer {ground.staff.token}", "accept": "text/event-stream"}
    if last is not None:
        headers["last-event-id"] = last
    async with (
        asyncio.timeout(20),
        ground.http.stream(
            "POST",
            ground.server.url + "/graphql",
            json={"query": query, "variables": variables},
            headers=headers,
        ) as answer,
    ):
        yield _frames(answer.aiter_lines())


async def _frames(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, Any]]:
    frame: dict[str, Any] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if line:
            frame[name] = value
        elif frame:
            if "data" in frame:
                yield frame | json.loads(frame.pop("data"))
            assert frame.get("event") != "complete"
            frame = {}


def _socket(ground: Ground, token: str) -> Any:
    return _Socket(ground.server.url.replace("http", "ws") + "/graphql", token or str(ground.staff.token))


class _Socket:
    """A socket that has been acknowledged, as a context."""

    def __init__(self, url: str, token: str) -> None:
        self._connecting = websockets.connect(url, subprotocols=["graphql-transport-ws"])
        self._token = token

    async def __aenter__(self) -> websockets.ClientConnection:
        socket = await self._connecting.__aenter__()
        payload = {"authorization": f"Bearer {self._token}"}
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        await asyncio.wait_for(socket.recv(), 30)
        return socket

    async def __aexit__(self, *left: Any) -> None:
        await self._connecting.__aexit__(*left)


async def _by_socket(socket: websockets.ClientConnection, query: str) -> dict[str, Any]:
    await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
    found = json.loads(await asyncio.wait_for(socket.recv(), 30))
    assert json.loads(await asyncio.wait_for(socket.recv(), 30))["type"] == "complete"
    return dict(found)
