"""The SQLite client: transactions that take the write lock at once, and one process at a time.

Tortoise's own begins transactions DEFERRED: two writers then meet at the upgrade from read to write,
where SQLite answers "database is locked" without waiting.
"""

import fcntl
import os
import sqlite3
from typing import IO, Any

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.exceptions import TransactionManagementError


class ImmediateTransaction(SqliteTransactionWrapper):
    """Begins with the write lock in hand."""

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class ImmediateClient(SqliteClient):
    async def create_connection(self, with_db: bool) -> None:
        is_new = self._connection is None
        await super().create_connection(with_db)
        if is_new and self._connection is not None:
            # SQLite's own knows ASCII only, so that "whatever the case" would not hold for É.
            await self._connection.create_function("UPPER", 1, upper, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(ImmediateTransaction(self), self._lock)


def upper(text: Any) -> Any:
    """A text in capitals letter by letter, as PostgreSQL's `upper` makes them: one without any stays."""
    if not isinstance(text, str):
        return text
    if text.isascii():
        return text.upper()
    return "".join(big if len(big := each.upper()) == 1 else each for each in text)


client_class = ImmediateClient


class DatabaseInUse(RuntimeError):
    """Another process serves this SQLite file."""


def claim(path: str) -> IO[Any] | None:
    """Make this process the file's only writer until the returned handle closes.

    Raises:
        DatabaseInUse: another process holds it.
    """
    if path == ":memory:":
        return None
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    handle = open(path + ".lock", "w")  # noqa: SIM115  # held open on purpose: closing it gives the lock up
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise DatabaseInUse(
            f"{path} is in use by another Ordergraph process. SQLite serves one process: stop the other "
            "one first, or use PostgreSQL (ORDERGRAPH_DATABASE_URL=postgres://…)."
        ) from error
    return handle
