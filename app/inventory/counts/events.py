"""Events of stock counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.access.permissions import Permission
from app.core.journal.event import Event


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
    """The differences of a count were posted."""

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
