"""Where a permission holds: in which channels and locations.

A principal holds grants: permissions together with the channels and locations in which they hold. Grants
add up, but one grant must cover the permission and the place together: one permission for one channel and
another permission for another channel never make both permissions for both channels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

Ids = frozenset[UUID] | None  # None: all of them
NEVER = Q(id__in=[])


@dataclass(frozen=True, slots=True)
class Area:
    """Some channels and some locations; None for all of them."""

    channels: Ids = None
    locations: Ids = None

    def has(self, channel_id: UUID | None, location_id: UUID | None) -> bool:
        """Whether it has both. What has no channel is only in areas of all channels, and so on."""
        return (self.channels is None or channel_id in self.channels) and (
            self.locations is None or location_id in self.locations
        )

    def includes(self, other: "Area") -> bool:
        return _includes(self.channels, other.channels) and _includes(self.locations, other.locations)


def _includes(mine: Ids, others: Ids) -> bool:
    return mine is None or (others is not None and others <= mine)


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions, and where they hold."""

    permissions: frozenset[str]
    area: Area = Area()


@dataclass(frozen=True, slots=True)
class Scope:
    """All areas in which a principal has one permission. Hashable: who has the same scope sees the same."""

    areas: tuple[Area, ...] = ()

    @property
    def is_everywhere(self) -> bool:
        """Whether it has no limit, as what belongs to all channels and locations needs."""
        return any(area.channels is None and area.locations is None for area in self.areas)

    @property
    def is_nowhere(self) -> bool:
        return not self.areas

    def covers(self, channel_id: UUID | None = None, location_id: UUID | None = None) -> bool:
        """Whether one area has the channel and the location of something.

        Leave the location out for what belongs to a channel as a whole, such as its prices: a scope that is
        limited to locations does not cover it. The same holds for the channel.
        """
        return any(area.has(channel_id, location_id) for area in self.areas)

    def reaches(self, channel_id: UUID) -> bool:
        """Whether it covers something of a channel, be it at some locations only."""
        return any(area.channels is None or channel_id in area.channels for area in self.areas)

    def includes(self, area: Area) -> bool:
        """Whether an area lies within one of its own."""
        return any(mine.includes(area) for mine in self.areas)

    def rows(self, channel: str | None = "channel_id", location: str | None = "location_id") -> Q | None:
        """The condition on rows that have these columns; None when every row fits.

        `location=None` is for rows that belong to a channel as a whole, `channel=None` for those of a
        location: an area that is limited by what the rows do not have covers none of them.
        """
        if self.is_everywhere:
            return None
        found = Q()
        is_any = False
        for area in self.areas:
            limits = [(channel, area.channels), (location, area.locations)]
            if any(column is None and ids is not None for column, ids in limits):
                continue
            allowed: dict[str, Any] = {
                f"{column}__in": list(ids) for column, ids in limits if ids is not None
            }
            part = Q(**allowed)
            found, is_any = (found | part if is_any else part), True
        return found if is_any else NEVER

    def channels(self) -> Ids:
        """The channels that it covers as a whole, without a limit of locations; None for all."""
        return ids_in(area.channels for area in self.areas if area.locations is None)

    def channels_reached(self) -> Ids:
        """The channels of which it covers something, be it at some locations only; None for all."""
        return ids_in(area.channels for area in self.areas)


def ids_in(parts: Iterable[Ids]) -> Ids:
    """All that is in some of the parts: None when one of them has everything."""
    found: frozenset[UUID] = frozenset()
    for ids in parts:
        if ids is None:
            return None
        found |= ids
    return found


EVERYWHERE = Scope((Area(),))
NOWHERE = Scope()


def scopes_of(grants: Iterable[Grant]) -> dict[str, Scope]:
    """The scope of each permission that some grants hold."""
    areas: dict[str, tuple[Area, ...]] = {}
    for grant in grants:
        for permission in grant.permissions:
            held = areas.get(permission, ())
            areas[permission] = held if grant.area in held else (*held, grant.area)
    made = {held: Scope(held) for held in areas.values()}
    return {permission: made[held] for permission, held in areas.items()}
