"""Daily capacity of locations.

A capacity is a target, not a guarantee: two concurrent orders may both take the last place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from app.core.database import insert_or_update, update_where
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.inventory.locations import queries
from app.inventory.locations.models import LocationLoad
from app.inventory.sourcing import DecidedCandidate, Plan, Site, Verdict, next_open_day

LATEST = 60  # open days that are searched for free capacity


async def with_capacity(sites: list[Site]) -> list[Site]:
    """The sites, each with its free capacity for the day on which it would ship."""
    limited = [(site.id, site.ships_on) for site in sites if site.capacity_left is not None and site.ships_on]
    if not limited:
        return sites
    given = await queries.loads(limited)
    return [
        site
        if site.capacity_left is None or site.ships_on is None
        else replace(site, capacity_left=site.capacity_left - given.get((site.id, site.ships_on), 0))
        for site in sites
    ]


async def on_later_days(sites: list[Site]) -> list[Site]:
    """The sites; full ones with the first later day that has free capacity."""
    full = [
        site for site in sites if site.capacity_left is not None and site.capacity_left <= 0 and site.ships_on
    ]
    if not full:
        return sites
    given = await queries.loads_from([site.id for site in full], min(s.ships_on for s in full if s.ships_on))
    return [_later(site, given) if site in full else site for site in sites]


def _later(site: Site, given: Mapping[tuple[UUID, date], int]) -> Site:
    assert site.ships_on is not None
    assert site.capacity_left is not None
    capacity = site.capacity_left + given.get((site.id, site.ships_on), 0)
    day: date | None = site.ships_on
    for _ in range(LATEST if capacity > 0 else 0):
        day = next_open_day(site.hours, day) if day else None
        if day is None:
            break
        if given.get((site.id, day), 0) < capacity:
            return replace(site, ships_on=day, capacity_left=capacity - given.get((site.id, day), 0))
    return site


async def use_capacity(plan: Plan) -> None:
    """Count an order at the chosen locations with limited capacity."""
    chosen = [each.site for each in plan.candidates if each.verdict is Verdict.CHOSEN]
    for site in sorted(chosen, key=lambda site: site.id):
        if site.capacity_left is not None and site.ships_on is not None:
            load = LocationLoad(id=new_id(), location_id=site.id, day=site.ships_on, orders=1)
            await insert_or_update([load], "location_id, day", "orders = old.orders + 1")


@command
async def give_capacity_back(_work: UnitOfWork, chosen: Iterable[DecidedCandidate]) -> None:
    """Uncount an order at locations that were chosen to ship it."""
    for each in sorted(chosen, key=lambda each: each.location_id):
        if each.ships_on is not None:
            is_counted = "location_id = $1 AND day = $2 AND orders > 0"
            await update_where(
                LocationLoad, "orders = orders - 1", is_counted, each.location_id, each.ships_on
            )
