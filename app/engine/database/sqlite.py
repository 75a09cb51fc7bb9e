"""The SQLite client: transactions that take the write lock at once.

Tortoise begins transactions DEFERRED: two writers then conflict when they upgrade from read to write, and
SQLite returns "database is locked" without waiting.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Any, TypeVar

from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError, TransactionManagementError

from app.engine.database.failures import Failures

T = TypeVar("T")


class ImmediateTransaction(SqliteTransactionWrapper):
    """Begins with the write lock."""

    was_undone = False  # SQLite rolled back the whole transaction

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.failures: Failures = connection.failures

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
            raise self.connection.failures.unknown_outcome()  # the body continued without a transaction
        try:
            await self.connection.commit()
        except sqlite3.Error:
            await self.connection.rollback()
            raise


class ImmediateClient(SqliteClient, ABC):
    """Raises ServiceBusy for reads that meet a temporary error."""

    failures: Failures  # of the subclass

    def prepare_file(self) -> None:
        """Called before the database file is opened."""

    @abstractmethod
    def upper(self, text: T) -> T | str:
        """SQL's UPPER: SQLite's handles ASCII only, so case-insensitive comparison would fail for É."""

    async def create_connection(self, with_db: bool) -> None:
        is_new = self._connection is None
        if is_new:
            self.prepare_file()
        await super().create_connection(with_db)
        if is_new and self._connection is not None:
            await self._connection.create_function("UPPER", 1, self.upper, deterministic=True)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        try:
            found: tuple[int, Sequence[Any]] = await super().execute_query(query, values)
        except OperationalError as error:
            raise self._busy_or(error) from error
        return found

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = await super().execute_query_dict(query, values)
        except OperationalError as error:
            raise self._busy_or(error) from error
        return found

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransactionContext(ImmediateTransaction(self), self._lock)

    def _busy_or(self, error: OperationalError) -> Exception:
        return self.failures.busy(error) if self.failures.is_passing(error) else error
