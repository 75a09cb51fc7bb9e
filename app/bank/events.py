"""Domain events of bank entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.access.permissions import Permission
from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class _AtBank(Event):
    """A payout and a bank entry; `total_minor` is the total of the payout, negative if the gateway took money
    from the account, and `booked_on` the booking date of the entry."""

    subject_kind: ClassVar[str] = "payout"
    needs: ClassVar[Mapping[str, str]] = {"total_minor": Permission.FINANCE_VIEW}
    gateway: str
    reference: str
    currency: str
    total_minor: int
    entry_id: str
    booked_on: str


@dataclass(frozen=True, kw_only=True)
class PayoutReconciled(_AtBank):
    """A payout was matched with the bank entry with which it arrived."""

    is_automatic: bool


@dataclass(frozen=True, kw_only=True)
class PayoutUnreconciled(_AtBank):
    """The match of a payout with a bank entry was undone."""
