"""Inserts any number of rows in one statement whose text is cached."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from tortoise import fields
from tortoise.connection import get_connection
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from app.engine.database.sql import fetch_records, is_postgres
from app.engine.switches import on

_PLACE = re.compile(r"\$(\d+)")
_Encode = Callable[[Any, Any], Any]

# Lengths are validated before; a cast to VARCHAR(n) would truncate silently.
_PLAIN = {"VARCHAR": "TEXT", "NUMERIC": "NUMERIC"}


async def insert(rows: Sequence[Any]) -> None:
    """Insert new rows of one model.

    Raises:
        IntegrityError: the database refuses one; nothing is inserted.
        ValidationError: a value is longer than its column allows.
    """
    if not rows:
        return
    model: Any = type(rows[0])
    if not on.statements:
        await model.bulk_create(rows)
    elif is_postgres():
        await fetch_records(*inserting(rows))
    else:
        await get_connection("default").execute_many(_one(model), _values(model, rows))
    note_as_saved(rows)


async def insert_numbered(rows: Sequence[Any], number: str, within: str) -> None:
    """Insert new rows of one model on PostgreSQL with consecutive numbers.

    The value of the column `number` is added to the largest existing number of the rows with the same
    `within`.

    Raises:
        IntegrityError: another transaction inserted the same number; nothing is inserted.
    """
    await fetch_records(*numbering(rows, number, within))
    note_as_saved(rows)


def joined(parts: Sequence[tuple[str, list[Any]]]) -> tuple[str, list[Any]]:
    """Combine several PostgreSQL statements and their values into one."""
    if len(parts) == 1:
        return parts[0]
    sql = _joined(tuple(part for part, _ in parts), tuple(len(values) for _, values in parts))
    return sql, [value for _, values in parts for value in values]


@cache
def _joined(statements: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """Several statements as one, with consecutive parameter numbers."""
    moved, before = [], 0
    for statement, count in zip(statements, counts, strict=True):
        moved.append(_counted_on(statement, before))
        before += count
    *first, last = moved
    return f"WITH {', '.join(f'part{n} AS ({sql})' for n, sql in enumerate(first))} {last}"


def _counted_on(statement: str, by: int) -> str:
    return _PLACE.sub(lambda place: f"${int(place[1]) + by}", statement)


async def insert_if_new(row: Any) -> bool:
    """Insert a row unless one with the same unique columns exists.

    Waits if another transaction is inserting such a row, and returns False if that one commits.
    """
    model: Any = type(row)
    (values,) = _values(model, [row])
    sql = f"{_one(model)} ON CONFLICT DO NOTHING RETURNING {_quoted(model._meta.db_pk_column)}"
    inserted = bool(await fetch_records(sql, values))
    if inserted:
        note_as_saved([row])
    return inserted


def is_saved(row: Any) -> bool:
    """Whether a row is in the database, as far as this process knows."""
    return bool(row._saved_in_db)


def note_as_saved(rows: Sequence[Any]) -> None:
    for row in rows:
        row._saved_in_db = True


def _values(model: type[Model], rows: Sequence[Any]) -> list[list[Any]]:
    return values_for(model, rows, tuple(_encoders(model)))


def values_for(model: type[Model], rows: Sequence[Any], names: Sequence[str]) -> list[list[Any]]:
    """The named columns of each row in the driver's types.

    Raises:
        ValidationError: a value is longer than its column allows.
    """
    encoders, ready = _encoders(model), _ready(model)
    chosen = [(name, *ready[name], encoders[name]) for name in names]
    return [
        [
            value
            if type(value := getattr(row, name)) is kind or (value is None and may_be_null)
            else encode(row, value)
            for name, kind, may_be_null, encode in chosen
        ]
        for row in rows
    ]


@cache
def _ready(model: Any) -> dict[str, tuple[type | None, bool]]:
    """By column: the class of values that need no conversion, and whether null is allowed."""
    fields_map = model._meta.fields_map
    return {
        name: (
            # The driver checks the range of numbers.
            fields_map[name].field_type if is_postgres() and isinstance(fields_map[name], _NATIVE) else None,
            fields_map[name].null,
        )
        for name in model._meta.fields_db_projection
    }


@cache
def _encoders(model: Any) -> dict[str, _Encode]:
    """The conversion of each column to the driver's type, in column order."""
    meta = model._meta
    return {name: _encoder(meta.fields_map[name]) for name in meta.fields_db_projection}


