from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class StockChanged(Event):
    """Some levels moved together, for one reason. The ledger has the quantities."""

    subject_kind: ClassVar[str] = "stock"
    reason: str
    level_ids: list[UUID]


@dataclass(frozen=True, kw_only=True)
class LocationCreated(Event):
    subject_kind: ClassVar[str] = "location"
    code: str


@dataclass(frozen=True, kw_only=True)
class LocationUpdated(Event):
    subject_kind: ClassVar[str] = "location"
    changed: list[str]
