"""The current date at a location, in its own time zone or the company's (`ORDERGRAPH_TIME_ZONE`)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.inventory.sourcing import zone_of
from app.settings import settings

ONE_DAY = timedelta(days=1)


def local_time(hours: Mapping[str, Any] | None, at: datetime) -> datetime:
    """A time in the time zone of a location with these stored opening hours; None: no opening hours."""
    return at.astimezone(ZoneInfo(zone_of(hours) or settings().time_zone))


def day_at(hours: Mapping[str, Any] | None, at: datetime) -> date:
    """The current date at a location."""
    return local_time(hours, at).date()


def company_day(at: datetime) -> date:
    """The current date in the company's time zone, where no location or channel is meant."""
    return day_at(None, at)


def last_day(at: datetime) -> date:
    """A date that has passed at no location yet: later dates have begun nowhere."""
    return at.date() + ONE_DAY
