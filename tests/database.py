"""Creating and emptying the test tables."""

import asyncio
import re
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from asyncpg import DeadlockDetectedError, UndefinedFunctionError
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.migrations.api.migrate import migrate as run_migrations

from app.core.database import is_postgres
from app.core.journal import entry, feed
from app.core.journal.models import JournalEntry

# These rows refer to one another.
_LOOSE = 'UPDATE "category" SET parent_id = NULL; UPDATE "api_token" SET made_with_id = NULL;'


async def migrate(config: dict[str, Any]) -> None:
    """Migrate a database, in a separate context."""
    async with TortoiseContext() as context:
        await context.init(config=config)
        await run_migrations(config=config)
        await Tortoise.close_connections()


async def empty_all_tables() -> None:
    """Delete all rows. There are few: a TRUNCATE takes twenty times as long."""
    for attempt in range(5):
        try:
            await (_empty_on_postgres() if is_postgres() else _empty_on_sqlite())
        except (IntegrityError, OperationalError) as error:
            # A running deferred task may hold a row to be deleted, or write an event or a reference to one.
            passing = isinstance(error, IntegrityError) or isinstance(error.args[0], DeadlockDetectedError)
            if attempt == 4 or not passing:
                raise
        else:
            return


async def _empty_on_postgres() -> None:
    """By a function in the database, whose statements are planned once per connection."""
    connection = get_connection("default")
    try:
        await connection.execute_script("SELECT empty_all_tables()")
    except OperationalError as error:
        if not isinstance(error.args[0], UndefinedFunctionError):
            raise
        # The previous test may still be assigning positions to its events.
        wait = "LOCK TABLE journal_entry IN EXCLUSIVE MODE;"
        body = wait + _LOOSE + "".join(f'DELETE FROM "{table}";' for table in _leaves_first())
        await connection.execute_script(
            "CREATE FUNCTION empty_all_tables() RETURNS void LANGUAGE plpgsql AS "
            f"$$ BEGIN {body} END $$; SELECT empty_all_tables()"
        )


async def _empty_on_sqlite() -> None:
    """Only tables with rows, found by one query: a DELETE is compiled again with everything that it may
    cascade to.
    """
    parts = (
        f"SELECT '{table}' AS name WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in _leaves_first()
    )
    rows = await get_connection("default").execute_query_dict(" UNION ALL ".join(parts))
    filled = {row["name"] for row in rows}
    emptying = [f'DELETE FROM "{table}";' for table in _leaves_first() if table in filled]
    await get_connection("default").execute_script(_LOOSE + "".join(emptying))


@cache
def _leaves_first() -> list[str]:
    """All tables, each before those that it refers to."""
    assert Tortoise.apps is not None
    models = {model._meta.db_table: model for model in Tortoise.apps["app"].values()}
    refers = {
        table: {model._meta.fields_map[name].related_model._meta.db_table for name in model._meta.fk_fields}
        for table, model in models.items()
    }
    order = TopologicalSorter({table: others - {table} for table, others in refers.items()})
    return [*order.static_order()][::-1]


async def rows_of_all_tables() -> dict[str, int]:
    """The content of each table as a number that changes with it.

    The journal is counted, because its rows never change except for their positions.
    """
    found = {}
    for table in _leaves_first():
        what = "id" if table == "journal_entry" else "*"
        rows = await get_connection("default").execute_query_dict(f'SELECT {what} FROM "{table}"')
        found[table] = hash(tuple(sorted(repr(tuple(row.values())) for row in rows)))
    return found


async def tables_with(text: re.Pattern[str]) -> list[str]:
    """The tables with a row in which a text is found."""
    found = []
    for table in _leaves_first():
        rows = await get_connection("default").execute_query_dict(f'SELECT * FROM "{table}"')
        if any(text.search(repr(tuple(row.values()))) for row in rows):
            found.append(table)
    return found


async def feed_has_read_all() -> None:
    """Wait until the running feed has read everything written so far."""
    while await JournalEntry.filter(position__isnull=True).exists() or (
        feed.current()._last < await entry.last_position()
    ):
        await asyncio.sleep(0.005)
