"""A database of an earlier version with rows, to be migrated."""

import re
import uuid
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
    """A database at one migration; `bring_to` migrates it."""

    def __init__(self, config: dict[str, Any], url: str) -> None:
        self.config = config
        self.url = url

    async def bring_to(self, migration: str) -> None:
        await migrate(config=self.config, target=f"app.{migration}")

    async def bring_up_to_date(self) -> None:
        await migrate(config=self.config)

    async def tables(self) -> list[str]:
        return await tables(get_connection("default"))

    async def structure(self) -> set[tuple[Any, ...]]:
        return await structure(get_connection("default"))

    async def checks(self) -> set[str]:
        return await checks(get_connection("default"))

    async def run(self, *statements: str) -> None:
        for statement in statements:
            await get_connection("default").execute_query(statement)

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        _, found = await get_connection("default").execute_query(statement)
        return [dict(row) for row in found]


async def tables(connection: BaseDBAsyncClient) -> list[str]:
    """Every column, constraint and index of a database as text."""
    _, found = await connection.execute_query(_TABLES_OF_POSTGRES if ON_POSTGRES else _TABLES_OF_SQLITE)
    return [" ".join(map(str, dict(row).values())) for row in found]


_TABLES_OF_SQLITE = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name"
_TABLES_OF_POSTGRES = """
    SELECT table_name, column_name, data_type, character_maximum_length::text, is_nullable, column_default
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', ''
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT tablename, indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2, 3
"""


async def structure(connection: BaseDBAsyncClient) -> set[tuple[Any, ...]]:
    """The columns with nullability and default, foreign keys, indexes and unique constraints of a database.

    A unique constraint and a unique index are the same, whatever their names.
    """
    _, found = await connection.execute_query(_PARTS_OF_POSTGRES if ON_POSTGRES else _PARTS_OF_SQLITE)
    return {tuple(dict(row).values()) for row in found}


_PARTS_OF_SQLITE = """
    WITH tables AS (
        SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'tortoise_migrations' AND name NOT LIKE 'sqlite_%'
    ), parts (place, kind, a, b, c, d, e) AS (
        SELECT t.name, 'column', c.name, c.type, c."notnull", c.dflt_value, c.pk
          FROM tables t, pragma_table_info(t.name) c
        UNION ALL SELECT t.name, 'refers', f."from", f."table", f."to", f.on_delete, ''
          FROM tables t, pragma_foreign_key_list(t.name) f
        UNION ALL SELECT t.name, 'index', l."unique", l.origin = 'pk',
               (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)), '', ''
          FROM tables t, pragma_index_list(t.name) l
    ) SELECT * FROM parts
"""
_PARTS_OF_POSTGRES = """
    WITH parts (place, kind, a, b, c, d) AS (
        SELECT table_name::text, 'column', column_name::text,
               concat_ws(' ', data_type, character_maximum_length, numeric_precision, numeric_scale), is_nullable::text,
               column_default::text
          FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT conrelid::regclass::text, 'refers', pg_get_constraintdef(oid), '', '', ''
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'f'
        UNION ALL SELECT i.indrelid::regclass::text, 'index', i.indisunique::text, i.indisprimary::text,
               string_agg(a.attname, ',' ORDER BY k.place), ''
          FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (number, place)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
          JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace
         GROUP BY i.indexrelid, i.indrelid, i.indisunique, i.indisprimary
    ) SELECT * FROM parts WHERE place <> 'tortoise_migrations'
"""


async def checks(connection: BaseDBAsyncClient) -> set[str]:
    """The names of the CHECK constraints of a database."""
    if ON_POSTGRES:
        _, found = await connection.execute_query(
            "SELECT conname AS name FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
        return {row["name"] for row in found}
    _, found = await connection.execute_query("SELECT sql FROM sqlite_master WHERE type = 'table'")
    return {name for row in found for name in re.findall(r'CONSTRAINT "(\w+)" CHECK', row["sql"])}


@asynccontextmanager
async def empty_database(folder: Path) -> AsyncIterator[OldDatabase]:
    """An empty database, connected."""
    name = uuid.uuid4().hex
    url = await services.make_database(services.new_url()) if ON_POSTGRES else f"sqlite:///{folder}/{name}.db"
    config = tortoise_config(settings().model_copy(update={"database_url": url}))
    try:
        async with TortoiseContext() as context:
            await context.init(config=config)
            yield OldDatabase(config, url)
            await Tortoise.close_connections()
    finally:
        if ON_POSTGRES:
            await services.drop_database(url)


@asynccontextmanager
async def database_at(migration: str, folder: Path) -> AsyncIterator[OldDatabase]:
    """A database at a migration."""
    async with empty_database(folder) as old:
        await old.bring_to(migration)
        yield old
