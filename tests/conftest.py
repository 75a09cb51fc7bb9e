"""Shared fixtures: one database per run, emptied between tests, behind the real application.

TEST_DATABASE selects the database: sqlite (the default) or postgres. scripts/test runs both.
"""

import asyncio
import gc
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from tortoise.connection import get_connection

from tests import dividing, opening, services
from tests.amounts import IS_FULL, ON_POSTGRES

_FOLDER = Path(tempfile.mkdtemp(prefix="ordergraph-tests-"))

if sys.dont_write_bytecode:  # servers under test would compile every module again, which takes seconds
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(Path(sys.prefix) / "pycache")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# httpx imports it at every request to an application in this process: do not search the path each time.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
for _name in [name for name in os.environ if name.startswith("ORDERGRAPH_") or name == "PORT"]:
    del os.environ[_name]
_DATABASE = services.new_url() if ON_POSTGRES else f"sqlite:///{_FOLDER}/test.db"
os.environ.update(
    ORDERGRAPH_ENV="development",
    ORDERGRAPH_DATABASE_URL=_DATABASE,
    ORDERGRAPH_SECRET_KEY="a key that only the tests know, long enough",
    ORDERGRAPH_LOG_LEVEL="WARNING",
    ORDERGRAPH_MAIL_FOLDER="",  # the tests of the mailbox have their own folders
    # Unlimited: the tests of budgets have their own servers.
    ORDERGRAPH_VISITOR_POINTS="1000000000",
    ORDERGRAPH_PRINCIPAL_POINTS="1000000000",
    ORDERGRAPH_VISITOR_CART_SHARE="100",  # the tests of this share set it: others have one unit and one cart
)

from app import main  # noqa: E402
from app.access import secrets  # noqa: E402
from app.access import service as access  # noqa: E402
from app.core.graphql import documents  # noqa: E402
from app.core.journal import feed  # noqa: E402
from tests import template  # noqa: E402
from tests.ask import Api  # noqa: E402
from tests.database import empty_all_tables  # noqa: E402
from tests.executors import both_executors, one_executor  # noqa: E402
from tests.letterbox import post  # noqa: E402
from tests.names import names  # noqa: E402
from tests.web.chromium import browser, browsers  # noqa: E402

# A busy machine may take long for an example or for its data. The examples of a run are the same each time; those of a
# full run are random.
hypothesis_settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=not IS_FULL
)
hypothesis_settings.load_profile("tests")

# Passwords are hashed with the least work that the library allows; servers in other processes do it as in production.
PRODUCTION_HASHER = secrets._hasher
secrets._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

__all__ = ["both_executors", "browser", "browsers", "names", "one_executor", "post"]  # fixtures for all


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgres: a race between processes, which SQLite does not allow")
    config.addinivalue_line(
        "markers", "once: takes long and is hardly about the database; SQLite alone but for RUNS=full"
    )
    config.addinivalue_line(
        "markers",
        "divided: is hardly about the database; each test on one of them but for RUNS=full",
    )
    config.addinivalue_line("markers", "on_both: opens a database of the kind that the run is for by itself")
    opening.listen()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not ON_POSTGRES:
        marker, reason = "postgres", "SQLite serves one process, so processes cannot race on it"
    else:
        marker, reason = "once", "the run on SQLite does it, and this one with RUNS=full"
    for item in items:
        if item.get_closest_marker(marker) and not (marker == "once" and IS_FULL):
            item.add_marker(pytest.mark.skip(reason=reason))
    dividing.divide(items)


def pytest_runtest_setup() -> None:
    opening.opened.clear()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    with dividing.setting_up(fixturedef):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    yield
    dividing.refuse_a_database(item)


@pytest.fixture(scope="session")
async def application(both_executors: None) -> AsyncIterator[httpx.ASGITransport]:
    """The whole application, started once, on a migrated database.

    Commits do not wait for the disk, which is most of the time of a short test. The servers of
    `tests/servers.py` wait for it as in production.
    """
    await template.copy_to(_DATABASE)
    if ON_POSTGRES:
        await services.wait_for_no_disk(_DATABASE)
    main.SWEEP_EVERY = 86_400  # tests run the sweeper themselves
    app = main.create_app()
    async with app.router.lifespan_context(app):
        if not ON_POSTGRES:
            await get_connection("default").execute_script("PRAGMA synchronous = OFF")
        yield httpx.ASGITransport(app=app)
    if ON_POSTGRES:
        await services.drop_database(_DATABASE)


@pytest.fixture
async def api(application: httpx.ASGITransport, clean: None) -> AsyncIterator[Api]:
    """A client of the API."""
    async with httpx.AsyncClient(transport=application, base_url="http://test") as client:
        yield Api(client)


@pytest.fixture
async def clean(application: httpx.ASGITransport) -> None:
    """Empty tables, for a test on the database."""
    await reset()


_reading = asyncio.Lock()
_look = feed.Feed._look


async def _look_alone(self: feed.Feed) -> None:
    """A look of the feed for new events, during which no table is emptied."""
    async with _reading:
        await _look(self)


feed.Feed._look = _look_alone  # type: ignore[method-assign]


async def reset() -> None:
    """Empty the tables and the caches.

    Not while the feed reads: it would continue behind the events of the test before, and miss those of the next.
    """
    async with _reading:
        await empty_all_tables()
        access._remembered.clear()
        feed.current()._last = 0  # the journal starts again


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    """For a test that measures time: a collection examines the objects of all tests before."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def forget_documents() -> Iterator[None]:
    yield
    documents._documents.clear()