def _encoder(field: fields.Field[Any]) -> _Encode:
    """`Field.to_db_value` without the overhead for values that need no conversion."""
    by_tortoise: _Encode = lambda row, value: field.to_db_value(value, row)
    if isinstance(field, CharEnumFieldInstance):
        enum = field.enum_type
        return lambda row, value: value.value if type(value) is enum else by_tortoise(row, value)
    if isinstance(field, fields.CharField):
        longest = field.max_length
        return lambda row, value: (
            value if type(value) is str and len(value) <= longest else by_tortoise(row, value)
        )
    if is_postgres() and isinstance(field, fields.DatetimeField) and not field.auto_now:
        return lambda row, value: (
            value if isinstance(value, datetime) and value.tzinfo is not None else by_tortoise(row, value)
        )
    return by_tortoise


_NATIVE = (fields.UUIDField, fields.BooleanField, fields.TextField, fields.IntField, fields.BigIntField)


def inserting(rows: Sequence[Any]) -> tuple[str, list[Any]]:
    """PostgreSQL's statement for new rows of one model, and its values."""
    model: Any = type(rows[0])
    values = _values(model, rows)
    if len(values) == 1:
        return _one(model), values[0]
    return _many(model), [list(column) for column in zip(*values, strict=True)]


def numbering(rows: Sequence[Any], number: str, within: str) -> tuple[str, list[Any]]:
    """PostgreSQL's statement of `insert_numbered`, and its values."""
    model: Any = type(rows[0])
    values = _values(model, rows)
    if len(values) == 1:
        return _one_numbered(model, number, within), values[0]
    return _many_numbered(model, number, within), [list(column) for column in zip(*values, strict=True)]


def _quoted(name: str) -> str:
    return f'"{name}"'


def _into(model: type[Model]) -> str:
    columns = ",".join(_quoted(column) for column in model._meta.fields_db_projection.values())
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({columns})"


@cache
def _one(model: Any) -> str:
    """The statement for one row."""
    count = len(model._meta.fields_db_projection)
    places = (f"${n}" if is_postgres() else "?" for n in range(1, count + 1))
    return f"{_into(model)} VALUES ({','.join(places)})"


@cache
def _many(model: Any) -> str:
    """PostgreSQL's statement for any number of rows, passed as one array per column."""
    kinds = array_types(model, tuple(model._meta.fields_db_projection))
    arrays = (f"${n}::{kind}[]" for n, kind in enumerate(kinds, start=1))
    return f"{_into(model)} SELECT * FROM unnest({','.join(arrays)})"  # noqa: S608  # names of ours


def _counted_from(model: Any, number: str, within: str, value: str) -> str:
    """The largest number among the rows with the same value in another column; 0 if there are none."""
    rows = f'FROM "{model._meta.db_table}" AS old WHERE old.{_quoted(within)} = {value}'
    return f"COALESCE((SELECT MAX(old.{_quoted(number)}) {rows}), 0)"


@cache
def _one_numbered(model: Any, number: str, within: str) -> str:
    """PostgreSQL's statement for one row with the next number."""
    places = {name: f"${n}" for n, name in enumerate(model._meta.fields_db_projection, start=1)}
    places[number] = f"{_counted_from(model, number, within, places[within])} + {places[number]}"
    return f"{_into(model)} VALUES ({','.join(places.values())})"


@cache
def _many_numbered(model: Any, number: str, within: str) -> str:
    """The same for any number of rows, passed as one array per column."""
    names = tuple(model._meta.fields_db_projection)
    arrays = ",".join(f"${n}::{kind}[]" for n, kind in enumerate(array_types(model, names), start=1))
    values = {name: f"new.{_quoted(name)}" for name in names}
    values[number] = f"{_counted_from(model, number, within, values[within])} + {values[number]}"
    chosen, listed = ",".join(values.values()), ",".join(map(_quoted, names))
    return f"{_into(model)} SELECT {chosen} FROM unnest({arrays}) AS new({listed})"  # noqa: S608


def array_types(model: Any, names: Sequence[str]) -> list[str]:
    """PostgreSQL's types for values of columns that are passed as arrays."""
    kinds = [model._meta.fields_map[name].get_for_dialect("postgres", "SQL_TYPE") for name in names]
    return [_PLAIN.get(kind.partition("(")[0], kind) for kind in kinds]
