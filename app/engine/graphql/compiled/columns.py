"""Completing a column: the values of one field for all the objects of a level."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
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

# Types of which every value is its own completed value.
_AS_THEY_ARE: dict[str, type] = {
    GraphQLString.name: str,
    GraphQLBoolean.name: bool,
    GraphQLFloat.name: float,
    "ID": str,
}
# Classes of values that no scalar completes to "undefined", and that are no errors.
_NEVER_MISREAD = {str, int, Decimal, datetime, date, UUID}
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
_NONE = type(None)


class Doubt(Exception):
    """Only graphql-core can say what the answer is."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The wrapping of a field's type: whether it may be null, and whether it is a list of something."""

    nullable: bool
    item: "Shape | None" = None

    @classmethod
    def of(cls, type_: GraphQLOutputType) -> "Shape":
        nullable = not is_non_null_type(type_)
        inner = type_ if nullable else type_.of_type  # type: ignore[union-attr]
        return cls(nullable, cls.of(inner.of_type) if is_list_type(inner) else None)

    def spread(self, values: Column) -> Column:
        """The things inside, in order, without the nulls.

        Raises:
            Doubt: a null where none may be, or a list that is no list.
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
        """`values` again, with the completed things in the places of those that were spread."""
        if self.item is None:
            return [None if value is None else next(done) for value in values]
        return [None if value is None else self.item.gather(value, done) for value in values]

    @property
    def is_plain(self) -> bool:
        return self.item is None


Finish = Callable[[Column, set[type]], Column]


def leaf(type_: GraphQLLeafType) -> Finish:
    """Completes values of some classes, none of them null, to what the response has for them."""
    own = _AS_THEY_ARE.get(type_.name)
    coerce = type_.coerce_output_value

    def one(value: Any) -> Any:
        if isinstance(value, Exception):  # graphql-core raises a resolver's exception that is returned
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
    """A column of leaves, or of lists of them."""
    classes = set(map(type, values))
    if shape.item is None and _NONE not in classes:
        return finish(values, classes)
    inside = shape.spread(values)
    return shape.gather(values, iter(finish(inside, set(map(type, inside)))))
