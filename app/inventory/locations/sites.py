"""Converts records to locations and policies for sourcing."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.core.database import uuid_of
from app.inventory.location_kinds import LocationKind
from app.inventory.sourcing import DropShip, Hours, Place, Policy, Site, Split, Strategy, ships_on
from app.settings import settings


def site_of(record: Mapping[str, Any], at: datetime, place: int | None = None) -> Site:
    """The location of a record with its columns, and its rank in the channel."""
    hours = _hours(_text(record["hours"]))
    zone = settings().time_zone
    day = ships_on(hours, at, zone)
    return Site(
        id=uuid_of(record["location_id"]),
        code=record["code"],
        rank=record["place"] if place is None else place,
        kind=LocationKind(record["kind"]),
        place=_place(_text(record["address"])),
        countries=_countries(_text(record["countries"])),
        capacity_left=record["pick_capacity"],
        ships_on=day,
        is_closed=day is None,
        parcel_cost_minor=record["parcel_cost_minor"],
        unit_cost_minor=record["unit_cost_minor"],
        hours=hours,
        day=at.astimezone(ZoneInfo(hours.time_zone if hours else zone)).date(),
    )


def policy_of(record: Mapping[str, Any]) -> Policy:
    """The policy in a record; the defaults if it has none."""
    if record["strategy"] is None:
        return Policy()
    return Policy(
        Strategy(record["strategy"]),
        Split(record["split"]),
        DropShip(record["drop_ship"]),
        record["max_parcels"],
        record["min_parcel_units"],
        bool(record["ships_complete"]),
        bool(record["earliest_first"]),
    )


def _text(value: Any) -> str | None:
    """A JSON column as stored, which is the key for caching its parsed value."""
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


@lru_cache(maxsize=4_096)
def _hours(stored: str | None) -> Hours | None:
    """The opening hours of a stored text; None for a location without."""
    return Hours.from_json(orjson.loads(stored)) if stored else None


@lru_cache(maxsize=4_096)
def _place(stored: str | None) -> Place | None:
    return Place.of(orjson.loads(stored)) if stored else None


@lru_cache(maxsize=4_096)
def _countries(stored: str | None) -> frozenset[str] | None:
    given = orjson.loads(stored) if stored else None
    return None if given is None else frozenset(given)
