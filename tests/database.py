"""Making and emptying the tests' tables."""

import asyncio
from typing import Any

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate as run_migrations

from app.core.database import execute, is_postgres
from app.core.journal import entry, feed
from app.core.journal.models import JournalEntry


async def migrate(config: dict[str, Any]) -> None:
    """Bring a database to the newest tables, in a context of its own."""
    async with TortoiseContext() as context:
        await context.init(config=config)
        await run_migrations(config=config)
        await Tortoise.close_connections()


async def empty_all_tables() -> None:
    """Take every row away; the tables stay."""
    assert Tortoise.apps is not None
    tables = [model._meta.db_table for model in Tortoise.apps["app"].values()]
    if is_postgres():
        await execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables) + " CASCADE")
        return
    script = "PRAGMA foreign_keys = OFF;" + "".join(f'DELETE FROM "{table}";' for table in tables)
    await get_connection("default").execute_script(script + "PRAGMA foreign_keys = ON;")


async def feed_has_read_all() -> None:
    """Wait until the running feed has read what was written until now."""
    while await JournalEntry.filter(position__isnull=True).exists() or (
        feed.current()._last < await entry.last_position()
    ):
        await asyncio.sleep(0.005)
