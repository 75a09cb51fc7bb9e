"""Caches with a size limit in bytes; the least recently used entry is evicted first.

Every cache of a process whose keys come from callers is one of these, so that no caller can fill the memory.
"""

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, ParamSpec, TypeVar, cast

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = ParamSpec("P")

LONGEST_STATEMENT = 5_000  # characters of an SQL statement that is cached
OVERHEAD = 200  # bytes per entry besides its content


def bytes_of(text: str) -> int:
    """The memory of a text: one, two or four bytes per character."""
    if text.isascii():
        return len(text)
    return len(text) * (2 if max(text) <= "\uffff" else 4)


class SizeBoundedCache(Generic[K, V]):
    """Values by key, at most `most` bytes in total. A value that is larger than that is not stored."""

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
        """Store a value of this size (including its key); it replaces an older one."""
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


def cached_for_short_text(values: int, longest: int = 200) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """`lru_cache` for functions of texts; results for longer texts are not cached."""

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
