"""The objects under test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Thing:
    """An object with a life cycle: its type, a description of its state, and its id."""

    kind: str
    name: str
    id: str
    token: str | None = None  # of an order: its access token
    given: Mapping[str, Any] = field(default_factory=dict)  # values of a valid input

    def __str__(self) -> str:
        return f"{self.kind} ({self.name})"
