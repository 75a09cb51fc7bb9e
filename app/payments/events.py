"""Domain events of payments; the subject is the order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.access.permissions import Permission
from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class PaymentRecorded(Event):
    """A payment received."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = {"amount_minor": Permission.ORDERS_VIEW}
    transaction_id: str
    amount_minor: int
    currency: str
    gateway: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(Event):
    """A refund."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = {"amount_minor": Permission.ORDERS_VIEW}
    transaction_id: str
    amount_minor: int
    currency: str
    gateway: str


# Timeline titles: see `app.orders.events`.
BUYER_TITLES: Mapping[str, str] = {
    PaymentRecorded.name(): "Payment received",
    PaymentRefunded.name(): "Payment refunded",
}
