"""Who is asking, and what they may do."""

from dataclasses import dataclass, field
from uuid import UUID

from app.core.described import Described


class ActorKind(Described):
    PUBLIC = "public", "Nobody signed in: a visitor of a storefront."
    CUSTOMER = "customer", "A customer who signed in."
    STAFF = "staff", "Somebody of the staff who signed in."
    APP = "app", "A program with an API token."
    SYSTEM = "system", "Time, imports and the operator's command line; never a caller of the API."


@dataclass(frozen=True, slots=True)
class Actor:
    """The principal of one request or job.

    `channels` is None for every channel, else the ids of those the actor may act in; `locations` is the same
    for the locations whose work it may see and do.
    """

    kind: ActorKind
    id: UUID | None = None
    label: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    channels: frozenset[UUID] | None = None
    session_id: UUID | None = None
    locations: frozenset[UUID] | None = None

    def may(self, permission: str) -> bool:
        return self.kind is ActorKind.SYSTEM or permission in self.permissions

    def may_in(self, channel_id: UUID) -> bool:
        return self.channels is None or channel_id in self.channels

    def may_at(self, location_id: UUID) -> bool:
        return self.locations is None or location_id in self.locations

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


SYSTEM = Actor(ActorKind.SYSTEM, label="system")
