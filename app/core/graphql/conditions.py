"""The condition of each field of a filter: the module of a filter with a forgotten field does not import.

    _conditions = conditions(CustomerFilter, models.Customer, phone=partial(with_entry, EntryKind.PHONE))

A field that is not named here is compared with the column of its name.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from functools import partial
from inspect import get_annotations
from types import NoneType
from typing import Any, get_args, get_origin

from tortoise.expressions import Q
from tortoise.models import Model

from app.core.graphql import filters

_COMBINING = frozenset({"and_", "or_", "not_"})  # the fields that `combined` reads
_COMPARABLE = (
    filters.StringFilter, filters.IntFilter, filters.BigIntFilter, filters.DateTimeFilter, filters.DateFilter,
    filters.BooleanFilter, bool, int, date,
)  # fmt: skip

Condition = Callable[[Any], Q]


def conditions(filter_type: type, model: type[Model], **others: Condition) -> Condition:
    """The function from a filter to its condition; `others` are the conditions of fields by their names.

    Raises:
        TypeError: a field has no condition and is not named like a column, or a condition has no field.
    """
    names = [field.name for field in fields(filter_type) if field.name not in _COMBINING]
    if unknown := others.keys() - set(names):
        raise TypeError(f"{filter_type.__name__} has no {', '.join(sorted(unknown))}")
    kinds = get_annotations(filter_type)
    forgotten = [
        name
        for name in names
        if name not in others and (name not in model._meta.fields_map or not _is_comparable(kinds[name]))
    ]
    if forgotten:
        raise TypeError(
            f"{filter_type.__name__}: give the condition of {', '.join(forgotten)}, which cannot be compared "
            f"with a column of {model.__name__}"
        )
    parts = [(name, others.get(name) or partial(compared, name)) for name in names]

    def condition(given: Any) -> Q:
        q = Q()
        for name, part in parts:
            value = getattr(given, name)
            if value is not None:
                q &= part(value)
        return q

    return condition


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
            return filters.enum_q(column, given)
        case bool() | int() | date():
            value: Any = given
            return Q(**{column: value})
    raise TypeError(f"{column} is compared with a {type(given).__name__}")
