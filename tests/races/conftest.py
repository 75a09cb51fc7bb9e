"""Races have databases of their own, and servers in processes of their own.

One database is migrated and given a staff token; each race runs on a copy of it.
"""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import services
from tests.conftest import ON_POSTGRES
from tests.servers import Server


@pytest.fixture(scope="session")
async def template(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, str]]:
    """A migrated database, and the secret of a token in it that may do everything."""
    folder: Path = tmp_path_factory.mktemp("template")
    url = await services.make_database() if ON_POSTGRES else f"sqlite:///{folder}/template.db"
    server = Server(url)
    for command in (["migrate"], ["token", "races"]):
        done = server.run(*command)
        assert done.returncode == 0, done.stderr
    if not ON_POSTGRES:
        with sqlite3.connect(folder / "template.db") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield url, done.stdout.strip().splitlines()[-1]
    if ON_POSTGRES:
        await services.drop_database(url)


@pytest.fixture
def staff_token(template: tuple[str, str]) -> str:
    return template[1]


@pytest.fixture
async def database_url(template: tuple[str, str], tmp_path: Path) -> AsyncIterator[str]:
    """A fresh copy of the template, of the kind that this run is on."""
    if not ON_POSTGRES:
        shutil.copy(template[0].removeprefix("sqlite:///"), tmp_path / "race.db")
        yield f"sqlite:///{tmp_path}/race.db"
        return
    url = await services.make_database(like=template[0])
    yield url
    await services.drop_database(url)
