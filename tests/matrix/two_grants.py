"""Callers with two grants: every permission on the side INSIDE, and some of them on the side OUTSIDE.

A check that combines the permission of one grant with the scope of another would allow them on the side OUTSIDE
what only the grant of the side INSIDE allows. No token of the API has two grants, so the actors are created here.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from app.access import identifying, tokens
from app.access.permissions import Permission
from app.channels.models import Channel
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.scope import Area, Grant
from app.inventory.locations.models import Location
from tests.matrix.callers import AT_LOCATIONS, IN_CHANNEL
from tests.matrix.world import INSIDE, OUTSIDE

EVERYTHING = frozenset(Permission)


@dataclass
class TwoGrants:
    """Creates bearer tokens of actors with given grants."""

    areas: dict[str, dict[str, Area]]  # by the limit, then by the side
    token_id: UUID  # of an existing token, which the actors have
    actors: dict[str, Actor] = field(default_factory=dict)

    @classmethod
    async def made(cls) -> "TwoGrants":
        areas: dict[str, dict[str, Area]] = {IN_CHANNEL: {}, AT_LOCATIONS: {}}
        for side in (INSIDE, OUTSIDE):
            channel = await Channel.get(code=side)
            places = await Location.filter(code__startswith=f"{side}-")
            areas[IN_CHANNEL][side] = Area(channels=frozenset({channel.id}))
            areas[AT_LOCATIONS][side] = Area(locations=frozenset(place.id for place in places))
        token, _ = await tokens.create_api_token(SYSTEM, name="two grants", permissions=EVERYTHING)
        return cls(areas, token.id)

    def joined(self, limit: str, outside: Iterable[Permission]) -> str:
        """A token with all permissions inside and some outside."""
        return self._token(self._grant(limit, INSIDE, EVERYTHING), self._grant(limit, OUTSIDE, outside))

    def alone(self, limit: str, outside: Iterable[Permission]) -> str:
        """A token with only the second grant of `joined`."""
        return self._token(self._grant(limit, OUTSIDE, outside))

    def _grant(self, limit: str, side: str, permissions: Iterable[Permission]) -> Grant:
        return Grant(frozenset(permissions), self.areas[limit][side])

    def _token(self, *grants: Grant) -> str:
        actor = Actor(ActorKind.APP, self.token_id, "two grants", grants)
        secret = f"{identifying.TOKEN_PREFIX}of-{len(self.actors)}"
        self.actors[secret] = actor
        return secret

    @contextmanager
    def accepted(self) -> Iterator[None]:
        """Make the API identify these tokens as their actors."""
        asked = identifying.owners_of

        async def owners_of(credentials: Collection[str]) -> dict[str, Actor]:
            known = {each: self.actors[each] for each in credentials if each in self.actors}
            return known | await asked([each for each in credentials if each not in known])

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(identifying, "owners_of", owners_of)
            yield
