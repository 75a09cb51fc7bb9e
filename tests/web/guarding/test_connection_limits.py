"""Limits of the number of connections, per network and in total."""

import asyncio
import json
from typing import Any

import pytest

from app.settings import settings
from app.web.guarding import guard as guarding
from app.web.guarding.guard import Guard
from app.web.guarding.refusals import TOO_MANY, TOO_MANY_OF_ADDRESS
from tests.web.floods.lines import Line, get, handshake
from tests.web.guarding.conftest import PER_ADDRESS, Guarded

pytestmark = pytest.mark.divided  # limits below the application, which does not reach its database

ALIVE = get("/health/live")


async def test_an_address_with_too_many_connections_is_refused_with_429_and_another_is_not(guarded: Guarded):
    address = guarded.address()

    async def opened(is_socket: bool) -> Line:
        line = await guarded.line(address)
        if is_socket:  # it counts like the connection that it was
            await line.send(handshake())
            assert b" 101 " in await line.reader.readuntil(b"\r\n\r\n")
        return line

    lines = []
    for is_socket in (True, False):  # connections that send nothing are soon closed: they come last
        lines += await asyncio.gather(*(opened(is_socket) for _ in range(PER_ADDRESS // 2)))
    more = await guarded.line(address)
    await more.send(ALIVE)
    said = await more.rest()
    assert said.startswith(b"HTTP/1.1 429 ") and b"\r\nretry-after: 5\r\n" in said
    [error] = json.loads(said.partition(b"\r\n\r\n")[2])["errors"]
    assert error["extensions"] == {"code": "TOO_MANY_CONNECTIONS", "retryAfter": 5}
    silent = await guarded.line(address)
    await guarded.until_closed(silent)
    assert b'"alive"' in await _asked(guarded, guarded.address())
    for line in (*lines, more, silent):
        line.close()
    async with asyncio.timeout(20):
        while b'"alive"' not in await _asked(guarded, address):
            await asyncio.sleep(0.1)


async def _asked(guarded: Guarded, address: str) -> bytes:
    line = await guarded.line(address)
    await line.send(get("/health/live", "connection: close\r\n"))
    said = await line.rest()
    line.close()
    return said


class Place:
    """A connection that records how it was ended."""

    def __init__(self) -> None:
        self.transport: Any = self
        self.ended = ""

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def look(self, now: float) -> None:
        raise AssertionError("these tests take no time")


class Door:
    """A guard that allows ten connections, three of them per network."""

    def __init__(self, most: int = 10, per_address: int = 3) -> None:
        chosen = settings().model_copy(
            update={"max_connections": most, "max_connections_per_address": per_address, "trusted_proxies": "10.0.0.0/8"}
        )  # fmt: skip
        self.guard = Guard(chosen)

    def enter(self, address: str | None) -> tuple[Place, Any]:
        place = Place()
        return place, self.guard.admit(place, (address, 1) if address else None)


@pytest.fixture
async def door() -> Door:
    return Door()


@pytest.mark.parametrize(
    "addresses",
    [
        ["192.0.2.1"] * 4,
        ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"],
        ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1", "2001:db8:0:0:1:2:3:4"],
    ],
)
async def test_addresses_of_one_network_share_its_limit(door: Door, addresses: list[str]):
    assert [door.enter(each)[1] for each in addresses] == [None, None, None, TOO_MANY_OF_ADDRESS]
    assert door.enter("198.51.100.7")[1] is None


async def test_networks_of_one_site_have_ten_times_the_limit_together():
    door = Door(most=1_000)
    refused = [door.enter(f"2001:db8:0:{number:x}::1")[1] for number in range(31)]
    assert refused == [None] * 30 + [TOO_MANY_OF_ADDRESS]


@pytest.mark.parametrize("address", ["10.1.2.3", None])
async def test_proxies_and_local_sockets_are_not_counted_by_address(door: Door, address: str | None):
    assert [door.enter(address)[1] for _ in range(10)] == [None] * 10


async def test_the_connections_that_are_idle_longest_are_closed_for_new_ones(door: Door):
    places = [door.enter(f"192.0.2.{number}")[0] for number in range(10)]
    for busy in (places[0], places[3]):
        door.guard.idle.pop(busy)
    door.guard.idle.pop(places[1])
    door.guard.idle[places[1]] = None  # it has just had an answer
    for _ in range(7):
        assert door.enter("10.0.0.1")[1] is None
    closed = [number for number, place in enumerate(places) if place.ended == "closed"]
    assert closed == [2, 4, 5, 6, 7, 8, 9]


async def test_new_connections_are_refused_when_all_are_busy_and_excess_ones_are_aborted(
    door: Door, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guarding, "REFUSED_AT_ONCE", 2)
    places = [door.enter("10.0.0.1")[0] for _ in range(10)]
    for place in places:
        door.guard.idle.pop(place)
    late = [door.enter("10.0.0.1") for _ in range(4)]
    assert [refused for _, refused in late] == [TOO_MANY] * 4
    assert [place.ended for place, _ in late] == ["", "", "aborted", "aborted"]
    for place in (*places[:3], *(place for place, _ in late)):
        door.guard.leave(place)
    assert door.enter("10.0.0.1")[1] is None
