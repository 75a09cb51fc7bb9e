"""What is kept for the next time, within so many bytes: the least recently used goes first.

Every cache of a process whose keys come from callers is one of these, so that no caller can fill the memory.
"""

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, ParamSpec, TypeVar, cast

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = ParamSpec("P")

LONGEST_STATEMENT = 5_000  # characters of SQL of which something is kept
OVERHEAD = 200  # bytes of an entry, besides what it holds


def bytes_of(text: str) -> int:
    """The memory of a text: one, two or four bytes for each of its characters."""
    if text.isascii():
        return len(text)
    return len(text) * (2 if max(text) <= "\uffff" else 4)


class Kept(Generic[K, V]):
    """Values by key, of at most `most` bytes together. One that is larger than that is not kept at all."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.bytes = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def keep(self, key: K, value: V, size: int) -> V:
        """Keep a value that takes so many bytes, its key among them; it replaces an older one."""
        self.drop(key)
        size += OVERHEAD
        if size <= self.most:
            self._values[key] = value, size
            self.bytes += size
            while self.bytes > self.most:
                self.drop(next(iter(self._values)))
        return value

    def drop(self, key: K) -> None:
        dropped = self._values.pop(key, None)
        if dropped is not None:
            self.bytes -= dropped[1]

    def clear(self) -> None:
        self._values.clear()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[K]:
        return iter(self._values)


def kept_when_short(values: int, longest: int = 200) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """`lru_cache` for functions of texts: what longer texts come to is worked out each time."""

    def decorate(function: Callable[P, V]) -> Callable[P, V]:
        keeping = cast("Callable[P, V]", functools.lru_cache(maxsize=values)(function))

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> V:
            for each in args:
                if type(each) is str and len(each) > longest:
                    return function(*args, **kwargs)
            return keeping(*args, **kwargs)

        return call

    return decorate
