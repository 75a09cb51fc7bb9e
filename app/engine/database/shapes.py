"""Caches the SQL of query sets by shape.

Tortoise builds the SQL of a query set each time, which takes several times as long as the statement itself.
Most query sets of a program differ only in their values: the conditions, columns and order are the same. So
the SQL is cached by shape, and only the values are collected, in the order of the statement. All models have
query sets that do this.

The order is verified: before the SQL of a shape is cached, the same query set is built again with other
values and must produce the same SQL with exactly those values in those places. A query set with anything
unknown here (joins, annotations, text patterns) runs as usual.
"""

import asyncio
from collections.abc import Callable, Generator, Hashable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from tortoise.exceptions import DoesNotExist, MultipleObjectsReturned
from tortoise.expressions import Q, Subquery
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import QuerySet, ValuesQuery

from app.engine.caches import SizeBoundedCache
from app.engine.database.columns import Columns, columns_of, selection
from app.engine.database.sql import fetch_records
from app.engine.switches import on

S = TypeVar("S", bound=QuerySet[Any] | ValuesQuery[Any])
T = TypeVar("T")

KEEP_BYTES = 12_000_000
AT_ONCE = 500  # rows made between turns of other work
_BYTES_OF_PART = 100  # bytes of memory for each part of a shape
_NOT_BY_SHAPE = ""  # in place of a statement: only Tortoise can build it
_COMPARISONS = {"", "gt", "gte", "lt", "lte", "not"}
_NEVER = ("_annotations", "_custom_filters", "_joined_tables", "_force_indexes", "_use_indexes")
_NEVER_IN_SETS = (
    "_prefetch_map", "_prefetch_queries", "_filter_kwargs", "_having", "_group_bys", "_select_related",
    "_distinct", "_fields_for_select",
)  # fmt: skip
_LOCK = (
    "_select_for_update", "_select_for_update_nowait", "_select_for_update_skip_locked",
    "_select_for_update_of", "_select_for_update_no_key",
)  # fmt: skip

_statements: SizeBoundedCache[Hashable, str] = SizeBoundedCache(KEEP_BYTES)


class _Unknown(Exception):
    """The query set has something that only Tortoise can build."""


class _Shape:
    """The shape of a query set, and its values in the order of the statement."""

    def __init__(self, replace: Callable[[Any], Any] | None = None) -> None:
        self.parts: list[Hashable] = []
        self.values: list[Any] = []
        self._replace = replace

    def of(self, query: S) -> S:
        """Analyse a query set; return it, with replaced values if requested."""
        names = _NEVER if isinstance(query, ValuesQuery) else (*_NEVER, *_NEVER_IN_SETS)
        if any(getattr(query, name, None) for name in names) or query._offset is not None:
            raise _Unknown
        model: Any = query.model
        self.parts += ["from", model]
        if isinstance(query, ValuesQuery):
            if query._group_bys or query._distinct or query._limit is not None:
                raise _Unknown
            self.parts.append(tuple(query._fields_for_select.items()))
        elif not isinstance(query, QuerySet):
            raise _Unknown
        elif query._select_for_update:
            self.parts += [repr(getattr(query, name)) for name in _LOCK]
        conditions = [self._condition(query.model, q) for q in query._q_objects]
        self.parts += [(column, direction) for column, direction in query._orderings]
        made = query
        if self._replace is not None:
            made = copy(query)
            made._q_objects = conditions
        if query._limit is not None:
            self.parts.append("limit")
            limit = self._value(query._limit, lambda value: value)
            if self._replace is not None:
                made._limit = limit
        return made

    def _condition(self, model: Any, q: Q) -> Q:
        kind: Any = type(q)
        self.parts += [kind, q.join_type, q._is_negated, len(q.children), len(q.filters)]
        filters = {name: self._leaf(model, name, value) for name, value in q.filters.items()}
        children = [self._condition(model, child) for child in q.children]
        if self._replace is None:
            return q
        made = type(q)(*children, join_type=q.join_type, **filters)
        made._is_negated = q._is_negated
        return made

    def _leaf(self, model: Any, name: str, value: Any) -> Any:
        column, _, comparison = name.partition("__")
        meta = model._meta
        if column not in meta.fields_db_projection:
            raise _Unknown
        self.parts.append(name)
        field = meta.fields_map[column]
        if isinstance(value, Subquery):
            if comparison != "in" or not isinstance(value.query, ValuesQuery):
                raise _Unknown
            return Subquery(self.of(value.query))
        if (comparison == "isnull" and isinstance(value, bool)) or (value is None and not comparison):
            self.parts.append(value)  # IS NULL or IS NOT NULL: no value in the statement
            return value
        if comparison == "in":
            items = list(value)
            if not items:
                raise _Unknown
            self.parts.append(len(items))
            return [self._of_field(model, field, item) for item in items]
        if comparison not in _COMPARISONS:
            raise _Unknown
        return self._of_field(model, field, value)

    def _of_field(self, model: Any, field: Any, value: Any) -> Any:
        if isinstance(field, CharEnumFieldInstance):
            value = field.enum_type(value)
        return self._value(value, lambda item: field.to_db_value(item, model))

    def _value(self, value: T, encode: Callable[[Any], Any]) -> T:
        if isinstance(value, (bool, Enum)):
            self.parts.append(value)  # part of the shape, because there are few
        elif not isinstance(value, (UUID, datetime, date, int, str)):
            raise _Unknown
        elif self._replace is not None:
            value = self._replace(value)
        self.values.append(encode(value))
        return value


