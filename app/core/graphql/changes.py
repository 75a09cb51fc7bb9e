"""Partial updates: a field can be absent, null or empty.

Optional fields of an input have the default `strawberry.UNSET`. The changes are passed on as a dict of the
fields that were sent. A field that is not in it stays unchanged.
"""

from collections.abc import Collection
from dataclasses import fields
from typing import Any

import strawberry

from app.core.problems import ProblemCode
from app.core.refusals import Invalid


def sent_fields(given: Any, *, besides: Collection[str] = ()) -> dict[str, Any]:
    """Every field of an input that was sent, besides some."""
    found = {field.name: getattr(given, field.name) for field in fields(given) if field.name not in besides}
    return {name: value for name, value in found.items() if value is not strawberry.UNSET}


def changes_of(
    given: Any, *, nullable: Collection[str] = (), besides: Collection[str] = ()
) -> dict[str, Any]:
    """Every field of an input that was sent, besides some; null only where null takes something away.

    Raises:
        Invalid: null for a field that must have a value.
    """
    changes = sent_fields(given, besides=besides)
    for name, value in changes.items():
        if value is None and name not in nullable:
            raise cannot_be_null(name)
    return changes


def cannot_be_null(*path: str) -> Invalid:
    """The refusal for null where a value is required."""
    return Invalid("This cannot be null. Omit the field to keep its value.", *path, code=ProblemCode.NOT_NULL)
