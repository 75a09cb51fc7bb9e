"""Cursors of event streams: a position in the events of one subject and of the whole deployment."""

import base64
import binascii
import re
from typing import NamedTuple

from app.core.journal.entry import Entry
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

_DIGITS = re.compile(r"[0-9]{1,18}")


class Place(NamedTuple):
    """A position among all events: after the event at `position`, or after
    the first `told` of its objects.
    """

    position: int
    told: int | None = None


def event_cursor(entry: Entry, told: int | None = None) -> str:
    """An opaque cursor just after an event, or after the first `told` of its objects."""
    return _encoded(entry.number, entry.position, told)


def start_cursor(number: int) -> str:
    """An opaque cursor just after the event with a number, whose global position is not known."""
    return _encoded(number, None)


def place_cursor(position: int) -> str:
    """An opaque cursor just after a global position."""
    return _encoded(0, position)


def _encoded(number: int, position: int | None, told: int | None = None) -> str:
    parts = [str(number), "" if position is None else str(position)]
    if told is not None:
        parts.append(str(told))
    return base64.urlsafe_b64encode(".".join(parts).encode()).rstrip(b"=").decode()


def _decoded(cursor: str) -> tuple[int, int | None, int | None]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        parts = text.split(".")
        number, position, told = (*parts, "", "")[:3]
        if len(parts) > 3 or not all(
            _DIGITS.fullmatch(each) for each in (number, position or "0", told or "0")
        ):
            raise ValueError
        return int(number), int(position) if position else None, int(told) if told else None
    except (ValueError, binascii.Error) as error:
        raise Invalid("This is not a cursor of this stream.", "after", code=ProblemCode.MALFORMED) from error


def number_after(cursor: str | None) -> int:
    """The number of the last event of one subject that was seen; 0 for none.

    Raises:
        Invalid: the cursor is malformed.
    """
    return 0 if cursor is None else _decoded(cursor)[0]


def place_after(cursor: str | None) -> Place | None:
    """The place up to which all events were seen; None for "from now on".

    Raises:
        Invalid: the cursor is malformed, or belongs to the stream of a single order.
    """
    if cursor is None:
        return None
    _, position, told = _decoded(cursor)
    if position is None:
        raise Invalid(
            ("This cursor does not belong to this stream. Use the cursor of an event of this stream."),
            "after",
            code=ProblemCode.MALFORMED,
        )
    return Place(position, told)
