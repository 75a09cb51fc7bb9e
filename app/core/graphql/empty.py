"""Empty text: stored as an empty string, returned as null.

Text columns are never null, so that queries have one case to handle. GraphQL returns null, as it does for
other types.
"""

from typing import Any

from strawberry.types.field import StrawberryField

from app.core.links import shown_link


class NoneIfEmpty(StrawberryField):
    """A plain attribute that is null if it is an empty string. The compiled executor supports it too."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(source, self.python_name) or None


class LinkOrNone(NoneIfEmpty):
    """A plain attribute that is a web address; null if the stored text is not one."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return shown_link(getattr(source, self.python_name))


def none_if_empty(text: str) -> Any:
    """A NoneIfEmpty attribute with a description: `note: str | None = none_if_empty("…; null if …")`."""
    return NoneIfEmpty(description=text)


def link_or_none(text: str) -> Any:
    """A LinkOrNone attribute with a description: `image_url: str | None = link_or_none("…")`."""
    return LinkOrNone(description=text)
