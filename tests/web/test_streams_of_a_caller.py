"""Limits of open sockets and event streams together, per network and per principal."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app import main
from app.core.graphql import connections, turns
from app.core.networks import TOGETHER
from app.settings import settings
from tests import make
from tests.ask import Api
from tests.web.asgi import Client, Socket

MOST = 4
TRACKED = 'subscription { orderTracking(token: "TOKEN") { cursor } }'
MINE = "subscription { ordersUpdated { name } }"
REFUSED = {"code": "TOO_MANY_CONNECTIONS", "retryAfter": connections.RETRY_AFTER}


def _serving(application: httpx.ASGITransport, **more: Any) -> httpx.ASGITransport:
    """The application with other settings, on the same database."""
    return httpx.ASGITransport(app=main.create_app(settings().model_copy(update=more)))


class Streams:
    """Opens streams and sockets, and waits until each is open or refused."""

    def __init__(self, application: httpx.ASGITransport, query: str) -> None:
        self._application, self._query = application, query
        self.opened: list[Client | Socket] = []

    async def stream(self, address: str, credential: str | None) -> Any:
        """None once it is open, else the answer's status, `Retry-After` and extensions."""
        client = Client(self._application, credential, address).ask(self._query)
        await client.until(lambda: b":\n\n" in client.received or client.is_answered)
        if not client.is_answered:
            self.opened.append(client)
            return None
        await client.ends()
        extensions = json.loads(client.received)["errors"][0]["extensions"]
        return client.sent[0]["status"], client.headers.get("retry-after"), extensions

    async def socket(self, address: str, credential: str | None) -> Any:
        """None once it is open, else the code of its close, or the same as of a stream."""
        socket = await Socket(self._application, credential, address).begin()
        if socket.closed is None and not socket.answer:
            self.opened.append(socket)
            return None
        await socket.ends()
        if socket.closed is not None:
            return socket.closed[0]
        headers = {name.decode(): value.decode() for name, value in socket.answer["headers"]}
        extensions = json.loads(socket.answer["body"])["errors"][0]["extensions"]
        return socket.answer["status"], headers["retry-after"], extensions

    async def all_leave(self) -> None:
        for each in self.opened:
            each.leave()
            await each.ends()
        self.opened = []


@pytest.fixture
async def tracked(api: Api) -> str:
    await (await make.shop()).sell("A")
    await make.order(("A", 1))
    staff = api.as_(await make.token())
    found = await staff.ask("{ orders { nodes { trackingToken } } }")
    return TRACKED.replace("TOKEN", found["orders"]["nodes"][0]["trackingToken"])


NETWORKS: dict[str, tuple[Callable[[int], str], int, str]] = {
    "an IPv4 address": (lambda _: "192.0.2.1", MOST, "192.0.2.2"),
    "an IPv4 address, also inside IPv6": (
        lambda number: ("192.0.2.1", "::ffff:192.0.2.1")[number % 2], MOST, "::ffff:192.0.2.2",
    ),
    "a /64": (lambda number: f"2001:db8:1:1::{number:x}", MOST, "2001:db8:1:2::1"),
    "a /48": (lambda number: f"2001:db8:1:{number:x}::1", MOST * TOGETHER, "2001:db8:2::1"),
}  # fmt: skip


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_network_has_a_limit_of_open_connections_over_both_transports(
    application: httpx.ASGITransport, tracked: str, network: str
):
    address, most, elsewhere = NETWORKS[network]
    streams = Streams(_serving(application, max_sockets_per_address=MOST), tracked)
    for number in range(most):
        open_one = streams.stream if number % 2 else streams.socket
        assert await open_one(address(number), None) is None
    for open_one in (streams.stream, streams.socket):
        assert await open_one(address(most), None) == (429, str(connections.RETRY_AFTER), REFUSED)
        assert await open_one(elsewhere, None) is None
    left = streams.opened.pop(0)
    left.leave()
    await left.ends()
    assert await streams.stream(address(0), None) is None
    assert (await streams.socket(address(0), None))[0] == 429
    await streams.all_leave()
    assert await streams.socket(address(0), None) is None
    await streams.all_leave()


