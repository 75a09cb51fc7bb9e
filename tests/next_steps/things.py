"""What is asked about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Thing:
    """Something with a life cycle: its type, what is particular about it, and what names it."""

    kind: str
    name: str
    id: str
    token: str | None = None  # of an order: its access token
    given: Mapping[str, Any] = field(default_factory=dict)  # what a valid input says of it

    def __str__(self) -> str:
        return f"{self.kind} ({self.name})"
