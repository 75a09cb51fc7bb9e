"""The SQLite client: transactions that take the write lock at once, and one process at a time.

Tortoise begins transactions DEFERRED: two writers then conflict when they upgrade from read to write, and
SQLite returns "database is locked" without waiting.
"""

import contextlib
import fcntl
import os
import sqlite3
import stat
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Any

from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError, TransactionManagementError

from app.core.database import failures
from app.core.refusals import ServiceBusy


class ImmediateTransaction(SqliteTransactionWrapper):
    """Begins with the write lock."""

    was_undone = False  # SQLite rolled back the whole transaction

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error

    async def savepoint_rollback(self) -> None:
        """Roll back to the savepoint.

        If the disk is full or fails, SQLite has rolled back the whole transaction.
        """
        if self._connection.in_transaction:
            await super().savepoint_rollback()
            return
        outer: Any = self
        while isinstance(outer, ImmediateTransaction):
            outer.was_undone = True
            outer = outer._parent

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(ImmediateTransaction(self))


class ImmediateTransactionContext(SqliteTransactionContext):
    """Releases the lock however the transaction begins and ends, and leaves none open.

    Tortoise's context keeps the lock when BEGIN fails, and a transaction whose COMMIT fails stays open, so
    that no other can begin.
    """

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        client: TransactionalDBClient = self.connection
        return client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._committed()
            else:
                await self.connection.rollback()
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()

    async def _committed(self) -> None:
        if self.connection.was_undone:
            raise ServiceBusy.with_unknown_outcome()  # the body continued without a transaction
        try:
            await self.connection.commit()
        except sqlite3.Error:
            await self.connection.rollback()
            raise


class ImmediateClient(SqliteClient):
    """Raises ServiceBusy for reads that meet a temporary error."""

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        try:
            found: tuple[int, Sequence[Any]] = await super().execute_query(query, values)
        except OperationalError as error:
            raise _busy_or(error) from error
        return found

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = await super().execute_query_dict(query, values)
        except OperationalError as error:
            raise _busy_or(error) from error
        return found

    async def create_connection(self, with_db: bool) -> None:
        is_new = self._connection is None
        if is_new and self.filename != ":memory:":
            keep_to_owner(self.filename)
        await super().create_connection(with_db)
        if is_new and self._connection is not None:
            # SQLite's UPPER handles ASCII only, so case-insensitive comparison would fail for É.
            await self._connection.create_function("UPPER", 1, upper, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransactionContext(ImmediateTransaction(self), self._lock)


def _busy_or(error: OperationalError) -> Exception:
    return failures.busy(error) if failures.is_passing(error) else error


def keep_to_owner(path: str) -> None:
    """Restrict the file permissions: a new file is readable by its owner only, an old one no longer by
    everybody.

    SQLite gives its `-wal` and `-shm` files the mode of the database file.
    """
    with contextlib.suppress(OSError):  # it exists, or SQLite will report why it cannot be created
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for each in (path, f"{path}-wal", f"{path}-shm"):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # a file of another owner is left alone
            mode = stat.S_IMODE(os.stat(each).st_mode)
            if mode & 0o007:
                os.chmod(each, mode & ~0o007)


def upper(text: Any) -> Any:
    """A text in capitals letter by letter, as PostgreSQL's `upper`; letters without a single capital stay."""
    if not isinstance(text, str):
        return text
    if text.isascii():
        return text.upper()
    return "".join(big if len(big := each.upper()) == 1 else each for each in text)


client_class = ImmediateClient


class DatabaseInUse(RuntimeError):
    """Another process uses this SQLite file."""


def claim(path: str) -> IO[Any] | None:
    """Make this process the only writer of the file until the returned handle closes.

    Raises:
        DatabaseInUse: another process holds it.
    """
    if path == ":memory:":
        return None
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    # Kept open on purpose: closing it releases the lock.
    handle = os.fdopen(os.open(path + ".lock", os.O_WRONLY | os.O_CREAT, 0o600), "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise DatabaseInUse(
            f"{path} is in use by another Ordergraph process. SQLite serves one process: stop the other "
            "one first, or use PostgreSQL (ORDERGRAPH_DATABASE_URL=postgres://…)."
        ) from error
    return handle
