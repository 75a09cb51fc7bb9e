"""Writing answers as JSON; one that many are sent is written once."""

from typing import Any, Self

import orjson


class Encoded(dict[str, Any]):
    """A completed object that knows its own JSON."""

    __slots__ = ("json",)

    def __init__(self, completed: dict[str, Any]) -> None:
        super().__init__(completed)
        self.json = orjson.Fragment(orjson.dumps(completed))


class TheSameForAll:
    """A base of objects of the graph that answer everybody alike, whoever asks and whatever for.

    Of one that is shared, what a selection comes to is completed and encoded once, for all who selected it.
    """

    answers: dict[int, tuple[Any, Encoded]] | None = None  # by the plan of the selection

    def share(self) -> Self:
        self.answers = {}
        return self


def dumps(message: Any) -> bytes:
    """JSON of a message, with what is encoded already as it is."""
    return orjson.dumps(message, default=_written, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def _written(value: Any) -> Any:
    if isinstance(value, Encoded):
        return value.json
    kinds: tuple[Any, ...] = (str, int, dict, list)
    for kind in kinds:
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
