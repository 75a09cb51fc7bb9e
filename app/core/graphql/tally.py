"""Counts what an operation actually returns while it is executed.

An operation pays before it runs, and an unpaginated list counts as one row then, because its length is not
known. Here each level is counted when its objects exist, in units: an object, or a value that a resolver
computes for it. The difference to the price is taken from the caller's points at once, and a query that
returns too much is stopped.
"""

from typing import Any

from graphql import GraphQLError

from app.core.graphql import prices
from app.engine.graphql.compiled import EndsOperation

MUCH = 1_000  # units above which a response is large
MOST = 100_000  # units of one query, or of one event of a subscription


class ResponseTooLarge(GraphQLError, EndsOperation):
    """A query returns more than one operation may."""

    def __init__(self, path: list[str | int] | None) -> None:
        super().__init__(
            (
                f"The response would contain more than {MOST:,} objects and computed values. "
                "Request fewer rows, or request nested lists in separate operations."
            ),
            path=path,
            extensions={"code": "QUERY_TOO_COMPLEX"},
        )


class Tally:
    """What one operation has returned so far."""

    __slots__ = ("_context", "_is_bounded", "_paid", "done")

    def __init__(self, context: Any, paid: int, is_bounded: bool) -> None:
        """`paid` is the number of points that were taken for the operation; 0 where budgets are off, as in
        tests.
        """
        self._context = context
        self._paid = paid
        self._is_bounded = is_bounded  # a mutation was executed already, so its response is not cut off
        self.done = 0

    def add(self, units: int, path: Any) -> None:
        """Count objects and computed values before the objects are completed.

        Raises:
            ResponseTooLarge
        """
        self.done += units
        if self.done > MOST and self._is_bounded:
            raise ResponseTooLarge(path.as_list() if path is not None else None)
        if self.done > MUCH:
            self._context.answers_much = True
        beyond = self.done // prices.UNITS - self._paid
        if beyond > 0 and self._paid:
            self._paid += beyond
            self._context.take(beyond)

    def begin_again(self, paid: int) -> None:
        """Start counting again, for an execution for which this many points were taken."""
        self.done = 0
        self._paid = paid
