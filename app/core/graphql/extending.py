"""Lets a domain add fields to a type of a lower domain, like `extend type` in SDL."""

from collections.abc import Mapping, Sequence
from typing import Any


def extend(extensions: Mapping[Any, Sequence[Any]]) -> None:
    """Add the fields of the extensions to the types that they are listed for.

    Calling it again changes nothing.

    Raises:
        TypeError: a type has two fields of one name.
    """
    for target, added in extensions.items():
        definition = target.__strawberry_definition__
        taken = {field.python_name: field for field in definition.fields}
        for field in (field for each in added for field in each.__strawberry_definition__.fields):
            if field.python_name not in taken:
                taken[field.python_name] = field
                definition.fields.append(field)
            elif taken[field.python_name] is not field:
                raise TypeError(f"{definition.name} already has a field {field.python_name}")
