"""Text that may be empty: stored as an empty string, answered as null.

A text column keeps an empty string where there is nothing and is never null, so that queries need to ask for
one of the two only. In the graph it is null, as it is for values of every other type.
"""

from typing import Any

from strawberry.types.field import StrawberryField

from app.core.links import shown_link


class NoneIfEmpty(StrawberryField):
    """A plain attribute that is null where it is an empty string. The compiled executor knows it too."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(source, self.python_name) or None


class LinkOrNone(NoneIfEmpty):
    """A plain attribute that is an address of the web, and null where it is none, whoever stored it."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return shown_link(getattr(source, self.python_name))


def none_if_empty(text: str) -> Any:
    """Such an attribute, with its documentation: `note: str | None = none_if_empty("…; null if …")`."""
    return NoneIfEmpty(description=text)


def link_or_none(text: str) -> Any:
    """Such an attribute, with its documentation: `image_url: str | None = link_or_none("…")`."""
    return LinkOrNone(description=text)