def _others() -> Callable[[Any], Any]:
    """Replaces values by other, distinct values of the same type."""
    numbers = count(1)

    def other(value: object) -> UUID | datetime | date | int | str:
        number = next(numbers)
        if isinstance(value, UUID):
            return UUID(int=number)
        if isinstance(value, datetime):
            return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=number)
        if isinstance(value, date):
            return date(2000, 1, 1) + timedelta(days=number)
        return number if isinstance(value, int) else f"{number}"

    return other


def _built(query: Any) -> tuple[str, list[Any]]:
    query._choose_db_if_not_chosen()
    query._make_query()
    sql, values = query.query.get_parameterized_sql()
    return sql, list(values)


def _proven(query: Any, shape: _Shape) -> str | None:
    """The SQL of a shape after its columns, if the places of its values are as expected."""
    sql, values = _built(query)
    if values != shape.values:
        return None
    changed = _Shape(_others())
    other_sql, other_values = _built(changed.of(query))
    if other_sql != sql or other_values != changed.values:
        return None
    try:
        return _after_columns(sql, query.model)
    except _Unknown:
        return None


async def made_in_slices(
    make: Callable[[Any, Columns | None], Any], records: list[Any], columns: Columns | None
) -> list[Any]:
    """Make rows from many records, with turns of other work in between."""
    rows: list[Any] = []
    for start in range(0, len(records), AT_ONCE):
        rows += [make(record, columns) for record in records[start : start + AT_ONCE]]
        await asyncio.sleep(0)
    return rows


class ShapedQuerySet(QuerySet[Any]):
    """A query set that uses cached SQL where possible, with the same results."""

    def __await__(self) -> Generator[Any, None, Any]:
        shape = _Shape()
        try:
            shape.of(self)
        except _Unknown:
            return super().__await__()
        return self._by_shape(shape).__await__()

    async def _by_shape(self, shape: _Shape) -> Any:
        key = tuple(shape.parts)
        rest = _statements.get(key)
        if rest is None:
            rest = _proven(self, shape) or _NOT_BY_SHAPE
            _statements.keep(key, rest, len(rest) + len(key) * _BYTES_OF_PART)
        if rest == _NOT_BY_SHAPE:
            self._choose_db_if_not_chosen()
            self._make_query()
            return await self._execute()
        columns = columns_of(self.model)
        make = self.model.maker()
        records = await fetch_records(f"SELECT {selection(columns)} {rest}", shape.values)
        if len(records) <= AT_ONCE:
            rows = [make(record, columns) for record in records]
        else:
            rows = await made_in_slices(make, records, columns)
        return self._one_of(rows) if self._single else rows

    def _one_of(self, rows: list[Any]) -> Any | None:
        if len(rows) > 1:
            raise MultipleObjectsReturned(self.model)
        if not rows and self._raise_does_not_exist:
            raise DoesNotExist(self.model)
        return rows[0] if rows else None


class ShapedManager(Manager):
    """Gives a model such query sets."""

    def get_queryset(self) -> QuerySet[Any]:
        return ShapedQuerySet(self._model) if on.shapes else QuerySet(self._model)


def _after_columns(sql: str, model: type[Model]) -> str:
    """A statement without its list of columns: `FROM …`. The list has all columns of the model."""
    columns, _, rest = sql.removeprefix("SELECT ").partition(" FROM ")
    if sorted(columns.split(",")) != sorted(f'"{name}"' for name in model._meta.fields_db_projection):
        raise _Unknown
    return f"FROM {rest}"
