"""The PostgreSQL client: a pool that gives up waiting, and spends no round trip or task on short reads."""

from typing import Any

import asyncpg
from asyncpg.pool import Pool
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.exceptions import IntegrityError, OperationalError

from app.core.refusals import ServiceBusy

STATEMENTS = 500  # prepared statements that a connection keeps
UNREACHABLE = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


class BoundedPool(Pool):
    """A pool whose callers wait a bounded time for a connection, then are told that the service is busy.

    asyncpg gives a connection back in a task of its own and hands it out under a timer, which together
    take about as long as a short read. So a read that went well keeps its connection at hand here, still
    acquired as asyncpg sees it, and whoever asks next gets it at once. Nothing is kept while somebody
    waits for a connection.
    """

    acquire_timeout: float = 5.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at_hand: list[Any] = []
        self._waiting = 0

    def take(self) -> Any | None:
        """A connection that is at hand, None if there is none."""
        while self._at_hand:
            connection = self._at_hand.pop()
            try:
                if not connection.is_closed():
                    return connection
            except asyncpg.InterfaceError:
                continue  # lost while it lay here, and already given back
        return None

    async def keep(self, connection: Any) -> None:
        """Take back a connection whose statement has ended well, outside of any transaction."""
        if self._waiting or self.is_closing():
            await self.release(connection)
        else:
            self._at_hand.append(connection)

    async def _acquire(self, timeout: float | None) -> Any:
        connection = None if self.is_closing() else self.take()
        if connection is not None:
            return connection
        self._waiting += 1
        try:
            return await super()._acquire(timeout if timeout is not None else self.acquire_timeout)
        except UNREACHABLE as error:
            raise ServiceBusy from error  # nothing was sent: the caller may try again
        finally:
            self._waiting -= 1

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


class PooledClient(AsyncpgDBClient):
    async def create_pool(self, **kwargs: Any) -> Pool:
        wait = kwargs.pop("acquire_timeout", 5.0)
        pool = BoundedPool(
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            record_class=asyncpg.Record,
            reset=_keep_session,
            statement_cache_size=STATEMENTS,
            **kwargs,
        )
        pool.acquire_timeout = wait
        return await pool

    async def fetch_directly(self, sql: str, values: list[Any]) -> list[Any]:
        """Rows as asyncpg has them, without Tortoise's way there; the same exceptions."""
        pool = self._pool
        if not isinstance(pool, BoundedPool):
            return list(await self.execute_query_dict(sql, values))  # makes the pool
        connection = pool.take() or await pool.acquire()
        try:
            rows: list[Any] = await connection.fetch(sql, *values)
        except BaseException as error:
            await pool.release(connection)
            if isinstance(error, (asyncpg.SyntaxOrAccessError, asyncpg.DataError)):
                raise OperationalError(error) from error
            if isinstance(error, asyncpg.IntegrityConstraintViolationError):
                raise IntegrityError(error) from error
            raise
        await pool.keep(connection)
        return rows


client_class = PooledClient
