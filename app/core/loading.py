"""Data loaders made from batch functions."""

from asyncio import Future, shield
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from app.engine.database.rows import values_of

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Level = Callable[..., Awaitable[Sequence[Any]]]
Batch = Callable[[list[K]], Awaitable[Sequence[V]]]


class _Same:
    """A key that is equal only for the identical object."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.thing is self.thing


def _shared(value: Awaitable[V]) -> Awaitable[V]:
    """A value that several tasks wait for; if one of them fails, the others are not cancelled."""
    return value if isinstance(value, Future) and value.done() else shield(value)


class Loaders:
    """The data loaders of one operation, by batch function.

    A batch function takes a list of keys and returns the values in the same order. Each operation has its own
    loaders, so results are never shared between callers or kept.
    """

    def __init__(self) -> None:
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    def load(self, batch: Batch[K, V], key: K) -> Awaitable[V]:
        loader = self._loaders.get(batch)
        if loader is None:
            loader = self._loaders[batch] = DataLoader(load_fn=batch)
        return _shared(loader.load(key))

    def at_level(self, level: Level, info: Any, root: Any, arguments: dict[str, Any]) -> Awaitable[Any]:
        """The value of one root from the result of a level function."""
        name = (level, tuple(sorted(arguments.items())))
        loader = self._loaders.get(name)
        if loader is None:

            async def batch(keys: list[_Same]) -> Sequence[Any]:
                return await level([key.thing for key in keys], info=info, **arguments)

            loader = self._loaders[name] = DataLoader(load_fn=batch)
        return _shared(loader.load(_Same(root)))

    def forget(self) -> None:
        """Drop all cached values, before each event of a subscription."""
        self._loaders.clear()


def in_order(keys: Sequence[K], found: dict[K, V]) -> list[V | None]:
    """The found values in the order of the keys; None where there is none."""
    return [found.get(key) for key in keys]


def grouped(keys: Sequence[K], rows: Sequence[V], key_of: str) -> list[list[V]]:
    """The rows of each key, in the order of the keys; an empty list where there is none.

    `key_of` names the column or attribute with the key.
    """
    groups: dict[Any, list[V]] = {key: [] for key in keys}
    for key, row in zip(values_of(rows, key_of), rows, strict=True):
        groups[key].append(row)
    return [groups[key] for key in keys]
