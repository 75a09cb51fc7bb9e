"""Partial updates: a field can be absent, null or empty.

Optional fields of an input have the default `strawberry.UNSET`. The changes are passed on as a dict of the
fields that were sent. A field that is not in it stays unchanged.
"""

from dataclasses import fields
from typing import Any

import strawberry

from app.core.problems import ProblemCode
from app.core.refusals import Invalid


def changes_in(given: Any, *names: str) -> dict[str, Any]:
    """The fields of an input that were sent."""
    found = {name: getattr(given, name) for name in names}
    return {name: value for name, value in found.items() if value is not strawberry.UNSET}


def changes_of(
    given: Any, *, nullable: tuple[str, ...] = (), besides: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The fields of an input that were sent, except some; null is accepted only for nullable fields.

    Raises:
        Invalid: null for a field that must have a value.
    """
    names = tuple(field.name for field in fields(given) if field.name not in besides)
    return changes_without_nulls(given, nullable, *names)


def changes_without_nulls(given: Any, nullable: tuple[str, ...], *names: str) -> dict[str, Any]:
    """The named fields that were sent; null is accepted only for nullable fields.

    Raises:
        Invalid: null for a field that must have a value.
    """
    changes = changes_in(given, *names)
    for name, value in changes.items():
        if value is None and name not in nullable:
            raise cannot_be_null(name)
    return changes


def cannot_be_null(*path: str) -> Invalid:
    """The refusal for null where a value is required."""
    return Invalid("This cannot be null; leave it out to keep it.", *path, code=ProblemCode.NOT_NULL)
