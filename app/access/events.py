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


@dataclass(frozen=True, kw_only=True)
class StaffInvited(Event):
    """Invitation to a new staff member to choose a password."""

    subject_kind: ClassVar[str] = "staff"
    role: str


@dataclass(frozen=True, kw_only=True)
class StaffUpdated(Event):
    subject_kind: ClassVar[str] = "staff"
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class StaffDeactivated(Event):
    subject_kind: ClassVar[str] = "staff"
    tokens_ended: int


@dataclass(frozen=True, kw_only=True)
class StaffReactivated(Event):
    subject_kind: ClassVar[str] = "staff"


@dataclass(frozen=True, kw_only=True)
class RoleCreated(Event):
    subject_kind: ClassVar[str] = "role"
    code: str


@dataclass(frozen=True, kw_only=True)
class RoleUpdated(Event):
    subject_kind: ClassVar[str] = "role"
    changed: list[str]
