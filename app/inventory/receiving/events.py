"""Events of receiving."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.access.permissions import Permission
from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class StockReceived(Event):
    """Goods were received."""

    subject_kind: ClassVar[str] = "receipt"
    location_id: UUID
    reference: str
    units: int


@dataclass(frozen=True, kw_only=True)
class ReceiptReversed(Event):
    """An incorrect receipt was reversed, completely or in part."""

    subject_kind: ClassVar[str] = "receipt"
    location_id: UUID
    reference: str
    units: int
    is_whole: bool


@dataclass(frozen=True, kw_only=True)
class CostCorrected(Event):
    """The cost of a receipt has changed: a landed cost was added, or a cost corrected."""

    subject_kind: ClassVar[str] = "receipt"
    needs: ClassVar[Mapping[str, str]] = {"change_minor": Permission.STOCK_COSTS}
    change_minor: int
    currency: str
