"""Lets a domain add fields to a type of a lower domain, like `extend type` in SDL."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

T = TypeVar("T")


def extends(target: Any) -> Callable[[type[T]], type[T]]:
    """Move the fields of the decorated class to an existing type."""

    def decorate(cls: type[T]) -> type[T]:
        made: Any = strawberry.type(cls)
        definition = target.__strawberry_definition__
        taken = {field.python_name for field in definition.fields}
        for field in made.__strawberry_definition__.fields:
            if field.python_name in taken:
                raise TypeError(f"{definition.name} already has a field {field.python_name}")
            definition.fields.append(field)
        return cls

    return decorate
