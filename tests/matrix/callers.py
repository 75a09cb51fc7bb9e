"""The callers: visitors, customers, each built-in role, and tokens limited to one permission or one side."""

from dataclasses import dataclass
from uuid import UUID

from app.access import service as access
from app.access import tokens
from app.access.models import Staff
from app.access.permissions import ROLES, Permission
from app.channels.models import Channel
from app.core.actor import SYSTEM, Actor, ActorKind
from app.inventory.locations.models import Location
from tests import make
from tests.matrix.world import INSIDE, OUTSIDE, World

IN_CHANNEL, AT_LOCATIONS = "channel", "locations"
AT_ONE = "one location"


@dataclass
class Callers:
    """The credential of each caller by name; None for a visitor."""

    people: dict[str, str | None]  # visitor, the customer of each side, and a member of staff of each role
    everything: str  # all permissions, everywhere
    limited: dict[str, str]  # all permissions, in the channel or at the locations of the side INSIDE
    at_one: str  # all permissions, at one of the locations of that side
    only: dict[Permission, str]  # one permission, everywhere
    without: dict[Permission, str]  # all permissions but one, everywhere

    @classmethod
    async def of(cls, world: World) -> "Callers":
        people: dict[str, str | None] = {"visitor": None}
        people |= {"customer": world.buyers[INSIDE], "other customer": world.buyers[OUTSIDE]}
        for code in ROLES:
            staff = await Staff.get(email=f"{code}@example.com")
            session = await access.open_session(Actor(ActorKind.STAFF, staff.id, code))
            people[code] = session.access_token
        channel = await Channel.get(code=INSIDE)
        places = await Location.filter(code__startswith=f"{INSIDE}-")
        return cls(
            people,
            await make.token(),
            {
                IN_CHANNEL: await make.token(channels=[channel]),
                AT_LOCATIONS: await _at([place.id for place in places]),
            },
            await _at([place.id for place in places if place.code == f"{INSIDE}-main"]),
            {each: await make.token(each) for each in Permission},
            {each: await make.token(*(set(Permission) - {each})) for each in Permission},
        )


async def _at(places: list[UUID]) -> str:
    _, secret = await tokens.create_api_token(
        SYSTEM, name="test", permissions=list(Permission), location_ids=places
    )
    return secret
