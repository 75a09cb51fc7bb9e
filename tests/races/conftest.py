"""Race tests have their own databases, and servers in their own processes.

One database has the newest tables and a staff token; each race runs on a copy of it.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests import services
from tests.conftest import ON_POSTGRES
from tests.servers import Server
from tests.template import copy_to


@pytest.fixture(scope="session")
async def template(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, str]]:
    """A migrated database, and the secret of a token in it with all permissions."""
    folder: Path = tmp_path_factory.mktemp("template")
    url = services.new_url() if ON_POSTGRES else f"sqlite:///{folder}/template.db"
    await copy_to(url)
    done = Server(url).run("token", "races")
    assert done.returncode == 0, done.stderr
    yield url, done.stdout.strip().splitlines()[-1]
    if ON_POSTGRES:
        await services.drop_database(url)


@pytest.fixture
def staff_token(template: tuple[str, str]) -> str:
    return template[1]


@asynccontextmanager
async def copied(url: str, folder: Path) -> AsyncIterator[str]:
    """A copy of a database that nothing uses, on the database engine of this run."""
    if not ON_POSTGRES:
        shutil.copy(url.removeprefix("sqlite:///"), folder / "race.db")
        yield f"sqlite:///{folder}/race.db"
        return
    copy = await services.make_database(services.new_url(), like=url)
    try:
        yield copy
    finally:
        await services.drop_database(copy)


@pytest.fixture
async def database_url(template: tuple[str, str], tmp_path: Path) -> AsyncIterator[str]:
    """A fresh copy of the template."""
    async with copied(template[0], tmp_path) as url:
        yield url
