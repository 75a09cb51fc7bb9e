"""Rows of models, made from what the driver returns with as little work as can be.

Tortoise makes a model of a row through a conversion for each column. The drivers have done most of that
already: asyncpg returns UUIDs, aware UTC times and decimals as such. What is left to convert is worked out
once for each model and database.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from app.core.database.sql import among, fetch, is_postgres

_Convert = Callable[[Any], Any]


class Row(Model):
    """The base of every model."""

    _conversions: ClassVar[list[tuple[str, _Convert]] | None]

    class Meta:
        abstract = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._conversions = None

    @classmethod
    def _init_from_db(cls, **kwargs: Any) -> Self:
        if len(kwargs) != len(cls._meta.fields_db_projection):
            return super()._init_from_db(**kwargs)  # a part of the columns only
        conversions = cls._conversions
        if conversions is None:  # a process speaks to one kind of database in its life
            conversions = cls._conversions = _conversions_of(cls)
        made = cls.__new__(cls)
        state = made.__dict__
        state.update(kwargs)
        state["_partial"] = False
        state["_saved_in_db"] = state["_custom_generated_pk"] = True
        state["_await_when_save"] = {}
        for name, convert in conversions:
            value = state[name]
            if value is not None:
                state[name] = convert(value)
        return made


def _conversions_of(model: type[Model]) -> list[tuple[str, _Convert]]:
    meta = model._meta
    for attribute, column in meta.fields_db_projection.items():
        if attribute != column:
            raise TypeError(f"{model.__name__}.{attribute}: a column is called what its attribute is called")
    on_postgres = is_postgres()
    found = ((name, _conversion(meta.fields_map[name], on_postgres)) for name in meta.fields_db_projection)
    return [(name, convert) for name, convert in found if convert is not None]


def _conversion(field: fields.Field[Any], on_postgres: bool) -> _Convert | None:
    if isinstance(field, CharEnumFieldInstance):
        members: dict[Any, Any] = {member.value: member for member in field.enum_type}
        return members.__getitem__
    if isinstance(field, fields.JSONField):
        return lambda value: orjson.loads(value) if isinstance(value, (str, bytes)) else value
    if on_postgres:
        return None
    if isinstance(field, fields.DatetimeField):
        return lambda value: datetime.fromisoformat(value) if isinstance(value, str) else value
    return field.to_python_value


async def read(model: type[Any], rest: str, *values: Any) -> list[Any]:
    """The rows of a model that a condition chooses: `rest` is what follows `WHERE`, in SQL of both databases.

    For reads that run often and never change; whatever is composed of filters is a query set.
    """
    rows = await fetch(f'SELECT * FROM "{model._meta.db_table}" WHERE {rest}', *values)  # noqa: S608
    return [model._init_from_db(**row) for row in rows]


async def rows_by_id(model: type[Any], ids: list[UUID]) -> dict[UUID, Any]:
    """The rows of some ids; an id that is not there is left out."""
    return {row.id: row for row in await read(model, among("id", 1), ids)}
