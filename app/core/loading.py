"""Data loaders, made from plain batch functions."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Batch = Callable[[list[K]], Awaitable[Sequence[V]]]


class Loaders:
    """The loaders of one operation, keyed by the batch function itself.

    A batch function takes a list of keys and returns the values in the same order. One operation of
    one principal has its own loaders: nobody is served another's rows, nor yesterday's.
    """

    def __init__(self) -> None:
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    def load(self, batch: Batch[K, V], key: K) -> Awaitable[V]:
        loader = self._loaders.get(batch)
        if loader is None:
            loader = self._loaders[batch] = DataLoader(load_fn=batch)
        return loader.load(key)

    def forget(self) -> None:
        """Drop what was read: for a subscription, before each event."""
        self._loaders.clear()


def in_order(keys: Sequence[K], found: dict[K, V]) -> list[V | None]:
    """The found values in the order of the keys, None where there is none."""
    return [found.get(key) for key in keys]


def grouped(keys: Sequence[K], rows: Sequence[V], key_of: Callable[[V], K]) -> list[list[V]]:
    """The rows of each key, in the order of the keys; an empty list where there is none."""
    groups: dict[K, list[V]] = {key: [] for key in keys}
    for row in rows:
        groups[key_of(row)].append(row)
    return [groups[key] for key in keys]
