"""Domain events of stored value. None contains a code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.access.permissions import Permission
from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class _Changed(Event):
    """A change of the balance of a gift card or of store credit."""

    subject_kind: ClassVar[str] = "stored_value"
    needs: ClassVar[Mapping[str, str]] = {"amount_minor": Permission.ORDERS_VIEW}
    kind: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class StoredValueIssued(_Changed):
    """A gift card or store credit was issued."""


@dataclass(frozen=True, kw_only=True)
class StoredValueTakenBack(_Changed):
    """An amount that was not spent was taken back."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class GiftCardDisabled(_Changed):
    """A gift card was disabled; the amount is the balance that it had."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class StoredValueExpired(_Changed):
    """The rest of a balance expired."""
