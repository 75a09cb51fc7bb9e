"""Rows of models with little overhead.

Tortoise converts each column when it makes a model from a row. Here a row keeps the driver's record and
converts a column on first access; most columns are never accessed. The drivers do most conversions already
(asyncpg returns UUIDs, aware UTC times and decimals); the remaining ones are computed once for each model and
database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from app.engine.database.columns import Columns, columns_of, selection
from app.engine.database.shapes import AT_ONCE, ShapedManager, made_in_slices
from app.engine.database.sql import among, fetch, is_postgres
from app.engine.switches import on

_Convert = Callable[[Any], Any]


class Row(Model):
    """The base class of all models."""

    _conversions: ClassVar[dict[str, _Convert | None] | None]
    _making: ClassVar["_Making | None"]

    # Tortoise sets this on each object; it is constant for rows that were read.
    _partial = False
    _saved_in_db = True
    _custom_generated_pk = True

    class Meta:
        abstract = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._conversions = None
        cls._making = None
        cls._meta.manager = ShapedManager()

    def __init__(self, **values: Any) -> None:
        making = type(self)._making or _making_of(type(self))
        if not values.keys() <= making.kinds.keys():
            super().__init__(**values)  # with related objects, which Tortoise handles
            return
        state = self.__dict__
        state["_saved_in_db"] = False
        state.update(making.defaults)
        for name, make in making.made:
            if name not in values:
                state[name] = make()
        for name, value in values.items():
            if type(value) is making.kinds[name]:
                state[name] = value
            elif value is None and name in making.required:
                raise ValueError(f"{name} must have a value")
            else:
                state[name] = self._meta.fields_map[name].to_python_value(value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._meta.fk_fields:
            super().__setattr__(name, value)
        else:
            object.__setattr__(self, name, value)

    @classmethod
    def of_record(cls, record: Mapping[str, Any], columns: Columns | None = None) -> Self:
        """Make a row from a record; `columns` records which columns are accessed."""
        made = cls.__new__(cls)
        state = made.__dict__
        state["_record"] = record
        if columns is not None:
            state["_columns"] = columns
        return made

    @classmethod
    def maker(cls) -> Callable[[Mapping[str, Any], Columns | None], Self]:
        """What makes a row of a record."""
        return cls.of_record if on.rows else cls._of_tortoise

    @classmethod
    def _of_tortoise(cls, record: Mapping[str, Any], _columns: Columns | None = None) -> Self:
        return cls._init_from_db(**record)

    @classmethod
    def _init_from_db(cls, **kwargs: Any) -> Self:
        if len(kwargs) != len(cls._meta.fields_db_projection) or not on.rows:
            return super()._init_from_db(**kwargs)  # Tortoise also makes rows of some columns only
        return cls.of_record(kwargs)

    def __getattr__(self, name: str) -> Any:
        """Convert a column on its first access."""
        state = self.__dict__
        try:
            value = state["_record"][name]
        except KeyError:
            return self._without_record(name)
        columns: Columns | None = state.get("_columns")
        if columns is not None and columns.selected is None:
            columns.names.add(name)
        convert = (type(self)._conversions or _conversions_of(type(self))).get(name)
        if convert is not None and value is not None:
            value = convert(value)
        state[name] = value
        return value

    def _without_record(self, name: str) -> Any:
        if name == "_await_when_save":
            self.__dict__[name] = made = {}  # type: ignore[var-annotated]
            return made
        columns: Columns | None = self.__dict__.get("_columns")
        if columns is not None and name in self._meta.fields_db_projection:
            raise columns.missed(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


@dataclass(frozen=True, slots=True)
class _Making:
    """How a new row of a model is made; computed once."""

    kinds: Mapping[str, type | None]  # by column: the class whose values are stored unchanged
    required: frozenset[str]
    defaults: Mapping[str, Any]
    made: Sequence[tuple[str, Callable[[], Any]]]  # defaults that are computed for each row


_KEPT_AS_THEY_ARE = (
    fields.UUIDField, fields.BooleanField, fields.TextField, fields.IntField, fields.BigIntField,
)  # fmt: skip


def _making_of(model: type[Row]) -> _Making:
    names = model._meta.fields_db_projection if on.rows else ()  # with none, Tortoise makes each row
    columns = {name: model._meta.fields_map[name] for name in names}
    model._making = _Making(
        kinds={name: _kept_kind(field) for name, field in columns.items()},
        required=frozenset(name for name, field in columns.items() if not field.null),
        defaults={name: field.default for name, field in columns.items() if not callable(field.default)},
        made=[(name, field.default) for name, field in columns.items() if callable(field.default)],
    )
    return model._making


def _kept_kind(field: fields.Field[Any]) -> type | None:
    """The class of a field's values that need no conversion; lengths and ranges are checked on writing."""
    if isinstance(field, CharEnumFieldInstance):
        return field.enum_type
    if isinstance(field, fields.CharField):
        return str
    return field.field_type if isinstance(field, _KEPT_AS_THEY_ARE) else None


def values_of(objects: Sequence[Any], name: str) -> list[Any]:
    """The values of an attribute for many objects; for rows of one model, a whole column at once."""
    if not objects or not isinstance(objects[0], Row) or len(set(map(type, objects))) > 1:
        return [getattr(each, name) for each in objects]
    columns: Columns | None = objects[0].__dict__.get("_columns")
    if columns is not None and columns.selected is None:
        return [getattr(row, name) for row in objects]  # the rows record accesses
    convert = _conversions_of(type(objects[0])).get(name)
    try:
        if convert is None:
            return [
                state[name] if name in (state := row.__dict__) else state["_record"][name] for row in objects
            ]
        return [
            state[name]
            if name in (state := row.__dict__)
            else None
            if (value := state["_record"][name]) is None
            else convert(value)
            for row in objects
        ]
    except KeyError:  # not a column, or not read: the row raises the error
        return [getattr(row, name) for row in objects]


def _conversions_of(model: type[Row]) -> dict[str, _Convert | None]:
    """The conversion of each column. A process uses one kind of database."""
    if model._conversions is not None:
        return model._conversions
    meta = model._meta
    for attribute, column in meta.fields_db_projection.items():
        if attribute != column:
            raise TypeError(f"{model.__name__}.{attribute}: the column must have the name of the attribute")
    on_postgres = is_postgres()
    model._conversions = {
        name: _conversion(meta.fields_map[name], on_postgres) for name in meta.fields_db_projection
    }
    return model._conversions


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
    """The rows of a model; `rest` is the SQL after `WHERE`, valid on both databases.

    For frequent reads with a fixed statement. Reads composed of filters use a query set.
    """
    columns = columns_of(model)
    records = await fetch(f'SELECT {selection(columns)} FROM "{model._meta.db_table}" WHERE {rest}', *values)  # noqa: S608
    if len(records) > AT_ONCE:
        return await made_in_slices(model.maker(), records, columns)
    make = model.maker()
    return [make(record, columns) for record in records]


async def read_locked(model: type[Any], rest: str, *values: Any) -> list[Any]:
    """Rows locked until the end of the transaction, in their order.

    On SQLite a writer has the whole database.
    """
    return await read(model, f"{rest} FOR UPDATE" if is_postgres() else rest, *values)


async def rows_by_id(model: type[Any], ids: list[UUID], key: str = "id") -> dict[UUID, Any]:
    """Rows by id, or by another unique column; missing ids are left out."""
    rows = await read(model, among(key, 1), ids)
    return dict(zip(values_of(rows, key), rows, strict=True))
