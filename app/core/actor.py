"""Who is asking, and what they may do."""

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
        """Whether it has a permission anywhere. Where, is for `scope_of` to say."""
        return permission in self._scopes or self.kind is ActorKind.SYSTEM

    def scope_of(self, permission: str) -> Scope:
        """Where it has a permission. Each read and each write of rows goes through the scope of its own."""
        if self.kind is ActorKind.SYSTEM:
            return EVERYWHERE
        return self._scopes.get(permission, NOWHERE)

    @property
    def permissions(self) -> Iterable[str]:
        """All permissions that it has somewhere."""
        return self._scopes.keys()

    @property
    def is_customer(self) -> bool:
        return self.kind is ActorKind.CUSTOMER

    @property
    def name(self) -> str:
        """Who did it, as it stays readable for people: 200 characters at the most."""
        return (self.label or self.kind.value)[:200]

    @property
    def key(self) -> str:
        """Names the principal. All visitors are one: what must tell them apart adds more to it."""
        return f"{self.kind.value}:{self.id or '-'}"


def grants_of(permissions: Iterable[str], channels: Ids = None, locations: Ids = None) -> tuple[Grant, ...]:
    """The grants of a principal that has the same permissions in all its channels and locations."""
    return (Grant(frozenset(permissions), Area(channels, locations)),)


SYSTEM = Actor(ActorKind.SYSTEM, label="system")
