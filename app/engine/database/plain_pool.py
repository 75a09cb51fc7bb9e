"""Tortoise's PostgreSQL client with asyncpg's pool, for a process that has the engine's own turned off."""

from typing import Any

from asyncpg.pool import Pool
from tortoise.backends.asyncpg.client import AsyncpgDBClient


class PlainClient(AsyncpgDBClient):
    async def create_pool(self, **kwargs: Any) -> Pool:
        """Callers wait for a connection without a limit: asyncpg's pool has none of its own."""
        del kwargs["acquire_timeout"]
        return await super().create_pool(**kwargs)


client_class = PlainClient
