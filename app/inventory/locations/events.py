"""Events of locations."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class LocationCreated(Event):
    subject_kind: ClassVar[str] = "location"
    code: str


@dataclass(frozen=True, kw_only=True)
class LocationUpdated(Event):
    subject_kind: ClassVar[str] = "location"
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class SourcingPolicySet(Event):
    """The sourcing policy of a channel was changed."""

    subject_kind: ClassVar[str] = "channel"
    strategy: str
