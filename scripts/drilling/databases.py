"""Creates, fills, backs up, restores and removes the databases of a drill."""

import contextlib
import lzma
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from drilling.programs import Failed

FIRST_VERSION = Path(__file__).parent.parent.parent / "tests" / "data"


class Databases(Protocol):
    """A database system, and how its databases are created, backed up and restored."""

    name: str

    def new(self) -> contextlib.AbstractAsyncContextManager[str]:
        """The URL of an empty database, which exists until the end of the block."""

    async def load_first_version(self, url: str) -> None:
        """Fill an empty database with the demo shop of the first version of Ordergraph."""

    def back_up(self, url: str, to: Path) -> None:
        """Write a backup, while the database is in use."""

    def restore(self, backup: Path, url: str) -> None:
        """Fill an empty database from a backup."""


class Sqlite:
    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.asynccontextmanager
    async def new(self) -> AsyncIterator[str]:
        path = self._folder / f"{uuid.uuid4().hex[:12]}.db"
        yield f"sqlite:///{path}"
        for each in self._folder.glob(f"{path.name}*"):
            each.unlink()

    async def load_first_version(self, url: str) -> None:
        with contextlib.closing(sqlite3.connect(_path(url))) as connection:
            connection.executescript(lzma.decompress(_first("sqlite")).decode())

    def back_up(self, url: str, to: Path) -> None:
        """Like `sqlite3 FILE ".backup COPY"`."""
        with (
            contextlib.closing(sqlite3.connect(_path(url))) as source,
            contextlib.closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target)

    def restore(self, backup: Path, url: str) -> None:
        shutil.copy(backup, _path(url))


class Postgres:
    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._url = url

    @contextlib.asynccontextmanager
    async def new(self) -> AsyncIterator[str]:
        name = f"ordergraph_drill_{uuid.uuid4().hex[:12]}"
        await self._run(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))
        finally:
            await self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def load_first_version(self, url: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            lines = lzma.decompress(_first("postgres")).decode().splitlines(keepends=True)
            # Lines that begin with a backslash are for psql.
            await connection.execute("".join(line for line in lines if not line.startswith("\\")))
        finally:
            await connection.close()

    def back_up(self, url: str, to: Path) -> None:
        _client("pg_dump", "--format=custom", f"--file={to}", url)

    def restore(self, backup: Path, url: str) -> None:
        _client("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={url}", str(backup))


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")


def _first(kind: str) -> bytes:
    return (FIRST_VERSION / f"first-version-{kind}.sql.xz").read_bytes()


def _client(name: str, *arguments: str) -> None:
    """Run a client program of PostgreSQL, which must not be older than the server."""
    path = shutil.which(name)
    if path is None:
        raise Failed(f"{name} is not installed (Debian: apt-get install postgresql-client)")
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{name}: {done.stderr[-2_000:]}")
