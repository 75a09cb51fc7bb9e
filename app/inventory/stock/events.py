"""Events of stock."""

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
class ReservationDisplaced(Event):
    """Units that were kept for a claimant are not any more: they are gone, or a better claim has them."""

    subject_kind: ClassVar[str] = "reservation"
    claimant_kind: str
    claimant_id: UUID
    variant_id: UUID
    location_id: UUID
    units: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class KeptLotsChanged(Event):
    """Lots that were kept for a claimant are gone or not to be sold, and others are kept instead."""

    subject_kind: ClassVar[str] = "reservation"
    reservation_id: UUID
    claimant_kind: str
    claimant_id: UUID
    variant_id: UUID
    location_id: UUID
    units: int


@dataclass(frozen=True, kw_only=True)
class IncomingAnnounced(Event):
    """Units are expected at a level."""

    subject_kind: ClassVar[str] = "incoming_stock"
    level_id: UUID
    quantity: int


@dataclass(frozen=True, kw_only=True)
class IncomingChanged(Event):
    """What is expected comes on another day, in another quantity, or not at all."""

    subject_kind: ClassVar[str] = "incoming_stock"
    level_id: UUID
    expected_on: str


@dataclass(frozen=True, kw_only=True)
class PromiseChanged(Event):
    """What is kept for a claimant can leave on another day than it was told; days are ISO dates."""

    subject_kind: ClassVar[str] = "reservation"
    claimant_kind: str
    claimant_id: UUID
    variant_id: UUID
    waiting: int
    before_on: str | None
    due_on: str | None


@dataclass(frozen=True, kw_only=True)
class BacklogServed(Event):
    """Stock has come for a claimant whose stock had turned out missing."""

    subject_kind: ClassVar[str] = "reservation"
    claimant_kind: str
    claimant_id: UUID
    variant_id: UUID
    units: int
