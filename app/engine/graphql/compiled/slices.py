"""Completes a long list in slices, when graphql-core executes an expensive operation object by object.

graphql-core would start all rows at once, and other work would get no turn until all were started. A slice
has rows worth some hundred points, with their own statements.
"""

import asyncio
from collections.abc import Sequence
from inspect import iscoroutine
from typing import Any

from graphql.pyutils import Path, gather_with_cancel

FROM = 500  # points of an operation from which on its lists are completed in slices
POINTS = 100  # per slice


def size_of_slice(rows: int, cost: int) -> int:
    """The number of rows of a list that are completed together, for the cost of the operation."""
    return max(1, rows * POINTS // max(cost, 1))


async def complete(
    executor: Any, item_type: Any, details: Any, info: Any, path: Path, items: Sequence[Any], size: int
) -> list[Any]:
    """The completed rows of a list, slice after slice."""
    completed: list[Any] = []
    for start in range(0, len(items), size):
        completed += await _slice(executor, item_type, details, info, path, items, start, start + size)
        await asyncio.sleep(0)
    return completed


async def _slice(
    executor: Any, item_type: Any, details: Any, info: Any, path: Path, items: Any, start: int, end: int
) -> list[Any]:
    part: list[Any] = []
    waiting: list[int] = []
    try:
        for index, item in enumerate(items[start:end], start):
            at = path.add_key(index, None)
            if executor.complete_list_item_value(item, part, item_type, details, info, at, None):
                waiting.append(index - start)
    except Exception:
        for each in part:
            if iscoroutine(each):
                each.close()
        raise
    for index, value in zip(
        waiting, await gather_with_cancel(*(part[each] for each in waiting)), strict=True
    ):
        part[index] = value
    return part
