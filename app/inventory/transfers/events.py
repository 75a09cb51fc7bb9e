"""Events of transfers."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class TransferCreated(Event):
    subject_kind: ClassVar[str] = "transfer"
    source_id: UUID
    destination_id: UUID
    units: int


@dataclass(frozen=True, kw_only=True)
class TransferShipped(Event):
    subject_kind: ClassVar[str] = "transfer"
    units: int


@dataclass(frozen=True, kw_only=True)
class TransferTurnedBack(Event):
    """The units in transit return to the source."""

    subject_kind: ClassVar[str] = "transfer"
    units: int
    expected_on: str


@dataclass(frozen=True, kw_only=True)
class TransferReceived(Event):
    """Units of a transfer arrived; `is_complete`: nothing more is expected."""

    subject_kind: ClassVar[str] = "transfer"
    received: int
    damaged: int
    missing: int
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class TransferCancelled(Event):
    subject_kind: ClassVar[str] = "transfer"
