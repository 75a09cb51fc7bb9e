"""Cursors and replay, shared by the subscriptions for all events of a kind of subject."""

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
    """The objects that `wanted` finds for the events of a kind of subject, each with its cursor.

    Starts with the events after the cursor; without a cursor, with the next event.

    Raises:
        Invalid: `after` is not a valid cursor.
    """
    place = place_after(after)
    told = place.told if place else None
    # An event of which only some objects were sent is read again.
    position = None if place is None else place.position - (told is not None)

    async def send_cursor(position: int) -> None:
        context.passed = place_cursor(position)
        if after is None and context.stream is not None:
            await context.stream.send_cursor(context.passed)

    async with aclosing(feed.follow_kind(subject_kind, position, send_cursor)) as entries:
        async for entry in entries:
            found = await wanted(entry)
            again = told or 0 if place and entry.position == place.position else 0
            for count, each in enumerate(found[again:], again + 1):
                context.event_id = event_cursor(entry, count if count < len(found) else None)
                yield context.event_id, each
            context.passed = event_cursor(entry)
