"""Requests that refer to prepared objects, and values that do."""

from collections.abc import Callable
from typing import Any

from tests.matrix.world import Side

Variables = dict[str, Any]
Field = tuple[str, str]  # an input type and the name of a field
Base = Callable[[Side], Variables]
Values = list[Any] | Callable[[Side], list[Any]]

USD, EUR = {"amount": "3", "currency": "USD"}, {"amount": "3", "currency": "EUR"}
MAIN, NEAR = "web-main", "web-side"


def given(**fields: Any) -> Base:
    """An input with fixed values."""
    return lambda side: {"input": fields}


def named(**names: str) -> Base:
    """An input with the ids of named objects."""
    return lambda side: {"input": {field: side.named[name] for field, name in names.items()}}


def both(*bases: Base) -> Base:
    """An input with the fields of several inputs."""
    return lambda side: {
        "input": {key: value for base in bases for key, value in base(side)["input"].items()}
    }


def ids(*names: str) -> Values:
    """The ids of named objects, as values of a field."""
    return lambda side: [side.named[name] for name in names]
