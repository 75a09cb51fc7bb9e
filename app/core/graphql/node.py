"""Relay's Node, and lists as connections."""

from typing import Annotated, Any, Generic, TypeVar

import strawberry

from app.core import pagination
from app.core.graphql.policy import field
from app.core.graphql.scalars import arg, doc
from app.core.ids import to_global

T = TypeVar("T")


@strawberry.interface(description="Anything that has an id and can be fetched again by it.")
class Node:
    @field()
    def id(self, root: strawberry.Parent[Any], info: strawberry.Info) -> strawberry.ID:
        """The opaque id, unique over all types."""
        return strawberry.ID(to_global(info._raw_info.parent_type.name, root.id))


First = Annotated[int | None, arg("How many rows from the start, 100 at most; 20 when nothing is said.")]
After = Annotated[str | None, arg("Begin after the row of this cursor.")]
Last = Annotated[int | None, arg("How many rows from the end, 100 at most.")]
Before = Annotated[str | None, arg("End before the row of this cursor.")]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    page: strawberry.Private[pagination.Page[Any]]

    @field()
    def has_next_page(self) -> bool:
        """Whether rows follow this page."""
        return self.page.has_next

    @field()
    def has_previous_page(self) -> bool:
        """Whether rows precede this page."""
        return self.page.has_previous

    @field()
    def start_cursor(self) -> str | None:
        """The first row's cursor; null on an empty page."""
        return self.page.cursor_of(0) if self.page.rows else None

    @field()
    def end_cursor(self) -> str | None:
        """The last row's cursor; null on an empty page."""
        return self.page.cursor_of(len(self.page.rows) - 1) if self.page.rows else None


@strawberry.type(description="One row of a list with its cursor.")
class Edge(Generic[T]):
    node: T = doc("The row.")
    cursor: str = doc("The row's place in the list, for `after` and `before`.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    page: strawberry.Private[pagination.Page[Any]]

    @field()
    def nodes(self) -> list[T]:
        """The rows of this page."""
        return self.page.rows

    @field()
    def edges(self) -> list[Edge[T]]:
        """The rows of this page, each with its cursor."""
        cursor_of = self.page.cursor_of
        return [Edge(node=row, cursor=cursor_of(index)) for index, row in enumerate(self.page.rows)]

    @field()
    def page_info(self) -> PageInfo:
        """Where this page stands in the list."""
        return PageInfo(page=self.page)

    @field()
    async def total_count(self) -> int:
        """How many rows the whole list has, counted to 10,001 at most, and only when asked."""
        return await self._count()

    @field()
    async def total_count_is_exact(self) -> bool:
        """False when there are more rows than `totalCount` counted."""
        return await self._count() < pagination.COUNT_AT_MOST

    async def _count(self) -> int:
        if not isinstance(self.page.counted, int):
            self.page.counted = await pagination.count_of(self.page)
        return int(self.page.counted)


async def connection(rows: Any, args: pagination.PageArgs) -> Any:
    """One page of a query set as a connection.

    Raises:
        Invalid: a size or a cursor that cannot be.
    """
    return Connection(page=await pagination.page_of(rows, args))


def list_connection(rows: Any, args: pagination.PageArgs) -> Any:
    """One page of a list that is at hand as a connection."""
    return Connection(page=pagination.page_of_list(rows, args))
