from dataclasses import dataclass
from typing import ClassVar

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class ApiTokenCreated(Event):
    subject_kind: ClassVar[str] = "api_token"
    token_name: str


@dataclass(frozen=True, kw_only=True)
class ApiTokenRevoked(Event):
    subject_kind: ClassVar[str] = "api_token"


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    subject_kind: ClassVar[str] = "session"
    principal: str


@dataclass(frozen=True, kw_only=True)
class SignedOut(Event):
    subject_kind: ClassVar[str] = "session"
