"""Numbers that go up by one."""

from tortoise.models import Model

from app.engine.database.sql import fetch


async def count_up(counter: type[Model]) -> int:
    """The next number of a counter: a table of one row with a `value`.

    Its row is locked until the transaction ends, so that numbers have no holes.
    """
    table = counter._meta.db_table
    rows = await fetch(
        f"INSERT INTO {table} (id, value) VALUES (1, 1) "  # noqa: S608  # a table of ours
        f"ON CONFLICT (id) DO UPDATE SET value = {table}.value + 1 RETURNING value"
    )
    return int(rows[0]["value"])
