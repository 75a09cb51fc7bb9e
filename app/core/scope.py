"""Scopes: the channels and locations in which a permission holds.

A principal holds grants: permissions together with channels and locations. Grants add up, but one grant must
cover the permission and the place together: one permission in one channel and another permission in another
channel do not give both permissions in both channels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

Ids = frozenset[UUID] | None  # None: all
NEVER = Q(id__in=[])


@dataclass(frozen=True, slots=True)
class Area:
    """A set of channels and a set of locations; None for all."""

    channels: Ids = None
    locations: Ids = None

    def has(self, channel_id: UUID | None, location_id: UUID | None) -> bool:
        """Whether it contains both.

        A missing channel is contained only in areas of all channels; likewise a location.
        """
        return (self.channels is None or channel_id in self.channels) and (
            self.locations is None or location_id in self.locations
        )

    def includes(self, other: "Area") -> bool:
        return _includes(self.channels, other.channels) and _includes(self.locations, other.locations)


def _includes(mine: Ids, others: Ids) -> bool:
    return mine is None or (others is not None and others <= mine)


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions, and the area in which they hold."""

    permissions: frozenset[str]
    area: Area = Area()


@dataclass(frozen=True, slots=True)
class Scope:
    """The areas in which a principal has one permission. Hashable: equal scopes see the same rows."""

    areas: tuple[Area, ...] = ()

    @property
    def is_everywhere(self) -> bool:
        """Whether it is unrestricted, as objects without channel and location require."""
        return any(area.channels is None and area.locations is None for area in self.areas)

    @property
    def is_nowhere(self) -> bool:
        return not self.areas

    def covers(self, channel_id: UUID | None = None, location_id: UUID | None = None) -> bool:
        """Whether one area contains the channel and the location.

        Omit the location for what belongs to a channel as a whole, such as its prices: a scope restricted to
        locations does not cover it. Likewise for the channel.
        """
        return any(area.has(channel_id, location_id) for area in self.areas)

    def reaches(self, channel_id: UUID) -> bool:
        """Whether it covers at least some locations of a channel."""
        return any(area.channels is None or channel_id in area.channels for area in self.areas)

    def includes(self, area: Area) -> bool:
        """Whether an area lies within one of its areas."""
        return any(mine.includes(area) for mine in self.areas)

    def rows(self, channel: str | None = "channel_id", location: str | None = "location_id") -> Q | None:
        """The condition on rows with these columns; None if it is unrestricted.

        `location=None` is for rows that belong to a channel as a whole, `channel=None` for rows of a
        location: an area that is restricted by a missing column covers none of them.
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
        """The channels that it covers in all locations; None for all channels."""
        return ids_in(area.channels for area in self.areas if area.locations is None)

    def channels_reached(self) -> Ids:
        """The channels that it covers in at least some locations; None for all channels."""
        return ids_in(area.channels for area in self.areas)


def ids_in(parts: Iterable[Ids]) -> Ids:
    """The union of sets of ids; None (all) if one of them is None."""
    found: frozenset[UUID] = frozenset()
    for ids in parts:
        if ids is None:
            return None
        found |= ids
    return found


EVERYWHERE = Scope((Area(),))
NOWHERE = Scope()


def scopes_of(grants: Iterable[Grant]) -> dict[str, Scope]:
    """The scope of each permission in some grants."""
    areas: dict[str, tuple[Area, ...]] = {}
    for grant in grants:
        for permission in grant.permissions:
            held = areas.get(permission, ())
            areas[permission] = held if grant.area in held else (*held, grant.area)
    made = {held: Scope(held) for held in areas.values()}
    return {permission: made[held] for permission, held in areas.items()}
