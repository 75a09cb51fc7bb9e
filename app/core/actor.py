"""The caller of an operation and its permissions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from app.core.described import Described
from app.core.scope import EVERYWHERE, NOWHERE, Area, Grant, Ids, Scope, scopes_of


class ActorKind(Described):
    PUBLIC = "public", "An unauthenticated caller, such as a storefront visitor."
    CUSTOMER = "customer", "A signed-in customer."
    STAFF = "staff", "A signed-in staff member."
    APP = "app", "An application authenticated by an API token."
    SYSTEM = (
        "system",
        "The system itself: scheduled jobs, imports and the command line. Never a caller of the API.",
    )


@dataclass(frozen=True, slots=True)
class Actor:
    """The principal of one request or job, with the grants that it holds."""

    kind: ActorKind
    id: UUID | None = None
    label: str = ""
    grants: tuple[Grant, ...] = ()
    session_id: UUID | None = None
    _scopes: dict[str, Scope] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_scopes", scopes_of(self.grants))

    def may(self, permission: str) -> bool:
        """Whether the actor has a permission in any channel or location. `scope_of` says in which."""
        return permission in self._scopes or self.kind is ActorKind.SYSTEM

    def scope_of(self, permission: str) -> Scope:
        """The channels and locations in which the actor has a permission.

        Every read and write of rows applies this scope.
        """
        if self.kind is ActorKind.SYSTEM:
            return EVERYWHERE
        return self._scopes.get(permission, NOWHERE)

    @property
    def permissions(self) -> Iterable[str]:
        """All permissions that the actor has in any channel or location."""
        return self._scopes.keys()

    @property
    def is_customer(self) -> bool:
        return self.kind is ActorKind.CUSTOMER

    @property
    def name(self) -> str:
        """The name of the actor for display, at most 200 characters."""
        return (self.label or self.kind.value)[:200]

    @property
    def key(self) -> str:
        """A key that identifies the principal.

        All visitors share one key; callers that must distinguish visitors extend it.
        """
        return f"{self.kind.value}:{self.id or '-'}"


def grants_of(permissions: Iterable[str], channels: Ids = None, locations: Ids = None) -> tuple[Grant, ...]:
    """The grants of a principal that has the same permissions in all its channels and locations."""
    return (Grant(frozenset(permissions), Area(channels, locations)),)


SYSTEM = Actor(ActorKind.SYSTEM, label="system")
