from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.access.permissions import Permission
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


@dataclass(frozen=True, kw_only=True)
class StockReceived(Event):
    """Goods came in."""

    subject_kind: ClassVar[str] = "receipt"
    location_id: UUID
    reference: str
    units: int


@dataclass(frozen=True, kw_only=True)
class ReceiptReversed(Event):
    """A receipt that was wrong was taken back: all that was left of it, or some units."""

    subject_kind: ClassVar[str] = "receipt"
    location_id: UUID
    reference: str
    units: int
    is_whole: bool


@dataclass(frozen=True, kw_only=True)
class CostCorrected(Event):
    """What a receipt cost is known better: a landed cost was added, or a cost put right."""

    subject_kind: ClassVar[str] = "receipt"
    needs: ClassVar[Mapping[str, str]] = {"change_minor": Permission.STOCK_COSTS}
    change_minor: int
    currency: str


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
    """What is on its way of a transfer goes back to where it came from."""

    subject_kind: ClassVar[str] = "transfer"
    units: int
    expected_on: str


@dataclass(frozen=True, kw_only=True)
class TransferReceived(Event):
    """Some of a transfer arrived; `is_complete` says that nothing more is expected."""

    subject_kind: ClassVar[str] = "transfer"
    received: int
    damaged: int
    missing: int
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class TransferCancelled(Event):
    subject_kind: ClassVar[str] = "transfer"


@dataclass(frozen=True, kw_only=True)
class StockCountStarted(Event):
    subject_kind: ClassVar[str] = "stock_count"
    location_id: UUID
    levels: int


@dataclass(frozen=True, kw_only=True)
class StockCountSubmitted(Event):
    """A count waits for approval."""

    subject_kind: ClassVar[str] = "stock_count"
    differences: int


@dataclass(frozen=True, kw_only=True)
class StockCountCompleted(Event):
    """The differences of a count are booked."""

    subject_kind: ClassVar[str] = "stock_count"
    needs: ClassVar[Mapping[str, str]] = {"value_minor": Permission.STOCK_COSTS}
    differences: int
    value_minor: int


@dataclass(frozen=True, kw_only=True)
class StockCountReopened(Event):
    subject_kind: ClassVar[str] = "stock_count"


@dataclass(frozen=True, kw_only=True)
class StockCountCancelled(Event):
    subject_kind: ClassVar[str] = "stock_count"


@dataclass(frozen=True, kw_only=True)
class SourcingPolicySet(Event):
    """How a channel's orders are sent has changed."""

    subject_kind: ClassVar[str] = "channel"
    strategy: str


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
