"""JSON of requests and responses. A response that is sent to many clients is encoded once."""

import asyncio
import json
import math
import time
from typing import Any, NoReturn, Self

import orjson

PIECE = 0.004  # seconds of encoding before other work gets a turn


class Encoded(dict[str, Any]):
    """A completed object with its JSON."""

    __slots__ = ("json", "written")

    def __init__(self, completed: dict[str, Any], written: bytes | None = None) -> None:
        super().__init__(completed)
        self.written = dumps(completed) if written is None else written
        self.json = orjson.Fragment(self.written)

    @classmethod
    def of(cls, written: bytes) -> Self:
        """An object of which only the JSON is needed."""
        return cls({}, written)


class NotJson(ValueError):
    """A text that is not JSON."""


def loads(body: bytes) -> Any:
    """Parse JSON. Strings may contain lone surrogates, which the caller must refuse.

    Raises:
        NotJson: it is not JSON, or nested too deeply.
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


def _refused_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not JSON")


def dumps(message: Any) -> bytes:
    """JSON of a message; parts that are encoded already are copied."""
    try:
        return orjson.dumps(message, default=_written, option=orjson.OPT_PASSTHROUGH_SUBCLASS)
    except TypeError:
        return _dumps_anything(message)


async def dumps_in_pieces(message: dict[str, Any]) -> bytes:
    """JSON of a large response, written in pieces so that other work gets turns."""
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


def _written(value: Any) -> orjson.Fragment | str | int | dict[Any, Any] | list[Any]:
    if isinstance(value, Encoded):
        return value.json
    match value:
        case str():
            return str(value)
        case int():
            return int(value)
        case dict():
            return dict(value)
        case list():
            return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


# Stored rows may be older than the present bounds of input.
_DEEPEST = 300  # levels; anything deeper is written as null


def _dumps_anything(message: Any) -> bytes:
    """JSON of values that orjson refuses: deep nesting, large integers, lone surrogates.

    One such value must not make a whole list or event stream unreadable.
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
