"""Events of stock."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class StockChanged(Event):
    """Some levels changed together, for one reason. The ledger has the quantities."""

    subject_kind: ClassVar[str] = "stock"
    reason: str
    level_ids: list[UUID]


@dataclass(frozen=True, kw_only=True)
class ReservationDisplaced(Event):
    """Reserved units of a claimant were lost, or given to a reservation with a higher priority."""

    subject_kind: ClassVar[str] = "reservation"
    claimant_kind: str
    claimant_id: UUID
    variant_id: UUID
    location_id: UUID
    units: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class KeptLotsChanged(Event):
    """Reserved lots of a claimant were lost or became unsaleable, and others are reserved instead."""

    subject_kind: ClassVar[str] = "reservation"
    reservation_id: UUID
    claimant_kind: str
    claimant_id: UUID
    variant_id: UUID
    location_id: UUID
    units: int


@dataclass(frozen=True, kw_only=True)
class IncomingAnnounced(Event):
    """Incoming stock of a level was recorded."""

    subject_kind: ClassVar[str] = "incoming_stock"
    level_id: UUID
    quantity: int


@dataclass(frozen=True, kw_only=True)
class IncomingChanged(Event):
    """The day or quantity of incoming stock was changed, or it was cancelled."""

    subject_kind: ClassVar[str] = "incoming_stock"
    level_id: UUID
    expected_on: str


@dataclass(frozen=True, kw_only=True)
class PromiseChanged(Event):
    """The ship date of a claimant's reservation has changed; days are ISO dates."""

    subject_kind: ClassVar[str] = "reservation"
    claimant_kind: str
    claimant_id: UUID
    variant_id: UUID
    waiting: int
    before_on: str | None
    due_on: str | None


@dataclass(frozen=True, kw_only=True)
class BacklogServed(Event):
    """Stock was reserved for a claimant in the backlog."""

    subject_kind: ClassVar[str] = "reservation"
    claimant_kind: str
    claimant_id: UUID
    variant_id: UUID
    units: int
