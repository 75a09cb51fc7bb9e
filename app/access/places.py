"""Validates the channels and locations that a token or a staff member is limited to.

They belong to higher layers; `wiring` sets the functions that find them.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from app.core.problems import ProblemCode
from app.core.refusals import Problems

# The row of each id; None for an unknown id.
Find = Callable[[list[UUID]], Awaitable[Sequence[Any]]]
_find: dict[str, tuple[Find, str]] = {}


def set_channel_lookup(find: Find) -> None:
    """Set the function that finds channels."""
    _find["channel_ids"] = (find, "channel")


def set_location_lookup(find: Find) -> None:
    """Set the function that finds locations."""
    _find["location_ids"] = (find, "location")


async def note_unknown(problems: Problems, field: str, ids: Sequence[UUID] | None) -> None:
    """Note each unknown id in `channel_ids` or `location_ids`."""
    if not ids:
        return
    find, kind = _find[field]
    for place, row in enumerate(await find(list(ids))):
        if row is None:
            problems.add(f"There is no {kind} with this ID.", field, str(place), code=ProblemCode.NOT_FOUND)
