"""The objects of the next-steps tests, created once: every test is rolled back."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.ask import Api
from tests.database import empty_all_tables
from tests.executors import executing_once
from tests.matrix.asking import undoing
from tests.next_steps.callers import Caller, callers_of, views_and_everything_at
from tests.next_steps.documents import (
    add_counts,
    add_payments,
    add_products,
    add_purchases,
    add_templates,
    add_transfers,
)
from tests.next_steps.pickups import add_pickups
from tests.next_steps.world import World


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
    world = await World.made(client)
    for add in (add_counts, add_transfers, add_purchases, add_products, add_templates, add_payments):
        await add(world)
    await add_pickups(world)
    return world


@pytest.fixture(scope="package")
async def callers(world: World) -> AsyncIterator[list[Caller]]:
    two_grants = await views_and_everything_at()
    with two_grants.accepted():
        yield await callers_of(world, two_grants)


@pytest.fixture(autouse=True)
def undone(callers: list[Caller]) -> Iterator[None]:
    """Rolls back the mutations that a test has tried."""
    with undoing():
        yield
