"""Limits logging of errors that callers cause: the first of each kind in full, the others abridged."""

import hashlib
import time
from collections.abc import MutableMapping
from typing import Any, TypeVar

T = TypeVar("T")

LONGEST_WHOLE = 16_000  # characters of the first traceback of a kind
LONGEST_AGAIN = 200  # of its last line, which is logged for the others
LONGEST_TEXT = 2_000  # of any other value
KINDS = 100  # logged in full within an hour
PERIOD = 3_600.0  # seconds


class Bounded:
    """A log processor that shortens values, and tracebacks that were logged in full within the hour.

    A kind is an event with the code locations in its traceback, independent of its message, so that callers
    cannot create new kinds by sending other values.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._seen: dict[str, int] = {}

    def __call__(self, logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name, value in line.items():
            if name != "exception":
                line[name] = _short(value)
        trace = line.get("exception")
        if isinstance(trace, str):
            nth = self._count(f"{line.get('event')}{_places(trace)}")
            if nth == 1:
                line["exception"] = _cut(trace, LONGEST_WHOLE)
            else:
                line["exception"] = _cut(trace.rstrip().rpartition("\n")[2], LONGEST_AGAIN)
                line["nth_within_the_hour"] = nth
        return line

    def _count(self, kind: str) -> int:
        """The number of this error within its kind and hour; never 1 once there are too many kinds."""
        now = time.monotonic()
        if now - self._began > PERIOD:
            self._began = now
            self._seen.clear()
        key = hashlib.sha256(kind.encode("utf-8", "replace")).hexdigest()
        if key not in self._seen and len(self._seen) >= KINDS:
            key = "others"
            self._seen.setdefault(key, 1)
        self._seen[key] = self._seen.get(key, 0) + 1
        return self._seen[key]


def _places(trace: str) -> str:
    """The lines of a traceback that name code locations."""
    return "\n".join(line for line in trace.splitlines() if line.startswith('  File "'))


def _short(value: T) -> T | str:
    """A log value; long text is cut."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _cut(value, LONGEST_TEXT)
    text = repr(value)
    return value if len(text) <= LONGEST_TEXT else _cut(text, LONGEST_TEXT)


def _cut(text: str, longest: int) -> str:
    """A long text without its middle, because the beginning and end are most informative."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} [{len(text) - 2 * half} characters left out] {text[-half:]}"
