"""What all formats share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Protocol

from app.accounting.chart import ChartAccount
from app.accounting.lifecycle import LedgerEntryKind, LedgerSide
from app.core.described import Described
from app.core.money import decimals_of


class ExportFormat(Described):
    """Format of a file with entries of the ledger."""

    CSV = "csv", "One line for each posting, in UTF-8."
    BEANCOUNT = "beancount", "Plain-text accounting: beancount 3, with a balance assertion for each account."
    DATEV = "datev", "DATEV-Format EXTF, Buchungsstapel version 13, in Windows-1252."


@dataclass(frozen=True, slots=True)
class ExportedPosting:
    """A posting with its account in the company's chart of accounts."""

    account: ChartAccount
    side: LedgerSide
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ExportedEntry:
    """An entry with its postings, debits first."""

    id: str
    kind: LedgerEntryKind
    posted_on: date
    happened_at: datetime
    currency: str
    order_number: str  # "" without an order
    subject_kind: str
    postings: Sequence[ExportedPosting]


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day of an export, both inclusive."""

    start: date
    end: date


class Format(Protocol):
    """Writes a file piece by piece."""

    encoding: ClassVar[str]

    def begin(self) -> str:
        """The text before the entries."""

    def entry(self, entry: ExportedEntry) -> str:
        """The text of an entry."""

    def end(self) -> str:
        """The text after the entries."""


def decimal(minor: int, currency: str, point: str = ".") -> str:
    """A positive or negative amount with the decimals of its currency."""
    places = decimals_of(currency)
    digits = f"{abs(minor):0{places + 1}}"
    text = digits if not places else f"{digits[:-places]}{point}{digits[-places:]}"
    return f"-{text}" if minor < 0 else text
