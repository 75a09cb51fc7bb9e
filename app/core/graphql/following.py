"""What the subscriptions of every event about one kind of subject have in common: cursors and replay."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Annotated, TypeVar

from app.core.graphql.context import Context
from app.core.graphql.scalars import arg
from app.core.journal import feed
from app.core.journal.cursors import event_cursor, place_after, place_cursor
from app.core.journal.entry import Entry

T = TypeVar("T")

CursorAfter = Annotated[str | None, arg("Cursor of the last event received; later events are sent first.")]


async def follow_kind(
    context: Context, subject_kind: str, after: str | None, wanted: Callable[[Entry], Awaitable[Sequence[T]]]
) -> AsyncGenerator[tuple[str, T], None]:
    """What the events about a kind of subject are about, as `wanted` finds it, each with its cursor.

    After a cursor first that of the events since, else from now on.

    Raises:
        Invalid: `after` is no place in the journal.
    """
    place = place_after(after)
    told = place.told if place else None
    # An event of which only some objects were told is read once more.
    position = None if place is None else place.position - (told is not None)

    async def stand_at(position: int) -> None:
        context.passed = place_cursor(position)
        if after is None and context.stream is not None:
            await context.stream.stand_at(context.passed)

    async with aclosing(feed.follow_kind(subject_kind, position, stand_at)) as entries:
        async for entry in entries:
            found = await wanted(entry)
            again = told or 0 if place and entry.position == place.position else 0
            for count, each in enumerate(found[again:], again + 1):
                context.event_id = event_cursor(entry, count if count < len(found) else None)
                yield context.event_id, each
            context.passed = event_cursor(entry)
