"""Writing some columns of many rows in one statement."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from tortoise.connection import get_connection

from app.core.database.inserting import array_types, values_for
from app.core.database.sql import fetch_records, is_postgres


async def update_each(rows: Sequence[Any], *columns: str) -> None:
    """Write the named columns of rows of one model, which are locked by the caller or nobody else's."""
    if not rows:
        return
    model: Any = type(rows[0])
    names = (*columns, model._meta.db_pk_column)
    values = values_for(model, rows, names)
    if is_postgres():
        await fetch_records(_many(model, names), [list(column) for column in zip(*values, strict=True)])
    else:
        await get_connection("default").execute_many(_one(model, names), values)


@cache
def _one(model: Any, names: tuple[str, ...]) -> str:
    *columns, key = names
    changes = ", ".join(f'"{name}" = ?' for name in columns)
    return f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "{key}" = ?'  # noqa: S608  # names of ours


@cache
def _many(model: Any, names: tuple[str, ...]) -> str:
    *columns, key = names
    changes = ", ".join(f'"{name}" = new."{name}"' for name in columns)
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(array_types(model, names), start=1))
    listed = ", ".join(f'"{name}"' for name in names)
    table = model._meta.db_table
    return (
        f'UPDATE "{table}" AS old SET {changes} FROM unnest({arrays}) AS new({listed}) '  # noqa: S608
        f'WHERE old."{key}" = new."{key}"'
    )
