"""The PostgreSQL client: a pool that gives up waiting, and spends no round trip or task on short reads."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import asyncpg
from asyncpg.pool import Pool
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from app.core.kept import LONGEST_STATEMENT, kept_when_short
from app.core.refusals import ServiceBusy

STATEMENTS = 500  # prepared statements that a connection keeps
# Seconds that a statement keeps its plan: a plan that was made for a small table is not kept as it grows.
PLANNED_FOR = 10
UNREACHABLE = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


class BoundedPool(Pool):
    """A pool whose callers wait a bounded time for a connection, then are told that the service is busy.

    asyncpg gives a connection back in a task of its own and hands it out under a timer, which together
    take about as long as a short read. So a read that went well keeps its connection at hand here, still
    acquired as asyncpg sees it, for whoever asks next or has waited longest. So does a transaction that
    was committed.
    """

    acquire_timeout: float = 5.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at_hand: list[Any] = []
        self._lent: set[Any] = set()  # all that asyncpg has handed out, those at hand too
        self._asking = 0  # rights to ask asyncpg for one that are being used
        self._waiting: deque[asyncio.Future[Any]] = deque()

    def take(self) -> Any | None:
        """A connection that is at hand, None if there is none."""
        while self._at_hand:
            connection = self._at_hand.pop()
            try:
                if not connection.is_closed():
                    return connection
            except asyncpg.InterfaceError:
                pass  # lost while it lay here, and given back by asyncpg itself
            self._lent.discard(connection)
            self._asking += 1
            self._asked_no_more()
        return None

    def keep(self, connection: Any) -> None:
        """Take back a connection whose statement or transaction has ended well; it is in no other."""
        if not self._hand(connection):
            self._at_hand.append(connection)

    def _hand(self, connection: Any) -> bool:
        """Give a connection to whoever has waited longest; False if nobody waits."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    async def _acquire(self, timeout: float | None) -> Any:
        connection = None if self.is_closing() else self.take()
        if connection is not None:
            return connection
        try:
            async with asyncio.timeout(timeout if timeout is not None else self.acquire_timeout):
                if len(self._lent) + self._asking < self.get_max_size() or self.is_closing():
                    self._asking += 1
                else:
                    connection = await self._waited()
                return connection or await self._asked()
        except UNREACHABLE as error:
            raise ServiceBusy from error  # nothing was sent: the caller may try again

    async def _waited(self) -> Any | None:
        """A connection from whoever is done with it; None: the right to ask asyncpg for one."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # handed over in the very moment of giving up
                connection = waiter.result()
                if connection is None:
                    self._asked_no_more()
                else:
                    self.keep(connection)
            raise

    async def _asked(self) -> Any:
        try:
            connection = await super()._acquire(None)
        except BaseException:
            self._asked_no_more()
            raise
        self._asking -= 1
        self._lent.add(connection)
        return connection

    def _asked_no_more(self) -> None:
        """There is one connection that asyncpg can be asked for: the right goes to the next in the queue."""
        if not self._hand(None):
            self._asking -= 1

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:
        known = connection in self._lent
        try:
            await super().release(connection, timeout=timeout)
        finally:
            if known:
                self._lent.discard(connection)
                self._asking += 1
                self._asked_no_more()

    async def expire_connections(self) -> None:
        await super().expire_connections()
        await self._give_back()

    async def close(self) -> None:
        await self._give_back()
        await super().close()

    async def _give_back(self) -> None:
        while (connection := self.take()) is not None:
            await self.release(connection)


async def _keep_session(_connection: Any) -> None:
    """Instead of asyncpg's reset query at each release: nothing here changes a session's state."""


_HAS_PATTERN = re.compile(r"\bI?LIKE\b")
_IS_CHOSEN_LIST = re.compile(r"\bIN \(\$\d.*\bORDER BY\b.*\bLIMIT\b", re.DOTALL)


@kept_when_short(1_000, LONGEST_STATEMENT)
def _needs_its_values(sql: str) -> bool:
    """Whether a plan must know the values.

    An index serves a text pattern only if the pattern is known. And a list in an order of its own is read
    from the index of its filter or from that of its order: which is right depends on how many rows have the
    values, such as the few orders that wait beside the millions that are done.
    """
    return _HAS_PATTERN.search(sql) is not None or _IS_CHOSEN_LIST.search(sql) is not None


async def _run(connection: Any, method: str, sql: str, values: Sequence[Any]) -> Any:
    """What a method of asyncpg's connection returns; its exceptions are those that Tortoise makes of them."""
    run = getattr(connection, method)
    try:
        if not _needs_its_values(sql):
            return await run(sql, *values)
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        result = await run(sql, *values)
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        return result
    except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
        raise OperationalError(error) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error


class Direct(ABC):
    """Runs statements without Tortoise's way there, and Tortoise's own statements so too."""

    @abstractmethod
    async def _directly(self, method: str, sql: str, values: Sequence[Any]) -> Any:
        """What a method of asyncpg's connection returns for a statement."""

    async def fetch_directly(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Rows as asyncpg has them; the exceptions are Tortoise's."""
        rows: list[Any] = await self._directly("fetch", sql, values)
        return rows

    async def execute_directly(self, sql: str, values: Sequence[Any]) -> int:
        """Run a statement; how many rows it changed."""
        count = str(await self._directly("execute", sql, values)).rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        if query.lstrip()[:6].upper() in ("UPDATE", "DELETE", "INSERT"):
            return await self.execute_directly(query, values or ()), []
        rows = await self.fetch_directly(query, values or ())
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.fetch_directly(query, values or ())]


class PooledTransaction(Direct, TransactionWrapper):
    def _check_loop(self) -> bool:
        return True  # it ends before its loop does; Tortoise would look at each statement

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(PooledTransaction(self))

    async def _directly(self, method: str, sql: str, values: Sequence[Any]) -> Any:
        return await _run(self._connection, method, sql, values)


class PooledTransactionContext(TransactionContextPooled):
    """Keeps the connection of a transaction that was committed at hand."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            await super().__aexit__(kind, error, trace)
            return
        pool, connection = self.client._parent._pool, self.client._connection
        try:
            await self.client.commit()
        except BaseException:
            await pool.release(connection)
            raise
        else:
            if pool.is_closing():
                await pool.release(connection)
            else:
                pool.keep(connection)
        finally:
            get_connections().reset(self.token)


class PooledClient(Direct, AsyncpgDBClient):
    async def create_pool(self, **kwargs: Any) -> Pool:
        wait = kwargs.pop("acquire_timeout", 5.0)
        pool = BoundedPool(
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            record_class=asyncpg.Record,
            reset=_keep_session,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=PLANNED_FOR,
            **kwargs,
        )
        pool.acquire_timeout = wait
        return await pool

    def _in_transaction(self) -> TransactionContext:
        return PooledTransactionContext(PooledTransaction(self), self._pool_init_lock)

    async def _directly(self, method: str, sql: str, values: Sequence[Any]) -> Any:
        pool = self._pool
        if pool is None:
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
            pool = self._pool
        assert isinstance(pool, BoundedPool)
        connection = pool.take() or await pool.acquire()
        try:
            result = await _run(connection, method, sql, values)
        except BaseException:
            await pool.release(connection)
            raise
        if pool.is_closing():
            await pool.release(connection)
        else:
            pool.keep(connection)
        return result


client_class = PooledClient
