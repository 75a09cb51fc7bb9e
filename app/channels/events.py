from dataclasses import dataclass
from typing import ClassVar

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class ChannelCreated(Event):
    subject_kind: ClassVar[str] = "channel"
    code: str


@dataclass(frozen=True, kw_only=True)
class ChannelUpdated(Event):
    subject_kind: ClassVar[str] = "channel"
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class TaxRateSet(Event):
    subject_kind: ClassVar[str] = "tax_rate"
    country: str
    region: str
    tax_class: str
    rate: str


@dataclass(frozen=True, kw_only=True)
class TaxRateDeleted(Event):
    subject_kind: ClassVar[str] = "tax_rate"
    country: str
    region: str
    tax_class: str


@dataclass(frozen=True, kw_only=True)
class TaxClassSet(Event):
    subject_kind: ClassVar[str] = "tax_class"
    code: str


@dataclass(frozen=True, kw_only=True)
class TaxClassDeleted(Event):
    subject_kind: ClassVar[str] = "tax_class"
    code: str
