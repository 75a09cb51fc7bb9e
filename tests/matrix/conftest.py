"""The world of the matrix, created once, because no test changes it."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.ask import Api
from tests.database import empty_all_tables
from tests.executors import executing_once
from tests.matrix.asking import Undoing, undoing
from tests.matrix.callers import Callers
from tests.matrix.planning import Plan, planned
from tests.matrix.two_grants import TwoGrants
from tests.matrix.world import World


@pytest.fixture(scope="package")
def one_executor(both_executors: None) -> Iterator[None]:
    """Other tests compare the executors."""
    with executing_once():
        yield


@pytest.fixture(scope="package")
async def client(application: httpx.ASGITransport, one_executor: None) -> AsyncIterator[Api]:
    await empty_all_tables()
    async with httpx.AsyncClient(transport=application, base_url="http://test") as client:
        yield Api(client)


@pytest.fixture(scope="package")
async def world(client: Api) -> World:
    return await World.made(client)


@pytest.fixture(scope="package")
async def callers(world: World) -> Callers:
    return await Callers.of(world)


@pytest.fixture(scope="package")
async def two_grants(world: World) -> AsyncIterator[TwoGrants]:
    made = await TwoGrants.made()
    with made.accepted():
        yield made


@pytest.fixture
def seen() -> Iterator[Undoing]:
    """Rolls back all operations of the test."""
    with undoing() as undone:
        yield undone


@pytest.fixture(scope="package")
async def plan(client: Api, world: World, callers: Callers) -> Plan:
    with undoing() as undone:
        return await planned(client.as_(callers.everything), world, undone)
