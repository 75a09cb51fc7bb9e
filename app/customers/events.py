from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.access.permissions import Permission
from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class CustomerCreated(Event):
    subject_kind: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class CustomerUpdated(Event):
    subject_kind: ClassVar[str] = "customer"
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class CustomerEmailProven(Event):
    """A customer has proven to receive mail at the address, so guest orders placed with it become theirs."""

    subject_kind: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class CustomerIdentityLinked(Event):
    """A customer has signed in with an OpenID provider for the first time."""

    subject_kind: ClassVar[str] = "customer"
    issuer: str


@dataclass(frozen=True, kw_only=True)
class AccountDeletionRequested(Event):
    """A customer has confirmed that the account is to be deleted."""

    subject_kind: ClassVar[str] = "customer"


@dataclass(frozen=True, kw_only=True)
class AccountDeletionAnswered(Event):
    """The account was deleted at the customer's request, or the request was refused."""

    subject_kind: ClassVar[str] = "customer"
    is_deleted: bool


@dataclass(frozen=True, kw_only=True)
class CustomerMerged(Event):
    """The customer was merged into another one and does not exist any more."""

    subject_kind: ClassVar[str] = "customer"
    into_id: UUID


@dataclass(frozen=True, kw_only=True)
class CustomerMergeReceived(Event):
    """Another customer was merged into this one; `changed` names the changed fields."""

    subject_kind: ClassVar[str] = "customer"
    from_id: UUID
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class BuyerBlocked(Event):
    """Orders of an address or a domain are held from now on. The journal does not contain which."""

    subject_kind: ClassVar[str] = "blocked_buyer"
    needs: ClassVar[Mapping[str, str]] = {"reason": Permission.CUSTOMERS_VIEW}
    reason: str


@dataclass(frozen=True, kw_only=True)
class BuyerUnblocked(Event):
    subject_kind: ClassVar[str] = "blocked_buyer"


@dataclass(frozen=True, kw_only=True)
class AccountRequested(Event):
    """A registration or password reset was requested. The journal does not contain the address."""

    subject_kind: ClassVar[str] = "account_request"
