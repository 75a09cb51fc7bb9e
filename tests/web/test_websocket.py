"""GraphQL over WebSocket, with malformed frames."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import websockets

from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.servers import Server, serving
from tests.web.crowd import Crowd

PROTOCOL = "graphql-transport-ws"


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[Server]:  # noqa: F811
    async with serving(database_url, ORDERGRAPH_MAX_SOCKETS_PER_ADDRESS="5") as (one,):
        yield one


def _connect(server: Server, *protocols: str):
    return websockets.connect(server.url.replace("http", "ws") + "/graphql", subprotocols=list(protocols))


async def _closed_with(socket) -> int:
    with pytest.raises(websockets.ConnectionClosed) as closed:
        while True:
            await asyncio.wait_for(socket.recv(), 30)
    return closed.value.rcvd.code


async def test_malformed_frames_close_the_socket_and_invalid_operations_are_refused(server: Server):
    init = json.dumps({"type": "connection_init"})
    frames = [
        "1", "null", "[]", "{", "x" * 100, '{"type": 5}', '{"type": "nope"}', '{"type": "subscribe", "id": 1}',
        '{"type": "subscribe", "id": "1"}', '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": "x"}}',
    ]  # fmt: skip
    for frame in frames:
        async with _connect(server, PROTOCOL) as socket:
            await socket.send(init)
            await socket.recv()
            await socket.send(frame)
            assert await _closed_with(socket) == 4400, frame
    async with _connect(server, PROTOCOL) as socket:
        await socket.send(init)
        await socket.recv()
        await socket.send('{"type": "subscribe", "id": "1", "payload": {"query": "{"}}')
        message = json.loads(await asyncio.wait_for(socket.recv(), 30))
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    for document, code in (
        ("", "BAD_REQUEST"),
        (" ", "BAD_REQUEST"),
        ("fragment a on Order { id }", "BAD_REQUEST"),
    ):
        async with _connect(server, PROTOCOL) as socket:
            await socket.send(init)
            await socket.recv()
            payload = {"query": document}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            message = json.loads(await asyncio.wait_for(socket.recv(), 30))
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == code, document
    async with _connect(server, PROTOCOL) as socket:
        await socket.send(init)
        await socket.recv()
        tracking = "query($t: String!) { trackOrder(token: $t) { number } }"
        for text in ("a\x00", "\ud83d"):
            payload = {"query": tracking, "variables": {"t": text}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            message = json.loads(await asyncio.wait_for(socket.recv(), 30))
            assert message["payload"]["errors"][0]["extensions"]["path"] == ["token"], message
            assert json.loads(await asyncio.wait_for(socket.recv(), 30))["type"] == "complete"
    async with _connect(server, PROTOCOL) as socket:
        await socket.send(b"\x00\x01")
        assert await _closed_with(socket) == 4400
    async with _connect(server, PROTOCOL) as socket:
        await socket.send('{"type": "subscribe", "id": "1", "payload": {"query": "{ me { kind } }"}}')
        assert await _closed_with(socket) == 4401
    async with _connect(server, PROTOCOL) as socket:
        await socket.send(init)
        await socket.send(init)
        assert await _closed_with(socket) == 4429
    async with _connect(server, PROTOCOL) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": "og_live_nope"}}))
        assert await _closed_with(socket) == 4403
    async with _connect(server, PROTOCOL) as socket:
        await socket.send("x" * 300_000)
        assert await _closed_with(socket) == 1009
    async with _connect(server, "graphql-ws") as socket:
        assert await _closed_with(socket) == 4406


async def test_a_silent_socket_is_closed_and_too_many_sockets_are_refused(server: Server):
    sockets = [await _connect(server, PROTOCOL) for _ in range(5)]
    with pytest.raises(websockets.InvalidStatus) as refused:
        await _connect(server, PROTOCOL)
    answer = refused.value.response
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert json.loads(answer.body)["errors"][0]["extensions"]["code"] == "TOO_MANY_CONNECTIONS"
    assert await _closed_with(sockets[0]) == 4408
    for socket in sockets[1:]:
        await socket.close()
    async with _connect(server, PROTOCOL) as again:
        await again.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await again.recv())["type"] == "connection_ack"


async def test_behind_a_proxy_sockets_are_counted_by_the_forwarded_address(server: Server):
    def connect(address: str):
        return websockets.connect(
            server.url.replace("http", "ws") + "/graphql",
            subprotocols=[PROTOCOL],
            additional_headers={"x-forwarded-for": f"198.51.100.1, {address}"},
        )

    sockets = [await connect(f"2001:db8:1:1::{number}") for number in range(5)]
    with pytest.raises(websockets.InvalidStatus) as refused:
        await connect("[2001:db8:1:1::ffff]:4711")
    assert refused.value.response.status_code == 429
    sockets += [
        await connect("2001:db8:1:2::1"),
        await connect("198.51.100.1"),
        await _connect(server, PROTOCOL),
    ]
    for socket in sockets:
        await socket.close()


async def test_sockets_and_event_streams_of_an_address_are_counted_together(
    server: Server,
    staff_token: str,  # noqa: F811
):
    body = json.dumps({"query": 'subscription { orderTracking(token: "x") { cursor } }'}).encode()
    crowd = Crowd(server, staff_token, address="127.0.0.1")
    await crowd.listen(3, "subscription { ordersUpdated { cursor } }", {})
    sockets = [await _connect(server, PROTOCOL) for _ in range(2)]
    with pytest.raises(websockets.InvalidStatus):
        await _connect(server, PROTOCOL)
    async with httpx.AsyncClient(timeout=30) as http:
        headers = {"accept": "text/event-stream", "content-type": "application/json"}
        refused = await http.post(server.url + "/graphql", content=body, headers=headers)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert refused.json()["errors"][0]["extensions"] == {"code": "TOO_MANY_CONNECTIONS", "retryAfter": 5}
        assert (
            await http.post(server.url + "/graphql", json={"query": "{ me { kind } }"})
        ).status_code == 200
        crowd.listeners[0].transport.abort()
        async with asyncio.timeout(10):
            while refused.status_code == 429:
                refused = await http.post(server.url + "/graphql", content=body, headers=headers)
        assert refused.status_code == 200
    await crowd.leave()
    for socket in sockets:
        await socket.close()


async def test_queries_run_over_a_socket_and_operations_are_bounded(server: Server):
    async with _connect(server, PROTOCOL) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        await socket.send('{"type": "subscribe", "id": "q", "payload": {"query": "{ me { kind } }"}}')
        assert json.loads(await socket.recv())["payload"]["data"] == {"me": {"kind": "PUBLIC"}}
        assert json.loads(await socket.recv()) == {"id": "q", "type": "complete"}
        tracking = 'subscription { orderTracking(token: "nope") { cursor } }'
        await socket.send(json.dumps({"type": "subscribe", "id": "t", "payload": {"query": tracking}}))
        message = json.loads(await socket.recv())
        errors = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
        assert errors[0]["extensions"]["code"] == "NOT_FOUND"


async def test_an_operation_with_nothing_to_execute_is_refused_and_the_socket_stays_open(server: Server):
    nothing = [
        {"query": ""},
        {"query": "fragment A on Query { __typename }"},
        {"query": "query A { __typename }", "operationName": "B"},
        {"query": "query A { __typename } query B { __typename }"},
    ]
    async with _connect(server, PROTOCOL) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        for payload in nothing:
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            message = json.loads(await socket.recv())
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"] == {"code": "BAD_REQUEST"}, payload
        await socket.send(
            json.dumps({"type": "subscribe", "id": "2", "payload": {"query": "{ __typename }"}})
        )
        assert json.loads(await socket.recv())["payload"]["data"] == {"__typename": "Query"}


async def test_an_origin_that_is_not_listed_is_refused_in_production(database_url: str):  # noqa: F811
    settings = {"ORDERGRAPH_ENV": "production", "ORDERGRAPH_ALLOWED_ORIGINS": "https://shop.example"}
    async with serving(database_url, **settings) as (server,):
        url = server.url.replace("http", "ws") + "/graphql"
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(url, subprotocols=[PROTOCOL], origin="https://evil.example")
        socket = await websockets.connect(url, subprotocols=[PROTOCOL], origin="https://shop.example")
        await socket.close()
