"""Objects that answer every caller alike."""

from typing import Any, Self


class TheSameForAll:
    """Base class of objects that give the same answer to every caller.

    The result of a selection on such a shared object is completed and encoded once for all callers.
    """

    answers: dict[int, tuple[Any, Any]] | None = None  # by the plan of the selection

    def share(self) -> Self:
        self.answers = {}
        return self
