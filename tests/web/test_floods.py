"""Floods on a server, one after the other, while a visitor browses: the visitor is served, memory stays bounded.

They run on SQLite only, unless RUNS=full is set: there the server's CPU time includes the database's.
"""

from collections.abc import AsyncIterator

import pytest

from tests.races.conftest import database_url, staff_token, template  # noqa: F401  # fixtures
from tests.races.shop import client
from tests.servers import Server, serving
from tests.web.floods.flooding import FLOODS
from tests.web.floods.measuring import MOST_MEMORY, SETTINGS, WAITS_AT_MOST, Ground, ground


@pytest.fixture
async def flooded(database_url: str, staff_token: str) -> AsyncIterator[tuple[Server, Ground]]:  # noqa: F811
    async with (
        serving(database_url, **SETTINGS) as (server,),
        client() as http,
        ground(server, http, staff_token) as tried,
    ):
        yield server, tried


@pytest.mark.once
@pytest.mark.timeout(600)
async def test_a_visitor_is_served_during_every_flood_and_memory_is_released(
    flooded: tuple[Server, Ground],
):
    server, tried = flooded
    found = [await tried.flood(name) for name in FLOODS]
    print(*found, sep="\n")
    # In the server's CPU time, which other programs on the machine hardly affect. They only spread the visitor's
    # requests differently over the flood: `scripts/floods` has the limit of an idle machine.
    assert [str(each) for each in found if each.p99.work >= 1.6 * WAITS_AT_MOST] == []
    assert [str(each) for each in found if each.found.get("INTERNAL")] == []
    assert [str(each) for each in found if each.growth > MOST_MEMORY] == []
    assert await tried.until_growth(MOST_MEMORY * 6 // 10, within=60) < MOST_MEMORY * 6 // 10
    said = server.output()
    assert "Traceback" not in said and "error" not in said, said
