"""Empty text: stored as an empty string, returned as null.

Text columns are never null, so that queries have one case to handle. GraphQL returns null, as it does for
other types.
"""

from typing import Any

from app.core.links import shown_link
from app.engine.graphql.compiled.attributes import ChangedAttribute


class NoneIfEmpty(ChangedAttribute):
    """A plain attribute that is null if it is an empty string."""

    def changed(self, values: list[Any]) -> list[Any]:
        return [value or None for value in values]


class LinkOrNone(NoneIfEmpty):
    """A plain attribute that is a web address; null if the stored text is not one."""

    def changed(self, values: list[Any]) -> list[Any]:
        return [shown_link(value) for value in values]


def none_if_empty(text: str) -> Any:
    """A NoneIfEmpty attribute with a description: `note: str | None = none_if_empty("…; null if …")`."""
    return NoneIfEmpty(description=text)


def link_or_none(text: str) -> Any:
    """A LinkOrNone attribute with a description: `image_url: str | None = link_or_none("…")`."""
    return LinkOrNone(description=text)
