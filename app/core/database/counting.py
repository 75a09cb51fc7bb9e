"""Gapless counters."""

from typing import Any

from tortoise.models import Model

from app.engine.database.sql import execute, fetch


async def count_up(counter: type[Model], key: str = "id", of: Any = 1) -> int:
    """The next number of a counter: a row with a `value`, found by its key.

    The row is locked until the transaction ends, so that no number is missing.
    """
    table = counter._meta.db_table
    rows = await fetch(
        f"INSERT INTO {table} ({key}, value) VALUES ($1, 1) "  # noqa: S608  # names of ours
        f"ON CONFLICT ({key}) DO UPDATE SET value = {table}.value + 1 RETURNING value",
        of,
    )
    return int(rows[0]["value"])


async def lock_counter(counter: type[Model]) -> None:
    """Lock a counter's row until the transaction ends, without counting."""
    table = counter._meta.db_table
    await execute(
        f"INSERT INTO {table} (id, value) VALUES (1, 0) "  # noqa: S608  # a table of ours
        f"ON CONFLICT (id) DO UPDATE SET value = {table}.value"
    )
