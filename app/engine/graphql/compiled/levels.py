"""Resolvers that resolve a field for all objects of a level in one call."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Level = Callable[..., Awaitable[Sequence[Any]]]

_MARK = "__level__"


def mark(resolver: Any, level: Level) -> None:
    """Give a resolver of one object the function that resolves the field for a whole level."""
    setattr(resolver, _MARK, level)


def level_of(resolver: Any) -> Level | None:
    """The function of a whole level behind a resolver, if it has one."""
    return getattr(resolver, _MARK, None)
