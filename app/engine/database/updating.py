"""Updates columns of many rows in one statement, alone or together with other writes."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from tortoise.connection import get_connection

from app.engine.database.inserting import (
    array_types,
    insert,
    insert_numbered,
    inserting,
    joined,
    note_as_saved,
    numbering,
    values_for,
)
from app.engine.database.sql import fetch_records, is_postgres
from app.engine.switches import on


class Change(NamedTuple):
    """Columns to write for rows of one model."""

    rows: Sequence[Any]
    columns: Sequence[str]


class Numbered(NamedTuple):
    """New rows of one model with consecutive numbers; see `insert_numbered`."""

    rows: Sequence[Any]
    number: str
    within: str


def touched(row: Any, names: Sequence[str]) -> list[str]:
    """Those of some columns that were read from a row or set on it; the others are as they are stored."""
    state = vars(row)
    return [name for name in names if name in state]


async def update_each(rows: Sequence[Any], *columns: str) -> None:
    """Write the named columns of rows of one model, which the caller has locked or created."""
    if not rows:
        return
    model: Any = type(rows[0])
    if not on.statements:
        await model.bulk_update(rows, columns)
    elif is_postgres():
        await fetch_records(*_updating(Change(rows, columns)))
    else:
        names = (*columns, model._meta.db_pk_column)
        await get_connection("default").execute_many(_one(model, names), values_for(model, rows, names))


async def write_together(
    groups: Sequence[Sequence[Any]], changes: Sequence[Change], numbered: Numbered | None = None
) -> None:
    """Insert new rows of several models, each group after those that it refers to, and update columns of
    others.

    On PostgreSQL this is one statement, whose foreign keys are checked at its end, so no row may be written
    twice; there, rows that the INSERT numbers can be part of it.

    Raises:
        IntegrityError: the database refuses one; nothing is written.
        ValidationError: a value is longer than its column allows.
    """
    new = [rows for rows in groups if rows]
    changed = [change for change in changes if change.rows]
    if not is_postgres() or not on.statements:
        for rows in new:
            await insert(rows)
        for change in changed:
            await update_each(change.rows, *change.columns)
        if numbered is not None:
            await insert_numbered(*numbered)
        return
    parts = [*map(inserting, new), *map(_updating, changed)]
    if numbered is not None:
        parts.append(numbering(*numbered))
        new.append(numbered.rows)
    if parts:
        await fetch_records(*joined(parts))
    for rows in new:
        note_as_saved(rows)


def _updating(change: Change) -> tuple[str, list[Any]]:
    """PostgreSQL's statement for a change, and its values."""
    model: Any = type(change.rows[0])
    names = (*change.columns, model._meta.db_pk_column)
    values = values_for(model, change.rows, names)
    if len(values) == 1:
        return _one(model, names), values[0]
    return _many(model, names), [list(column) for column in zip(*values, strict=True)]


@cache
def _one(model: Any, names: tuple[str, ...]) -> str:
    places = [f"${n}" if is_postgres() else "?" for n in range(1, len(names) + 1)]
    *changes, which = [f'"{name}" = {place}' for name, place in zip(names, places, strict=True)]
    return f'UPDATE "{model._meta.db_table}" SET {", ".join(changes)} WHERE {which}'  # noqa: S608  # names of ours


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