@pytest.mark.parametrize("sign_in", [make.token, make.account])
async def test_a_principal_has_a_limit_of_open_connections_from_all_addresses(
    application: httpx.ASGITransport, tracked: str, sign_in: Any
):
    credential = await sign_in()
    streams = Streams(_serving(application, max_sockets_per_principal=MOST), MINE)
    for number in range(MOST):
        open_one = streams.stream if number % 2 else streams.socket
        assert await open_one(f"192.0.2.{number}", credential) is None
    assert await streams.stream("192.0.2.99", credential) == (429, str(connections.RETRY_AFTER), REFUSED)
    assert await streams.socket("192.0.2.99", credential) == 1013
    # Refused connections do not count; other principals are not affected.
    assert await streams.socket("192.0.2.99", await make.account("other@example.com")) is None
    left = streams.opened.pop(1)
    left.leave()
    await left.ends()
    assert await streams.stream("192.0.2.99", credential) is None
    await streams.all_leave()


async def test_an_idle_socket_is_closed_and_a_subscribed_one_is_not(
    application: httpx.ASGITransport, tracked: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "LOOK_EVERY", 0.02)
    serving = _serving(application, socket_idle_minutes=0.0005)
    idle, listening = await Socket(serving, None).begin(), await Socket(serving, None).begin()
    listening.ask("1", tracked)
    await listening.until(lambda: bool(listening.of("1")))
    await idle.ends()
    assert idle.closed is not None and idle.closed[0] == 1000
    assert listening.closed is None
    listening.send(type="complete", id="1")
    await listening.ends()
    assert listening.closed is not None and listening.closed[0] == 1000


async def test_one_operation_too_many_on_a_socket_is_refused_with_a_code(
    application: httpx.ASGITransport, tracked: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.core.graphql.websocket.OPERATIONS", MOST)
    socket = await Socket(application, None).begin()
    for number in range(MOST + 1):
        socket.ask(str(number), tracked)
    await socket.until(lambda: bool(socket.of(str(MOST))))
    [refused] = socket.of(str(MOST))
    assert refused["type"] == "error" and refused["payload"][0]["extensions"] == {
        "code": "TOO_MANY_OPERATIONS"
    }
    socket.leave()
    await socket.ends()


MANY = 60


async def test_streams_of_a_caller_begin_and_end_a_few_at_a_time(
    application: httpx.ASGITransport, tracked: str, monkeypatch: pytest.MonkeyPatch
):
    """Others are served between them, however many there are."""
    monkeypatch.setattr("app.core.graphql.schema.BEGIN_EVERY", 0.02)
    clients = [Client(application, None, "192.0.2.1").ask(tracked) for _ in range(MANY)]

    def open_ones() -> int:
        return sum(bool(each.sent) for each in clients)

    begun = await _steps(open_ones)
    other = Client(application, None, "192.0.2.2").ask(tracked)
    await other.until(lambda: bool(other.sent))
    assert 0 < open_ones() < MANY // 2
    # Streams that began while the other visitor waited are not in these steps.
    begun += await _steps(open_ones, MANY - open_ones())
    for each in clients:
        each.leave()
    ended = await _steps(lambda: sum(each.task.done() for each in clients), MANY)
    assert max(begun) <= turns.STREAMS_OF_A_VISITOR
    assert max(ended) <= connections.END_AT_ONCE
    other.leave()
    await other.ends()


async def _steps(count: Callable[[], int], until: int = 1) -> list[int]:
    """The growth of a count in each turn of the loop, until it has grown by `until`."""
    steps = []
    before = count()
    async with asyncio.timeout(20):
        while sum(steps) < until:
            await asyncio.sleep(0)
            steps.append(count() - before)
            before += steps[-1]
    return steps
