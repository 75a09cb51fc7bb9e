"""Column selection: learns which columns a part of an operation needs, and reads only those afterwards.

While a part of an operation runs under `learning`, each row records which of its columns are accessed. After
a successful run, the next reads under the same `Needed` select only these columns.

Accessing a column that was not read raises `ColumnNotRead`. The executor then runs the operation with all
columns and learns again, so this is used only for operations that change nothing.
"""

from contextvars import ContextVar
from typing import Any

from app.engine.switches import on

TRIES = 8  # misses after which all columns of a model are always read


class ColumnNotRead(Exception):
    """A row was read without this column, because it was not needed before."""


class Columns:
    """The known columns of one model in one part of an operation."""

    __slots__ = ("misses", "names", "selected")

    def __init__(self) -> None:
        self.names: set[str] = set()  # those that were accessed
        self.selected: tuple[str, ...] | None = None  # those to read; None: all, and record accesses
        self.misses = 0

    def missed(self, name: str) -> ColumnNotRead:
        self.names.add(name)
        self.misses += 1
        self.selected = None
        return ColumnNotRead(name)

    def settle(self) -> None:
        """Use the columns accessed so far for the next reads."""
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
        self._before = _needed.set(self._part if on.columns else None)

    def __exit__(self, *_error: object) -> None:
        _needed.reset(self._before)


def columns_of(model: Any) -> Columns | None:
    """The known columns of a model in the current block; None outside of `learning`, where all are read."""
    needed = _needed.get()
    return needed.of(model) if needed is not None else None


def selection(columns: Columns | None) -> str:
    """The columns to select, as SQL."""
    if columns is None or columns.selected is None:
        return "*"
    return ",".join([f'"{name}"' for name in columns.selected])
