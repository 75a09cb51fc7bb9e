"""Writes in batches; a row that the database refuses fails alone."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError, ValidationError

from app.core.refusals import Refusal, ServiceBusy

T = TypeVar("T")
R = TypeVar("R")


async def written(
    items: list[T], write: Callable[[list[T]], Awaitable[R]], refuse: Callable[[T, str], None]
) -> list[R]:
    """Write items as one transaction; if that fails, write each alone and report those that fail.

    Errors that are not caused by an item, such as an unreachable or full database, are raised.
    """
    try:
        return [await write(items)]
    except Exception as error:
        if _reason(error) is None:
            raise
    done = []
    for item in items:
        try:
            done.append(await write([item]))
        except Exception as error:
            reason = _reason(error)
            if reason is None:
                raise
            refuse(item, reason)
    return done


def _reason(error: Exception) -> str | None:
    """The problem of an item in one line; None if the item did not cause the error."""
    if isinstance(error, Refusal):
        return None if isinstance(error, ServiceBusy) else error.message
    is_of_the_data = isinstance(error, (IntegrityError, ValidationError, ValueError, OverflowError)) or (
        isinstance(error, OperationalError)
        and bool(error.args)
        and isinstance(error.args[0], asyncpg.DataError)
    )
    return f"the database rejected it: {' '.join(str(error).split())[:200]}" if is_of_the_data else None
