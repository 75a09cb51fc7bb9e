"""Which columns a part of an operation needs: learned the first time, read alone from then on.

What a resolver looks at of a row can be found out by watching it once. While a part of an operation runs
under `learning`, each row notes which of its columns were asked for; once that has ended well, the next
reads under the same `Needed` select these columns and no others.

Looking at a column that was not read raises `ColumnNotRead`. It is for the executor, which then has the
operation executed with all columns and learns anew: so this is only for operations that change nothing.
"""

from contextvars import ContextVar
from typing import Any

TRIES = 8  # misses after which a model's rows are read whole for good


class ColumnNotRead(Exception):
    """A row was read without this column, because nobody had needed it before."""


class Columns:
    """What is known of the columns of one model in one part of an operation."""

    __slots__ = ("misses", "names", "selected")

    def __init__(self) -> None:
        self.names: set[str] = set()  # those that were asked for
        self.selected: tuple[str, ...] | None = None  # those to read; None: all, and watch
        self.misses = 0

    def missed(self, name: str) -> ColumnNotRead:
        self.names.add(name)
        self.misses += 1
        self.selected = None
        return ColumnNotRead(name)

    def settle(self) -> None:
        """What was asked for until now is what will be read."""
        if self.names and self.misses < TRIES:
            self.selected = tuple(sorted(self.names))


class Needed:
    """The columns that a part of an operation needs, by model."""

    __slots__ = ("by_model",)

    def __init__(self) -> None:
        self.by_model: dict[Any, Columns] = {}

    def of(self, model: Any) -> Columns:
        found = self.by_model.get(model)
        if found is None:
            found = self.by_model[model] = Columns()
        return found

    def settle(self) -> None:
        for columns in self.by_model.values():
            if columns.selected is None:
                columns.settle()


_needed: ContextVar[Needed | None] = ContextVar("needed", default=None)


class learning:  # used as a statement: `with learning(…):`
    """Rows that are read in this block are read for this part of an operation."""

    __slots__ = ("_before", "_part")

    def __init__(self, needed: Needed) -> None:
        self._part = needed

    def __enter__(self) -> None:
        self._before = _needed.set(self._part)

    def __exit__(self, *_error: object) -> None:
        _needed.reset(self._before)


def columns_of(model: Any) -> Columns | None:
    """What is known of a model's columns where we are; None outside of `learning`: read all."""
    needed = _needed.get()
    return needed.of(model) if needed is not None else None


def selection(columns: Columns | None) -> str:
    """The columns to select, as SQL."""
    if columns is None or columns.selected is None:
        return "*"
    return ",".join([f'"{name}"' for name in columns.selected])
