"""Relay's Node and connections."""

from typing import Annotated, Any, Generic, TypeVar

import strawberry

from app.core import pagination
from app.core.graphql.policy import field
from app.core.graphql.scalars import arg, doc
from app.core.ids import to_global
from app.engine.graphql.schema import raw_info_of

T = TypeVar("T")


@strawberry.interface(description="An object with an ID, by which it can be fetched again.")
class Node:
    @field()
    def id(self, root: strawberry.Parent[Any], info: strawberry.Info) -> strawberry.ID:
        """Opaque ID, unique across all types."""
        return strawberry.ID(to_global(raw_info_of(info).parent_type.name, root.id))


First = Annotated[
    int | None, arg("Number of rows to return from the start of the list, up to 100; default 20.")
]
After = Annotated[str | None, arg("Return rows after this cursor.")]
Last = Annotated[int | None, arg("Number of rows to return from the end of the list, up to 100.")]
Before = Annotated[str | None, arg("Return rows before this cursor.")]


@strawberry.type(description="Position of a page in its list.")
class PageInfo:
    page: strawberry.Private[pagination.Page[Any]]

    @field()
    def has_next_page(self) -> bool:
        """Whether more rows follow this page."""
        return self.page.has_next

    @field()
    def has_previous_page(self) -> bool:
        """Whether rows precede this page."""
        return self.page.has_previous

    @field()
    def start_cursor(self) -> str | None:
        """Cursor of the first row; null on an empty page."""
        return self.page.cursor_of(0) if self.page.rows else None

    @field()
    def end_cursor(self) -> str | None:
        """Cursor of the last row; null on an empty page."""
        return self.page.cursor_of(len(self.page.rows) - 1) if self.page.rows else None


@strawberry.type(description="A row of a list with its cursor.")
class Edge(Generic[T]):
    node: T = doc("The row.")
    cursor: str = doc("Cursor of the row, for the arguments `after` and `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    page: strawberry.Private[pagination.Page[Any]]

    @field()
    def nodes(self) -> list[T]:
        """Rows of this page."""
        return self.page.rows

    @field()
    def edges(self) -> list[Edge[T]]:
        """Rows of this page, each with its cursor."""
        cursor_of = self.page.cursor_of
        return [Edge(node=row, cursor=cursor_of(index)) for index, row in enumerate(self.page.rows)]

    @field()
    def page_info(self) -> PageInfo:
        """Pagination information of this page."""
        return PageInfo(page=self.page)

    @field()
    async def total_count(self) -> int:
        """Number of rows in the whole list, counted up to 10,001 and only when requested."""
        return await self._count()

    @field()
    async def total_count_is_exact(self) -> bool:
        """False if the list has more rows than `totalCount` counted."""
        return await self._count() < pagination.COUNT_AT_MOST

    async def _count(self) -> int:
        if not isinstance(self.page.counted, int):
            self.page.counted = await pagination.count_of(self.page)
        return int(self.page.counted)


async def connection(rows: Any, args: pagination.PageArgs) -> Connection[Any]:
    """One page of a query set as a connection.

    Raises:
        Invalid: a page size or a cursor is invalid.
    """
    return Connection(page=await pagination.page_of(rows, args))


def list_connection(rows: Any, args: pagination.PageArgs) -> Connection[Any]:
    """One page of a list in memory as a connection."""
    return Connection(page=pagination.page_of_list(rows, args))
