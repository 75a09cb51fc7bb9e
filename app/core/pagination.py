"""Keyset pagination: page 10,000 costs as much as page 1.

A cursor contains the sort values of its row, so the next page is an index range.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.engine.database.row_counts import number_of_rows

M = TypeVar("M", bound=Model)
T = TypeVar("T")

DEFAULT_PAGE = 20
LARGEST_PAGE = 100
COUNT_AT_MOST = 10_001


@dataclass(frozen=True, slots=True)
class Order:
    """A sort order: columns in one direction, the last of which is unique."""

    columns: tuple[str, ...]
    descending: bool = False

    def sql(self, reverse: bool) -> list[str]:
        sign = "-" if self.descending != reverse else ""
        return [sign + column for column in self.columns]


@dataclass(frozen=True, slots=True)
class PageArgs:
    """The arguments of a page: `first`/`after` or `last`/`before`, and the order."""

    order: Order
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        """The page size.

        Raises:
            Invalid: both directions are requested, or a size below 0 or above the maximum.
        """
        if self.first is not None and self.last is not None:
            raise Invalid(
                "Send either `first` or `last`, not both.",
                "last",
                code=ProblemCode.CONTRADICTION,
                field="first",
            )
        name, size = ("last", self.last) if self.last is not None else ("first", self.first)
        if size is None:
            return DEFAULT_PAGE
        if not 0 <= size <= LARGEST_PAGE:
            raise Invalid(
                f"The page size must be between 0 and {LARGEST_PAGE} rows.",
                name,
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=LARGEST_PAGE,
            )
        return size

    @property
    def backwards(self) -> bool:
        return self.last is not None


@dataclass(slots=True)
class Page(Generic[T]):
    """The rows of one page, and whether there are rows before and after it."""

    rows: list[T]
    cursor_of: Callable[[int], str]  # of the row at an index, computed only when requested
    has_next: bool
    has_previous: bool
    counted: Any = None  # the query set of all rows, for a requested count


async def page_of(rows: QuerySet[M], args: PageArgs) -> Page[M]:
    """One page of a query set.

    Raises:
        Invalid: a page size or a cursor is invalid.
    """
    size, order = args.size, args.order
    fields = [rows.model._meta.fields_map[column] for column in order.columns]
    bounded = rows
    if args.after is not None:
        bounded = bounded.filter(_beyond(order, _values(args.after, fields, "after"), order.descending))
    if args.before is not None:
        bounded = bounded.filter(_beyond(order, _values(args.before, fields, "before"), not order.descending))
    found = await bounded.order_by(*order.sql(args.backwards)).limit(size + 1)
    more = len(found) > size
    found = found[:size]
    if args.backwards:
        found.reverse()
    return Page(
        rows=found,
        cursor_of=lambda index: _cursor(found[index], order),
        has_next=args.before is not None if args.backwards else more,
        has_previous=more if args.backwards else args.after is not None,
        counted=rows,
    )


def page_of_list(rows: Sequence[T], args: PageArgs) -> Page[T]:
    """One page of a short list in memory, such as an order's lines."""
    size = args.size
    start, end = 0, len(rows)
    if args.after is not None:
        start = _index(args.after, "after") + 1
    if args.before is not None:
        end = min(end, _index(args.before, "before"))
    window = range(start, max(start, end))
    chosen = window[-size:] if args.backwards and size else window[:size]
    return Page(
        rows=[rows[i] for i in chosen],
        cursor_of=lambda index: _encode([chosen[index]]),
        has_next=bool(chosen) and chosen[-1] + 1 < len(rows),
        has_previous=bool(chosen) and chosen[0] > 0,
        counted=len(rows),
    )


async def count_of(page: Page[Any]) -> int:
    """The number of rows of the whole list, counted up to 10,001."""
    if isinstance(page.counted, int):
        return page.counted
    return await number_of_rows(page.counted, COUNT_AT_MOST)


def _beyond(order: Order, values: list[Any], descending: bool) -> Q:
    """The condition (a, b) > (x, y), written as a >= x and (a > x or b > y) so that an index on (a, b) is
    used.
    """
    compare = "lt" if descending else "gt"
    condition = Q(**{f"{order.columns[-1]}__{compare}": values[-1]})
    for column, value in reversed(list(zip(order.columns[:-1], values[:-1], strict=True))):
        condition = Q(**{f"{column}__{compare}e": value}) & (Q(**{f"{column}__{compare}": value}) | condition)
    return condition


def _cursor(row: Any, order: Order) -> str:
    return _encode([_packed(getattr(row, column)) for column in order.columns])


def _packed(value: T) -> T | dict[str, str]:
    if isinstance(value, datetime):
        return {"t": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, UUID):
        return {"u": str(value)}
    return value


def _unpacked(value: T) -> T | date | UUID:
    if isinstance(value, dict):
        kind = next((each for each in _PACKED if each in value), "u")
        text = value[kind]
        if not isinstance(text, str):
            raise TypeError("neither a moment nor a date nor an id")
        return _PACKED[kind](text)
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("no column has such a text")
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without an offset")
    # as it was encoded, so that databases need not convert dates beyond their calendars
    return moment.astimezone(UTC)


# How values are read that JSON has no type for, by the key that they are packed under.
_PACKED: Mapping[str, Callable[[str], date | UUID]] = {"t": _moment, "d": date.fromisoformat, "u": UUID}


def _encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).rstrip(b"=").decode()


def _decode(cursor: str, name: str) -> list[Any]:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list):
            raise ValueError("not a list")
        return [_unpacked(value) for value in values]
    except (ValueError, KeyError, TypeError, OverflowError, binascii.Error) as error:
        raise Invalid("This is not a cursor of this list.", name, code=ProblemCode.MALFORMED) from error


def _values(cursor: str, fields: list[Any], name: str) -> list[Any]:
    """The values in a cursor, if they are valid for the sorted columns."""
    values = _decode(cursor, name)
    if len(values) != len(fields) or not all(map(_fits, fields, values)):
        raise Invalid(
            "This cursor belongs to a list with another sort order.", name, code=ProblemCode.MALFORMED
        )
    return values


def _fits(field: Any, value: Any) -> bool:
    """Whether a value is valid for a column: of its type, and within the range of numbers."""
    if not isinstance(value, field.field_type) or isinstance(value, bool):
        return False
    if isinstance(value, datetime) and field.field_type is date:
        return False
    if not isinstance(value, int):
        return True
    least, greatest = (field.constraints.get(bound) for bound in ("ge", "le"))
    return (
        (least is None or value >= least) and (greatest is None or value <= greatest) and abs(value) < 2**63
    )


def _index(cursor: str, name: str) -> int:
    values = _decode(cursor, name)
    if len(values) != 1 or type(values[0]) is not int or not 0 <= values[0] < 2**31:
        raise Invalid("This is not a cursor of this list.", name, code=ProblemCode.MALFORMED)
    return values[0]
