"""Whether the channels and locations exist to which a token, or somebody of the staff, is limited.

They are known some floors up, which says so here when the app is assembled.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from app.core.problems import ProblemCode
from app.core.refusals import Problems

# The row of each id, None where there is none.
Find = Callable[[list[UUID]], Awaitable[Sequence[Any]]]
_find: dict[str, tuple[Find, str]] = {}


def channels_are_found_by(find: Find) -> None:
    """Have the channels of limits be looked up."""
    _find["channel_ids"] = (find, "channel")


def locations_are_found_by(find: Find) -> None:
    """Have the locations of limits be looked up."""
    _find["location_ids"] = (find, "location")


async def note_unknown(problems: Problems, field: str, ids: Sequence[UUID] | None) -> None:
    """Note each id of `channel_ids` or `location_ids` of which there is nothing."""
    if not ids:
        return
    find, kind = _find[field]
    for place, row in enumerate(await find(list(ids))):
        if row is None:
            problems.add(f"There is no {kind} of this id.", field, str(place), code=ProblemCode.NOT_FOUND)
