"""Text that may be empty: stored as an empty string, answered as null.

A text column keeps an empty string where there is nothing, so that no query has to ask for two kinds of
nothing. In the graph there is one word for nothing, and it is null.
"""

from typing import Any

from strawberry.types.field import StrawberryField


class NoneIfEmpty(StrawberryField):
    """A plain attribute that is null where it is an empty string. The compiled executor knows it too."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(source, self.python_name) or None


def none_if_empty(text: str) -> Any:
    """Such an attribute, with its documentation: `note: str | None = none_if_empty("…; null if …")`."""
    return NoneIfEmpty(description=text)
