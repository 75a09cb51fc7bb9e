"""Completes a column: the values of one field for all objects of a level."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLOutputType,
    GraphQLString,
    Undefined,
    is_list_type,
    is_non_null_type,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType

Column = list[Any]

# Types whose values need no serialization.
_AS_THEY_ARE: dict[str, type] = {
    GraphQLString.name: str,
    GraphQLBoolean.name: bool,
    "ID": str,
}
# Classes of values that no scalar serializes to "undefined", and that are not errors.
_NEVER_MISREAD = {str, int, Decimal, datetime, date, UUID}
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
_NONE = type(None)


class Doubt(Exception):
    """Only graphql-core can determine the response."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The wrapping of a field's type: nullable or not, list or not."""

    nullable: bool
    item: "Shape | None" = None

    @classmethod
    def of(cls, type_: GraphQLOutputType) -> "Shape":
        nullable = not is_non_null_type(type_)
        inner = type_ if nullable else type_.of_type  # type: ignore[union-attr]
        return cls(nullable, cls.of(inner.of_type) if is_list_type(inner) else None)

    def spread(self, values: Column) -> Column:
        """The inner values in order, without nulls.

        Raises:
            Doubt: a null in a non-null place, or a value that is not a list.
        """
        found = values
        if _NONE in set(map(type, values)):
            if not self.nullable:
                raise Doubt
            found = [value for value in values if value is not None]
        if self.item is None:
            return found
        for value in found:
            if type(value) is not list and not isinstance(value, (list, tuple)):
                raise Doubt
        return self.item.spread([item for value in found for item in value])

    def gather(self, values: Column, done: Iterator[Any]) -> Column:
        """`values` with the completed inner values in the places from which they were spread."""
        if self.item is None:
            return [None if value is None else next(done) for value in values]
        return [None if value is None else self.item.gather(value, done) for value in values]

    @property
    def is_plain(self) -> bool:
        return self.item is None


Finish = Callable[[Column, set[type]], Column]


def leaf(type_: GraphQLLeafType) -> Finish:
    """Serializes non-null values of some classes for the response."""
    own = _AS_THEY_ARE.get(type_.name)
    coerce = type_.coerce_output_value

    def one(value: Any) -> Any:
        if isinstance(value, Exception):  # graphql-core raises an exception that a resolver returns
            raise Doubt
        done = coerce(value)
        if done is None or done is Undefined:
            raise Doubt
        return done

    if own is not None:
        wanted = {own}

        def plain(values: Column, classes: set[type]) -> Column:
            return values if classes <= wanted else [one(value) for value in values]

        return plain
    if type_ is GraphQLInt:

        def whole(values: Column, classes: set[type]) -> Column:
            if not values or (classes == {int} and min(values) >= _INT_MIN and max(values) <= _INT_MAX):
                return values
            return [one(value) for value in values]

        return whole
    if type_ is GraphQLFloat:

        def finite(values: Column, classes: set[type]) -> Column:
            if classes <= {float} and all(map(isfinite, values)):
                return values
            return [one(value) for value in values]

        return finite
    if isinstance(type_, CustomGraphQLEnumType):
        names: dict[Any, Any] = {}
        members = {type_.wrapped_cls}

        def named(values: Column, classes: set[type]) -> Column:
            if not classes <= members:
                return [one(value) for value in values]
            try:
                return [names[value] for value in values]
            except KeyError:
                names.update({value: one(value) for value in values})
                return [names[value] for value in values]

        return named

    def scalars(values: Column, classes: set[type]) -> Column:
        if not classes <= _NEVER_MISREAD:
            return [one(value) for value in values]
        done = list(map(coerce, values))
        if None in done:
            raise Doubt
        return done

    return scalars


def complete_leaves(shape: Shape, finish: Finish, values: Column) -> Column:
    """Complete a column of leaves, or of lists of leaves."""
    classes = set(map(type, values))
    if shape.item is None and _NONE not in classes:
        return finish(values, classes)
    inside = shape.spread(values)
    return shape.gather(values, iter(finish(inside, set(map(type, inside)))))
