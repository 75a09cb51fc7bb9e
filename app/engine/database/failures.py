"""What the database clients ask about errors, and what they raise for those that pass."""

from typing import Protocol


class Failures(Protocol):
    """Answered by the application, which knows its own errors."""

    def is_passing(self, error: BaseException) -> bool:
        """Whether the database could not serve a statement now, as opposed to a statement that is wrong."""

    def is_lost_connection(self, error: BaseException) -> bool:
        """Whether a connection was lost."""

    def busy(self, error: BaseException) -> Exception:
        """The error that is raised instead of one that passes."""

    def unknown_outcome(self) -> Exception:
        """The error for a transaction of which it is not known what was stored."""
