"""The PostgreSQL client: a pool that gives up waiting, and saves the reset round trip."""

from typing import Any

import asyncpg
from asyncpg.pool import Pool
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.exceptions import IntegrityError, OperationalError

from app.core.refusals import ServiceBusy

UNREACHABLE = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


class BoundedPool(Pool):
    """A pool whose callers wait a bounded time for a connection, then are told that the service is busy."""

    acquire_timeout: float = 5.0

    async def _acquire(self, timeout: float | None) -> Any:
        try:
            return await super()._acquire(timeout if timeout is not None else self.acquire_timeout)
        except (
            OSError,
            TimeoutError,
            asyncpg.CannotConnectNowError,
            asyncpg.TooManyConnectionsError,
        ) as error:
            raise ServiceBusy from error  # nothing was sent: the caller may try again


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
            **kwargs,
        )
        pool.acquire_timeout = wait
        return await pool

    async def fetch_directly(self, sql: str, values: list[Any]) -> list[Any]:
        """Rows as asyncpg has them, without Tortoise's way there; the same exceptions."""
        if self._pool is None:
            return list(await self.execute_query_dict(sql, values))  # makes the pool
        try:
            async with self._pool.acquire() as connection:
                return list(await connection.fetch(sql, *values))
        except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
            raise OperationalError(error) from error
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error


client_class = PooledClient
