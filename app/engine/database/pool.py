"""The PostgreSQL client: a pool with a bounded waiting time and no overhead for short reads."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

import asyncpg
from asyncpg.pool import Pool
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError

from app.engine.database.direct import Direct, run_on
from app.engine.database.failures import Failures

STATEMENTS = 500  # prepared statements kept per connection
# Seconds for which a plan is kept, because a plan for a small table becomes wrong as the table grows.
PLANNED_FOR = 10
ENDED_WITHIN = 2.0  # seconds for ending a failed statement before the connection is closed
# Errors of connecting: no response, no free slot, a server that is starting or stopping, a missing login or
# database.
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class BoundedPool(Pool):
    """A pool whose callers wait a bounded time for a connection and are then told that the service is busy.

    asyncpg releases a connection in a separate task and acquires it under a timer, which takes about as long
    as a short read. So after a successful read or commit the connection stays acquired and is handed to the
    next or longest waiting caller.
    """

    acquire_timeout: float = 5.0

    def __init__(self, failures: Failures, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._failures = failures
        self._at_hand: list[Any] = []
        self._lent: set[Any] = set()  # all connections acquired from asyncpg, including the idle ones
        self._asking = 0  # permits for acquiring from asyncpg that are in use
        self._waiting: deque[asyncio.Future[Any]] = deque()

    def take(self) -> asyncpg.pool.PoolConnectionProxy | None:
        """An idle connection; None if there is none."""
        while self._at_hand:
            connection = self._at_hand.pop()
            try:
                if not connection.is_closed():
                    return connection
            except asyncpg.InterfaceError:
                pass  # lost while idle, and released by asyncpg
            self._lent.discard(connection)
            self._asking += 1
            self._asked_no_more()
        return None

    @property
    def has_at_hand(self) -> bool:
        """Whether `take` may find a connection; the server may have closed it meanwhile."""
        return bool(self._at_hand)

    def keep(self, connection: Any) -> None:
        """Take back a connection after a successful statement or transaction."""
        if not self._hand(connection):
            self._at_hand.append(connection)

    def _hand(self, connection: Any) -> bool:
        """Hand a connection to the longest waiting caller; False if nobody waits."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    async def _acquire(self, timeout: float | None) -> asyncpg.pool.PoolConnectionProxy:
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
            raise self._failures.busy(error) from error

    async def _waited(self) -> asyncpg.pool.PoolConnectionProxy | None:
        """A connection that another caller returned; None: the permit to acquire one from asyncpg."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # handed over at the moment of the timeout
                connection = waiter.result()
                if connection is None:
                    self._asked_no_more()
                else:
                    self.keep(connection)
            raise

    async def _asked(self) -> asyncpg.pool.PoolConnectionProxy:
        try:
            connection = await super()._acquire(None)
        except BaseException:
            self._asked_no_more()
            raise
        self._asking -= 1
        self._lent.add(connection)
        return connection

    def _asked_no_more(self) -> None:
        """A permit for acquiring from asyncpg is free: pass it to the next waiting caller."""
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

    async def give_back(self, connection: Any) -> None:
        """Take back a connection after a failure. It is closed if it cannot be used again."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await self.release(connection)

    async def expire_connections(self) -> None:
        await super().expire_connections()
        await self._give_back()

    async def close(self) -> None:
        await self._give_back()
        await super().close()

    async def _give_back(self) -> None:
        while (connection := self.take()) is not None:
            await self.release(connection)


async def _end_what_failed(connection: Any) -> None:
    """Replaces asyncpg's reset query at each release, because nothing here changes session state.

    A statement that failed or was cancelled between preparation and execution has not ended: the server is
    still processing it, and its time limit would expire during the next caller's statement. A query by the
    simple protocol ends it. asyncpg closes the connection if this raises.
    """
    async with asyncio.timeout(ENDED_WITHIN):
        await connection.execute("SELECT 1")
    if connection.is_in_transaction():
        raise asyncpg.InterfaceError("a connection was released within a transaction")


class PooledTransaction(Direct, TransactionWrapper):
    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.failures: Failures = connection.failures

    def _check_loop(self) -> bool:
        return True  # it ends before its loop does; Tortoise would check at each statement

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(PooledTransaction(self))

    async def _directly(self, method: str, sql: str, values: Sequence[Any]) -> Any:
        return await run_on(self._connection, method, sql, values)


class PooledTransactionContext(TransactionContextPooled):
    """Keeps the connection of a successful transaction idle in the pool, and releases it otherwise.

    Tortoise's context loses the connection when BEGIN fails. Here BEGIN is retried on another connection if
    the server had closed the first, as it does when it restarts.
    """

    client: Any

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        while not await self._begun(pool):
            pass
        self.token = get_connections().set(self.connection_name, self.client)
        client: TransactionalDBClient = self.client
        return client

    async def _begun(self, pool: BoundedPool) -> bool:
        """Begin on one of the pool's connections; False if it was lost while idle."""
        is_new = not pool.has_at_hand
        connection = self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException as error:
            await pool.give_back(connection)
            if is_new or not self.client.failures.is_lost_connection(error):
                raise
            return False
        return True

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pool, connection = self.client._parent._pool, self.client._connection
        has_ended = False
        try:
            if kind is None:
                await self.client.commit()
            else:
                await self.client.rollback()
            has_ended = not pool.is_closing()
        except Exception as failed:
            # The server rolled back a lost connection: report the first error.
            if kind is None or not self.client.failures.is_passing(failed):
                raise
        finally:
            get_connections().reset(self.token)
            if has_ended:
                pool.keep(connection)
            else:
                await pool.give_back(connection)


class PooledClient(Direct, AsyncpgDBClient):
    failures: Failures  # of the subclass

    async def create_pool(self, **kwargs: Any) -> Pool:
        wait = kwargs.pop("acquire_timeout", 5.0)
        pool = BoundedPool(
            self.failures,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            record_class=asyncpg.Record,
            reset=_end_what_failed,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=PLANNED_FOR,
            **kwargs,
        )
        pool.acquire_timeout = wait
        return await pool

    async def create_connection(self, with_db: bool) -> None:
        try:
            await super().create_connection(with_db)
        except (*UNREACHABLE, DBConnectionError) as error:
            raise self.failures.busy(error) from error

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
            result = await run_on(connection, method, sql, values)
        except Exception as error:
            await pool.give_back(connection)
            if self.failures.is_passing(error):
                raise self.failures.busy(error) from error
            raise
        except BaseException:
            await pool.give_back(connection)
            raise
        if pool.is_closing():
            await pool.release(connection)
        else:
            pool.keep(connection)
        return result
