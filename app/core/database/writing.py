"""Writes whose condition or new value is computed by the database.

They take fragments of SQL for both databases, as `read` does; the statement itself is built here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.models import Model

from app.engine.database.inserting import values_for
from app.engine.database.sql import among, execute, fetch, fetch_records, is_postgres


async def update_where(model: type[Model], changes: str, condition: str, *values: Any) -> int:
    """Write columns of the rows that match a condition; returns the number of rows."""
    return await execute(f'UPDATE "{model._meta.db_table}" SET {changes} WHERE {condition}', *values)  # noqa: S608


async def update_returning(
    model: type[Model], changes: str, condition: str, columns: str, *values: Any
) -> list[Any]:
    """Like `update_where`; returns the named columns of each row after the change."""
    sql = f'UPDATE "{model._meta.db_table}" SET {changes} WHERE {condition} RETURNING {columns}'  # noqa: S608
    return await fetch(sql, *values)


async def insert_selected(
    model: type[Model], columns: Mapping[str, str], source: str, *values: Any, conflict: str = ""
) -> int:
    """Insert a row for each row of a source: tables with a condition. Returns the number of rows.

    `columns` has the SQL expression of each column; `conflict` is what follows `ON CONFLICT`.
    """
    listed, chosen = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
    sql = f'INSERT INTO "{model._meta.db_table}" ({listed}) SELECT {chosen} FROM {source}'  # noqa: S608
    return await execute(f"{sql} ON CONFLICT {conflict}" if conflict else sql, *values)


async def delete_where(model: type[Model], condition: str, *values: Any) -> int:
    """Delete the rows that match a condition; returns the number of rows."""
    return await execute(f'DELETE FROM "{model._meta.db_table}" WHERE {condition}', *values)  # noqa: S608


async def delete_each(rows: Sequence[Any]) -> int:
    """Delete rows of one model; returns the number of rows that were still there."""
    if not rows:
        return 0
    model: Any = type(rows[0])
    key = model._meta.db_pk_column
    return await delete_where(model, among(key, 1), [getattr(row, key) for row in rows])


async def insert_or_update(
    rows: Sequence[Any], unique: str, changes: str, *, returning: str | None = None
) -> list[Any]:
    """Insert new rows of one model; where a row with the same `unique` columns exists, change that row.

    `changes` names columns of the existing row `old` and of the new row `excluded`. Either way the row is
    locked until the transaction ends. Returns the `returning` columns of each row.
    """
    model: Any = type(rows[0])
    names = tuple(model._meta.fields_db_projection)
    places, bound = _places(values_for(model, rows, names))
    listed = ", ".join(f'"{name}"' for name in names)
    sql = (
        f'INSERT INTO "{model._meta.db_table}" AS old ({listed}) VALUES {places} '  # noqa: S608  # names of ours
        f"ON CONFLICT ({unique}) DO UPDATE SET {changes} RETURNING {returning or unique}"
    )
    return await fetch_records(sql, bound)


def _places(values: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """The parameters of several rows, and their values in that order."""
    bound = [value for row in values for value in row]
    marks = [f"${n}" if is_postgres() else "?" for n in range(1, len(bound) + 1)]
    width = len(values[0])
    groups = [marks[start : start + width] for start in range(0, len(marks), width)]
    return ", ".join(f"({', '.join(group)})" for group in groups), bound
