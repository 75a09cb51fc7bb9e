"""Reading requests from JSON, and writing answers as JSON; one that many are sent is written once."""

import asyncio
import json
import math
import time
from typing import Any, Self

import orjson

PIECE = 0.004  # seconds of writing between two turns of others


class Encoded(dict[str, Any]):
    """A completed object that knows its own JSON."""

    __slots__ = ("json", "written")

    def __init__(self, completed: dict[str, Any], written: bytes | None = None) -> None:
        super().__init__(completed)
        self.written = dumps(completed) if written is None else written
        self.json = orjson.Fragment(self.written)

    @classmethod
    def of(cls, written: bytes) -> Self:
        """One of which only the JSON is wanted."""
        return cls({}, written)


class TheSameForAll:
    """A base of objects of the graph that answer everybody alike, whoever asks and whatever for.

    Of one that is shared, what a selection comes to is completed and encoded once, for all who selected it.
    """

    answers: dict[int, tuple[Any, Encoded]] | None = None  # by the plan of the selection

    def share(self) -> Self:
        self.answers = {}
        return self


class NotJson(ValueError):
    """A text that is not JSON."""


def loads(body: bytes) -> Any:
    """A JSON text, in which a string may have half of a surrogate pair: whoever uses it is to refuse it.

    Raises:
        NotJson: it is not JSON, or nested deeper than can be read.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"\\ud" not in body and b"\\uD" not in body and b"\xed" not in body:
            raise NotJson from error
    try:
        return json.loads(body.decode("utf-8", "surrogatepass"), parse_constant=_refused_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson from error


def _refused_constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON")


def dumps(message: Any) -> bytes:
    """JSON of a message, with what is encoded already as it is."""
    try:
        return orjson.dumps(message, default=_written, option=orjson.OPT_PASSTHROUGH_SUBCLASS)
    except TypeError:
        return _dumps_anything(message)


async def dumps_in_pieces(message: dict[str, Any]) -> bytes:
    """The same JSON of a large answer, with turns of others while it is written."""
    began = time.perf_counter()

    async def rest() -> None:
        nonlocal began
        if time.perf_counter() - began > PIECE:
            await asyncio.sleep(0)
            began = time.perf_counter()

    async def written(value: Any) -> bytes:
        if type(value) is dict:
            parts = [dumps(str(name)) + b":" + await written(part) for name, part in value.items()]
            return b"{" + b",".join(parts) + b"}"
        if type(value) is list and len(value) > 1:
            parts, start, size = [], 0, 1
            while start < len(value):
                before = time.perf_counter()
                parts.append(dumps(value[start : start + size])[1:-1])
                start += size
                size = size * 2 if time.perf_counter() - before < PIECE / 4 else max(1, size // 2)
                await rest()
            return b"[" + b",".join(parts) + b"]"
        return dumps(value)

    return await written(message)


def _written(value: Any) -> Any:
    if isinstance(value, Encoded):
        return value.json
    kinds: tuple[Any, ...] = (str, int, dict, list)
    for kind in kinds:
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


# What is written has been read from a database, where a row may be older than the bounds of what is taken.
_DEEPEST = 300  # levels; one that is deeper is written as null


def _dumps_anything(message: Any) -> bytes:
    """JSON of what orjson does not write: deep values, large whole numbers, halves of surrogate pairs.

    A single such value must not keep a whole list, or all that follows in a feed, from being read.
    """
    text = json.dumps(_tamed(message, 0), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _tamed(value: Any, depth: int) -> Any:
    if isinstance(value, Encoded):
        value = orjson.loads(value.written)
    if isinstance(value, dict):
        if depth > _DEEPEST:
            return None
        return {str(name): _tamed(part, depth + 1) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return None if depth > _DEEPEST else [_tamed(part, depth + 1) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
