from dataclasses import dataclass
from typing import ClassVar

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class CustomerCreated(Event):
    subject_kind: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class CustomerUpdated(Event):
    subject_kind: ClassVar[str] = "customer"
    changed: list[str]
