from dataclasses import dataclass
from typing import ClassVar

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class DiscountCreated(Event):
    subject_kind: ClassVar[str] = "discount"
    code: str


@dataclass(frozen=True, kw_only=True)
class DiscountUpdated(Event):
    subject_kind: ClassVar[str] = "discount"
    code: str
    changed: list[str]
