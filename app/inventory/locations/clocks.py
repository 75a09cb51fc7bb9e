"""Which day it is in a location: by its own clock, else by the company's (`ORDERGRAPH_TIME_ZONE`)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.inventory.sourcing import zone_of
from app.settings import settings

ONE_DAY = timedelta(days=1)


def local_time(hours: Mapping[str, Any] | None, at: datetime) -> datetime:
    """A moment by the clock of a location with these opening hours, as they are stored; None: it has none."""
    return at.astimezone(ZoneInfo(zone_of(hours) or settings().time_zone))


def day_at(hours: Mapping[str, Any] | None, at: datetime) -> date:
    """The day that it is in a location."""
    return local_time(hours, at).date()


def company_day(at: datetime) -> date:
    """The day that it is for the company, where no location or channel is meant."""
    return day_at(None, at)


def last_day(at: datetime) -> date:
    """A day that no location is past yet: what begins later has begun nowhere."""
    return at.date() + ONE_DAY
