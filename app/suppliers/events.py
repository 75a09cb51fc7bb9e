from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.access.permissions import Permission
from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class SupplierCreated(Event):
    subject_kind: ClassVar[str] = "supplier"
    code: str


@dataclass(frozen=True, kw_only=True)
class SupplierUpdated(Event):
    subject_kind: ClassVar[str] = "supplier"
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class SupplierReturnCreated(Event):
    """Goods were returned to a supplier."""

    subject_kind: ClassVar[str] = "supplier_return"
    number: str
    supplier_id: UUID
    location_id: UUID
    units: int


@dataclass(frozen=True, kw_only=True)
class SupplierReturnCredited(Event):
    """The credit note for returned goods was received."""

    subject_kind: ClassVar[str] = "supplier_return"
    needs: ClassVar[Mapping[str, str]] = {"amount_minor": Permission.STOCK_COSTS}
    number: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class SupplierReturnCancelled(Event):
    """The return was cancelled; the goods are in stock again."""

    subject_kind: ClassVar[str] = "supplier_return"
    number: str


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderCreated(Event):
    subject_kind: ClassVar[str] = "purchase_order"
    number: str
    supplier_id: UUID
    location_id: UUID
    units: int


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderUpdated(Event):
    """A draft has changed; `changed` names the fields, `lines` for any of its lines."""

    subject_kind: ClassVar[str] = "purchase_order"
    number: str
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderSent(Event):
    """The goods are expected from now on."""

    subject_kind: ClassVar[str] = "purchase_order"
    number: str
    expected_on: str


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderConfirmed(Event):
    """The supplier has confirmed the delivery date."""

    subject_kind: ClassVar[str] = "purchase_order"
    number: str
    expected_on: str


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderReceived(Event):
    subject_kind: ClassVar[str] = "purchase_order"
    number: str
    units: int
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderReceiptReversed(Event):
    """An incorrect receipt was reversed; its goods are expected again unless the order is closed."""

    subject_kind: ClassVar[str] = "purchase_order"
    number: str
    units: int


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderClosed(Event):
    subject_kind: ClassVar[str] = "purchase_order"
    number: str


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderCancelled(Event):
    subject_kind: ClassVar[str] = "purchase_order"
    number: str
