"""Domain events of accounting."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class AccountMapped(Event):
    """An account was given a number and a name of the company's chart of accounts."""

    subject_kind: ClassVar[str] = "account_mapping"
    kind: str
    detail: str
    number: str


@dataclass(frozen=True, kw_only=True)
class AccountingPeriodClosed(Event):
    """Everything up to a day was closed; later facts of these days are posted on the first open day."""

    subject_kind: ClassVar[str] = "accounting_period"
    through: str
