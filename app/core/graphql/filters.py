"""Filter inputs and their translation to SQL."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Not
from tortoise.expressions import Q, ResolveContext, Subquery
from tortoise.query_utils import QueryModifier

from app.core.graphql.scalars import BigInt, doc
from app.core.ids import any_row_id, row_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

F = TypeVar("F")
MOST_PARTS = 50  # conditions combined by `and`, `or` and `not`, in total
MOST_CHOICES = 1_000  # values of one `in`
LONGEST_PATTERN = 500  # characters of a search pattern


def _where(column: str, value: Any) -> Q:
    return Q(**{column: value})


@strawberry.input(description="Filter on a text.")
class StringFilter:
    eq: str | None = doc("Equal to this value.", default=None, longest=LONGEST_PATTERN)
    in_: list[str] | None = doc(
        "Equal to one of these values, up to 1,000.",
        default=None, name="in", longest=LONGEST_PATTERN, most=MOST_CHOICES,
    )  # fmt: skip
    contains: str | None = doc("Contains this text, ignoring case.", default=None, longest=LONGEST_PATTERN)
    starts_with: str | None = doc(
        "Starts with this text, ignoring case.", default=None, longest=LONGEST_PATTERN
    )


@strawberry.input(description="Filter on an integer.")
class IntFilter:
    eq: int | None = doc("Equal to this value.", default=None)
    gte: int | None = doc("Greater than or equal to this value.", default=None)
    lte: int | None = doc("Less than or equal to this value.", default=None)


@strawberry.input(description="Filter on an integer that can exceed 32 bits.")
class BigIntFilter:
    eq: BigInt | None = doc("Equal to this value.", default=None)
    gte: BigInt | None = doc("Greater than or equal to this value.", default=None)
    lte: BigInt | None = doc("Less than or equal to this value.", default=None)


@strawberry.input(description="Filter on a date and time.")
class DateTimeFilter:
    gte: datetime | None = doc("At or after this time.", default=None)
    lte: datetime | None = doc("At or before this time.", default=None)


@strawberry.input(description="Filter on a date.")
class DateFilter:
    eq: date | None = doc("On this date.", default=None)
    gte: date | None = doc("On or after this date.", default=None)
    lte: date | None = doc("On or before this date.", default=None)


@strawberry.input(description="Filter on the ID of a related object.")
class IdFilter:
    eq: strawberry.ID | None = doc("Equal to this ID.", default=None)
    in_: list[strawberry.ID] | None = doc(
        "Equal to one of these values, up to 1,000.", default=None, name="in", most=MOST_CHOICES
    )


@strawberry.input(description="Filter on a Boolean value.")
class BooleanFilter:
    eq: bool = doc("Equal to this value.")


def string_q(
    column: str, given: StringFilter | None, *, spelled: Callable[[str], str] = lambda text: text
) -> Q:
    """The condition on a text; `spelled` normalizes values that are compared as a whole."""
    if given is None:
        return Q()
    q = Q()
    if given.eq is not None:
        q &= _where(column, spelled(given.eq))
    if given.in_ is not None:
        q &= _where(f"{column}__in", [spelled(each) for each in given.in_])
    if given.contains is not None:
        q &= _where(f"{column}__icontains", given.contains)
    if given.starts_with is not None:
        q &= _where(f"{column}__istartswith", given.starts_with)
    return q


def range_q(column: str, given: IntFilter | BigIntFilter | DateTimeFilter | DateFilter | None) -> Q:
    if given is None:
        return Q()
    q = Q()
    exact = getattr(given, "eq", None)
    if exact is not None:
        q &= _where(column, exact)
    if given.gte is not None:
        q &= _where(f"{column}__gte", given.gte)
    if given.lte is not None:
        q &= _where(f"{column}__lte", given.lte)
    return q


def boolean_q(column: str, given: BooleanFilter | None) -> Q:
    return Q() if given is None else _where(column, given.eq)


def id_q(column: str, given: IdFilter | None, type_name: str) -> Q:
    if given is None:
        return Q()
    q = Q()
    if given.eq is not None:
        q &= _where(column, row_id(given.eq, type_name, "filter"))
    if given.in_ is not None:
        q &= _where(f"{column}__in", [row_id(id, type_name, "filter") for id in given.in_])
    return q


def any_id_q(column: str, given: IdFilter | None, seen: Collection[UUID]) -> Q:
    """The condition on a reference to rows of several types, some of which the caller may see."""
    if given is None:
        return Q()
    q = Q()
    for named in ([given.eq] if given.eq is not None else None, given.in_):
        if named is not None:
            q &= _where(f"{column}__in", [id for each in named if (id := any_row_id(each, "filter")) in seen])
    return q


def ids_named(given: Any, of: Callable[[Any], IdFilter | None]) -> list[str]:
    """The ids that a filter and its parts contain in one of their conditions.

    Raises:
        Invalid: the filter combines too many conditions, or an id is malformed.
    """
    found: list[str] = []
    for part in [] if given is None else _parts_of(given):
        condition = of(part)
        if condition is not None:
            found += [*([condition.eq] if condition.eq is not None else []), *(condition.in_ or [])]
    for id in found:
        any_row_id(id, "filter")
    return found


def any_of_q(column: str, given: list[Any] | None) -> Q:
    """The condition that a column has one of some values; enum members are compared by their values."""
    if given is None:
        return Q()
    return _where(f"{column}__in", [each.value if isinstance(each, Enum) else each for each in given])


def among_q(column: str, rows: Subquery) -> Q:
    """The condition that a column is among the results of a query."""
    return _where(f"{column}__in", rows)


class _NotTrueSql(Not):
    def get_sql(self, ctx: SqlContext) -> str:
        return f"({self.term.get_sql(ctx.copy(subcriterion=True))}) IS NOT TRUE"


class _NotTrue(Q):
    """The negation of a condition, including rows for which the condition is NULL.

    SQL's `NOT` drops rows whose column is NULL: `NOT (number = 'A-1')` would exclude every draft.
    """

    def resolve(self, resolve_context: ResolveContext) -> QueryModifier:
        inner = super().resolve(resolve_context)
        if inner.where_criterion:
            inner.where_criterion = _NotTrueSql(inner.where_criterion)
        return inner


def _narrows(q: Q) -> bool:
    return bool(q.filters) or any(_narrows(child) for child in q.children)


def _parts_of(given: Any) -> list[Any]:
    """A filter and all filters that it combines.

    Raises:
        Invalid: there are too many.
    """
    parts = [given]
    for part in parts:  # the list grows during the loop
        parts += [*(part.and_ or []), *(part.or_ or []), *([part.not_] if part.not_ is not None else [])]
    if len(parts) > MOST_PARTS + 1:
        raise Invalid(
            (f"`and`, `or` and `not` can combine at most {MOST_PARTS} conditions. Use `in` for more values."),
            "filter",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_PARTS,
        )
    return parts


def combined(given: Any, conditions: Callable[[Any], Q]) -> Q:
    """The conditions of a filter and of its `and`, `or` and `not`, as one.

    Raises:
        Invalid: it combines too many conditions.
    """
    if given is None:
        return Q()
    _parts_of(given)
    return _combined(given, conditions)


def _combined(given: Any, conditions: Callable[[Any], Q]) -> Q:
    q = conditions(given)
    for part in given.and_ or []:
        q &= _combined(part, conditions)
    branches = [_combined(part, conditions) for part in given.or_ or []]
    if branches and all(map(_narrows, branches)):
        q &= Q(*branches, join_type=Q.OR)  # an empty branch matches everything, so it does not restrict
    if given.not_ is not None:
        q &= _NotTrue(_combined(given.not_, conditions))
    return q
