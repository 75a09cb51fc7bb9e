"""Raw SQL that runs on both databases, for statements that a query set cannot express.

Written with PostgreSQL's `$1` parameters. On SQLite they become `?1`, UUIDs become text, and datetimes become
the text that Tortoise stores.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import orjson
from tortoise.connection import get_connection
from tortoise.context import get_current_context

from app.engine.caches import LONGEST_STATEMENT, cached_for_short_text

T = TypeVar("T")

_PARAMETER = re.compile(r"\$(\d+)")


@cache
def is_postgres() -> bool:
    """Whether this process uses PostgreSQL; it uses one kind of database."""
    return bool(get_connection("default").capabilities.dialect == "postgres")


@cached_for_short_text(512, LONGEST_STATEMENT)
def _for_sqlite(sql: str) -> str:
    return _PARAMETER.sub(r"?\1", sql)


def among(column: str, number: int) -> str:
    """The condition that a column is in a list, which is parameter `$number`.

    The statement text is the same for lists of any length, so it is prepared once.
    """
    if is_postgres():
        return f"{column} = ANY(${number})"
    return f"{column} IN (SELECT value FROM json_each(${number}))"  # noqa: S608  # a column of ours


def uuid_of(value: Any) -> UUID:
    """The value of a UUID column from either database."""
    return value if isinstance(value, UUID) else UUID(value)


def moment_of(value: Any) -> datetime | None:
    """The value of a nullable timestamp column from either database."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _plain(value: T) -> T | str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list):
        return orjson.dumps([_plain(item) for item in value]).decode()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _ready(sql: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    if is_postgres():
        return sql, list(values)
    return _for_sqlite(sql), [_plain(value) for value in values]


async def fetch(sql: str, *values: Any) -> list[Any]:
    """Run a statement and return its rows, including those of `RETURNING`."""
    return await fetch_records(*_ready(sql, values))


async def fetch_records(sql: str, values: list[Any]) -> list[Any]:
    """Run a statement in the database's own dialect; rows as the driver returns them, mappings by column."""
    direct = getattr(_current(), "fetch_directly", None)
    if direct is not None:
        rows: list[Any] = await direct(sql, values)
        return rows
    return await get_connection("default").execute_query_dict(sql, values)


def _current() -> object:
    """The client of the current task: its transaction's, or that of all tasks; None before the first use.

    `get_connection` also compares the client's event loop with the running one, which PostgreSQL's clients
    do not need: they end before their loop does.
    """
    context = get_current_context()
    return context.connections._get_storage().get("default") if context is not None else None


async def execute(sql: str, *values: Any) -> int:
    """Run a statement and return the number of changed rows."""
    ready, bound = _ready(sql, values)
    direct = getattr(_current(), "execute_directly", None)
    if direct is not None:
        changed: int = await direct(ready, bound)
        return changed
    count, _ = await get_connection("default").execute_query(ready, bound)
    return count


async def execute_each(sql: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run a statement on SQLite once for each row of values; return the number of changed rows."""
    connection = get_connection("default")
    before = await number_of("SELECT total_changes() AS n")
    await connection.execute_many(_for_sqlite(sql), [[_plain(value) for value in row] for row in rows])
    return await number_of("SELECT total_changes() AS n") - before


async def number_of(sql: str, *values: Any) -> int:
    """The single number that a query returns; 0 for none."""
    rows = await fetch(sql, *values)
    return int(next(iter(rows[0].values())) or 0) if rows else 0
