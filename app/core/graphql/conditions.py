"""The condition of each field of a filter: the module of a filter with a forgotten field does not import.

    _conditions = conditions(CustomerFilter, models.Customer, phone=partial(with_entry, EntryKind.PHONE))

A field that is not named here is compared with the column of its name. `conditions_for` declares a filter
with conditions that depend on the caller, `row_test` one of rows that are not read from a table.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from datetime import date
from functools import partial
from inspect import get_annotations
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

from tortoise.expressions import Q
from tortoise.models import Model

from app.core.graphql import filters

_COMBINING = frozenset({"and_", "or_", "not_"})  # the fields that `combined` reads
_COMPARABLE = (
    filters.StringFilter, filters.IntFilter, filters.BigIntFilter, filters.DateTimeFilter, filters.DateFilter,
    filters.BooleanFilter, bool, int, date,
)  # fmt: skip

C = TypeVar("C")
R = TypeVar("R")
Condition = Callable[[Any], Q]


def conditions(filter_type: type, model: type[Model], **others: Condition) -> Condition:
    """The function from a filter to its condition; `others` are the conditions of fields by their names.

    Raises:
        TypeError: a field has no condition and is not named like a column, or a condition has no field.
    """
    return partial(conditions_for(filter_type, model, {}, **others), None)


def conditions_for(
    filter_type: type, model: type[Model], dependent: Mapping[str, Callable[[C, Any], Q]], **others: Condition
) -> Callable[[C, Any], Q]:
    """The function from a context, such as the caller, and a filter to its condition.

    `dependent` are the conditions of the fields that depend on the context, `others` those of other fields.

    Raises:
        TypeError: a field has no condition and is not named like a column, or a condition has no field.
    """
    names = _names(filter_type, [*dependent, *others])
    kinds = get_annotations(filter_type)
    forgotten = [
        name
        for name in names
        if name not in dependent
        and name not in others
        and (name not in model._meta.fields_db_projection or not _is_comparable(kinds[name]))
    ]
    if forgotten:
        raise TypeError(
            f"{filter_type.__name__}: declare conditions for {', '.join(forgotten)}, which "
            f"{model.__name__} has no columns for"
        )
    parts = [(name, others.get(name) or partial(compared, name)) for name in names if name not in dependent]

    def condition(context: C, given: Any) -> Q:
        q = Q()
        for name, part in parts:
            value = getattr(given, name)
            if value is not None:
                q &= part(value)
        for name, depending in dependent.items():
            value = getattr(given, name)
            if value is not None:
                q &= depending(context, value)
        return q

    return condition


def row_test(filter_type: type, **parts: Callable[[R, Any], bool]) -> Callable[[Any, R], bool]:
    """The function that determines whether a row, which is not read from a table, matches a filter.

    `parts` are the tests of all fields by their names.

    Raises:
        TypeError: a field has no test, or a test has no field.
    """
    names = _names(filter_type, parts)
    if forgotten := [name for name in names if name not in parts]:
        raise TypeError(f"{filter_type.__name__}: give the test of {', '.join(forgotten)}")

    def test(given: Any, row: R) -> bool:
        values = ((part, getattr(given, name)) for name, part in parts.items())
        return all(value is None or part(row, value) for part, value in values)

    return test


def _names(filter_type: type, declared: Collection[str]) -> list[str]:
    """The fields of a filter, without those that combine filters.

    Raises:
        TypeError: a condition is declared for something else.
    """
    names = [field.name for field in fields(filter_type) if field.name not in _COMBINING]
    if unknown := set(declared) - set(names):
        raise TypeError(f"{filter_type.__name__} has no {', '.join(sorted(unknown))}")
    return names


def _is_comparable(kind: Any) -> bool:
    """Whether `compared` takes the values of a field; its type is optional."""
    values = [each for each in get_args(kind) if each is not NoneType]
    return all(get_origin(each) is list or each in _COMPARABLE for each in values)


def compared(column: str, given: Any) -> Q:
    """The condition that a column has a value of a filter."""
    match given:
        case filters.StringFilter():
            return filters.string_q(column, given)
        case filters.IntFilter() | filters.BigIntFilter() | filters.DateTimeFilter() | filters.DateFilter():
            return filters.range_q(column, given)
        case filters.BooleanFilter():
            return filters.boolean_q(column, given)
        case list():
            return filters.any_of_q(column, given)
        case bool() | int() | date():
            value: Any = given
            return Q(**{column: value})
    raise TypeError(f"{column} cannot be compared with a {type(given).__name__}")
