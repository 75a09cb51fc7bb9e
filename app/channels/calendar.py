"""A channel's calendar: its local date and its working days."""

from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)
LONGEST_BREAK = 370  # days; a channel without a working day in this time is treated as working every day


class HasCalendar(Protocol):
    time_zone: str
    working_days: list[int] | None
    holidays: list[str] | None


def today_of(channel: HasCalendar, at: datetime) -> date:
    """The current date in a channel's time zone."""
    return at.astimezone(ZoneInfo(channel.time_zone)).date()


def working_day_after(channel: HasCalendar, start: date, days: int) -> date:
    """The date that is `days` working days of the channel after `start`."""
    week = frozenset(channel.working_days or MONDAY_TO_FRIDAY)
    holidays = frozenset(channel.holidays or ())
    day, idle = start, 0
    while days > 0:
        day += timedelta(days=1)
        works = day.weekday() in week and day.isoformat() not in holidays
        idle = 0 if works else idle + 1
        if works or idle > LONGEST_BREAK:
            days -= 1
    return day
