"""The cursors of event streams: a place in one order's events, and in the whole deployment's."""

import base64
import binascii
import re

from app.core.journal.entry import Entry
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

_DIGITS = re.compile(r"[0-9]{1,18}")


def event_cursor(entry: Entry) -> str:
    """An opaque place just after an event."""
    return _encoded(entry.number, entry.position)


def start_cursor(number: int) -> str:
    """An opaque place just after the event of a number, whose place in the whole is not known."""
    return _encoded(number, None)


def _encoded(number: int, position: int | None) -> str:
    text = f"{number}.{position or ''}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _decoded(cursor: str) -> tuple[int, int | None]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        number, _, position = text.partition(".")
        if not _DIGITS.fullmatch(number) or (position and not _DIGITS.fullmatch(position)):
            raise ValueError
        return int(number), int(position) if position else None
    except (ValueError, binascii.Error) as error:
        raise Invalid("This is not a cursor of this stream.", "after", code=ProblemCode.MALFORMED) from error


def number_after(cursor: str | None) -> int:
    """The number of the last event of one order that was seen, 0 for none.

    Raises:
        Invalid: no cursor of ours.
    """
    return 0 if cursor is None else _decoded(cursor)[0]


def position_after(cursor: str | None) -> int | None:
    """The position of the last event of all that was seen, None for "from now on".

    Raises:
        Invalid: no cursor of ours, or one of a single order's stream.
    """
    if cursor is None:
        return None
    position = _decoded(cursor)[1]
    if position is None:
        raise Invalid(
            "This cursor has no place among all events; take one from ordersUpdated.",
            "after",
            code=ProblemCode.MALFORMED,
        )
    return position
