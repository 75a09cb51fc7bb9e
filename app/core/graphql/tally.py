"""Counting what an operation really answers, while it is executed.

What an operation may answer is paid for before it runs, and a list that nothing pages counts as one row then:
nobody knows how many variants a product has. Here each level is counted when its objects are there, in units:
an object, or a value that a resolver computes for it. What is beyond the price is taken from the caller's
points at once, and a query that answers too much ends.
"""

from typing import Any

from graphql import GraphQLError

from app.core.graphql import prices

MUCH = 1_000  # units, from which on an answer is large
MOST = 100_000  # units of one query, or of one event of a subscription


class TooMuch(GraphQLError):
    """A query answers more than one operation may."""

    def __init__(self, path: list[str | int] | None) -> None:
        super().__init__(
            f"This operation answers more than {MOST:,} objects and computed values. Ask for fewer rows, or "
            "for lists inside lists with operations of their own.",
            path=path,
            extensions={"code": "QUERY_TOO_COMPLEX"},
        )


class Tally:
    """What one operation has answered until now."""

    __slots__ = ("_context", "_is_bounded", "_paid", "done")

    def __init__(self, context: Any, paid: int, is_bounded: bool) -> None:
        """`paid` are the points that were taken for the operation; 0 where nobody pays, as inside tests."""
        self._context = context
        self._paid = paid
        self._is_bounded = is_bounded  # a mutation has been done by now and answers what it did
        self.done = 0

    def add(self, units: int, path: Any) -> None:
        """Count objects and computed values, before the objects are completed.

        Raises:
            TooMuch
        """
        self.done += units
        if self.done > MOST and self._is_bounded:
            raise TooMuch(path.as_list() if path is not None else None)
        if self.done > MUCH:
            self._context.answers_much = True
        beyond = self.done // prices.UNITS - self._paid
        if beyond > 0 and self._paid:
            self._paid += beyond
            self._context.take(beyond)

    def begin_again(self, paid: int) -> None:
        """Count from the beginning, for an execution for which so many points were taken."""
        self.done = 0
        self._paid = paid
