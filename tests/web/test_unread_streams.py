"""A subscriber that never reads is disconnected and no longer counts for its caller."""

import asyncio
import json
from collections.abc import Callable

from tests.ask import order_input
from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import at, client, set_up
from tests.servers import Server, serving
from tests.web.floods.lines import JSON, Line, handshake, message, post

PLACE = "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { __typename ... on ValidationFailed { problems { code message path } } } }"
ALIASES = " ".join(f"a{number}: metadata" for number in range(24))
ALL = f'subscription {{ ordersUpdated(after: "MC4w") {{ order {{ {ALIASES} }} }} }}'
QUIET = 'subscription { ordersUpdated(filter: {number: {eq: "NONE"}}) { cursor } }'


def _stream(token: str, query: str) -> bytes:
    return post({"query": query}, f"{JSON}accept: text/event-stream\r\nauthorization: Bearer {token}\r\n")


def _socket(token: str, query: str) -> bytes:
    begun = message("connection_init", payload={"token": token})
    return handshake() + begun + message("subscribe", id="1", payload={"query": query})


async def _status(server: Server, address: str, token: str) -> int:
    """The status of one more stream from an address."""
    line = await Line.open(server.port, address)
    await line.send(_stream(token, QUIET))
    async with asyncio.timeout(60):
        said = await line.reader.readuntil(b"\r\n")
    line.close()
    return int(said.split()[1])


async def _until_disconnected(
    server: Server, address: str, token: str, ask: Callable[[str, str], bytes]
) -> None:
    line = await Line.open(server.port, address)
    line.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await line.send(ask(token, ALL))
    async with asyncio.timeout(60):
        while await _status(server, address, token) == 200:  # the other is not open yet
            await asyncio.sleep(0.1)
        while await _status(server, address, token) == 429:
            await asyncio.sleep(0.2)
    line.close()


async def test_a_subscription_that_is_never_read_ends_and_is_no_longer_counted(
    database_url: str,  # noqa: F811
    staff_token: str,  # noqa: F811
):
    settings = {"ORDERGRAPH_MAX_SOCKETS_PER_ADDRESS": "1"}
    async with (
        serving(database_url, module="tests.web.guarding.hurried", **settings) as (server,),
        client() as http,
    ):
        staff = at(server, http, staff_token)
        await set_up(staff, {"A": 100})
        more = {"metadata": {"text": "x" * 16_000}}
        for _ in range(8):  # each with some events, of 384 kB
            placed = await staff.do(PLACE, i=order_input(("A", 1), **more))
            assert placed["__typename"] == "Order", json.dumps(placed)
        await asyncio.gather(
            _until_disconnected(server, "127.0.6.1", staff_token, _stream),
            _until_disconnected(server, "127.0.6.2", staff_token, _socket),
        )
        assert "Traceback" not in server.output()
