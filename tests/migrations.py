"""A database as an earlier version left it, with rows, to be brought up to date."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tortoise import BaseDBAsyncClient, Tortoise
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate

from app.core.database import tortoise_config
from app.settings import settings
from tests import services
from tests.conftest import ON_POSTGRES


class OldDatabase:
    """A database at one migration; `bring_to` takes it to another."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    async def bring_to(self, migration: str) -> None:
        await migrate(config=self.config, target=f"app.{migration}")

    async def bring_up_to_date(self) -> None:
        await migrate(config=self.config)

    async def tables(self) -> list[str]:
        return await tables(get_connection("default"))

    async def run(self, *statements: str) -> None:
        for statement in statements:
            await get_connection("default").execute_query(statement)

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        _, found = await get_connection("default").execute_query(statement)
        return [dict(row) for row in found]


async def tables(connection: BaseDBAsyncClient) -> list[str]:
    """Every column, constraint and index of a database, in words of its own."""
    _, found = await connection.execute_query(_TABLES_OF_POSTGRES if ON_POSTGRES else _TABLES_OF_SQLITE)
    return [" ".join(map(str, dict(row).values())) for row in found]


_TABLES_OF_SQLITE = "SELECT name, sql FROM sqlite_master ORDER BY name"
_TABLES_OF_POSTGRES = """
    SELECT table_name, column_name, data_type, character_maximum_length::text, is_nullable, column_default
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', ''
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT tablename, indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2, 3
"""


@asynccontextmanager
async def database_at(migration: str, folder: Path) -> AsyncIterator[OldDatabase]:
    """A database of its own that was last brought up to date by a migration."""
    url = await services.make_database(services.new_url()) if ON_POSTGRES else f"sqlite:///{folder}/old.db"
    config = tortoise_config(settings().model_copy(update={"database_url": url}))
    try:
        async with TortoiseContext() as context:
            await context.init(config=config)
            old = OldDatabase(config)
            await old.bring_to(migration)
            yield old
            await Tortoise.close_connections()
    finally:
        if ON_POSTGRES:
            await services.drop_database(url)
