"""When a location ships an order.

The only module that reads and writes the format of the locations' column `hours`:

    {"time_zone": "Europe/Berlin", "week": {"0": ["08:00", "18:00"]}, "cut_off": "15:00" or null,
     "holidays": ["2026-01-01"]}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LONGEST_CLOSURE = 370  # days; a location that is closed for longer ships nothing


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours of a location, in its own time zone.

    `week` has an entry for each open weekday, 0 for Monday. An order that arrives before `cut_off` on an open
    day ships on that day; without a cut-off, the closing time counts.
    """

    time_zone: str = "UTC"
    week: dict[int, tuple[time, time]] = field(default_factory=dict)
    cut_off: time | None = None
    holidays: frozenset[date] = frozenset()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "Hours | None":
        """The hours in a column; None for a location without."""
        if not stored:
            return None
        return cls(
            time_zone=stored["time_zone"],
            week={
                int(day): (time.fromisoformat(opens), time.fromisoformat(closes))
                for day, (opens, closes) in stored["week"].items()
            },
            cut_off=time.fromisoformat(stored["cut_off"]) if stored.get("cut_off") else None,
            holidays=frozenset(date.fromisoformat(day) for day in stored["holidays"]),
        )

    def to_json(self) -> dict[str, Any]:
        """As stored in the column, with minute precision."""
        return {
            "time_zone": self.time_zone,
            "week": {
                str(day): [opens.isoformat("minutes"), closes.isoformat("minutes")]
                for day, (opens, closes) in self.week.items()
            },
            "cut_off": self.cut_off.isoformat("minutes") if self.cut_off else None,
            "holidays": sorted(day.isoformat() for day in self.holidays),
        }


def zone_of(stored: Mapping[str, Any] | None) -> str | None:
    """The time zone of stored hours, which is needed more often than all of them."""
    zone: str | None = (stored or {}).get("time_zone")
    return zone


def next_open_day(hours: Hours | None, day: date) -> date | None:
    """The first open day after another; None: none within a year."""
    for days in range(1, LONGEST_CLOSURE):
        later = day + timedelta(days=days)
        if hours is None or (
            (not hours.week or later.weekday() in hours.week) and later not in hours.holidays
        ):
            return later
    return None


def ready_at(hours: Hours | None, begin: datetime, minutes: int) -> datetime | None:
    """When work of some minutes that begins at a time is done, if it is done within the opening hours.

    A location without hours works at all times. None: it does not open long enough within a year.
    """
    if hours is None:
        return begin + timedelta(minutes=minutes)
    local = begin.astimezone(ZoneInfo(hours.time_zone))
    left = timedelta(minutes=minutes)
    for days in range(LONGEST_CLOSURE):
        day = local.date() + timedelta(days=days)
        opens = hours.week.get(day.weekday()) if hours.week else (time.min, time.max)
        if opens is None or day in hours.holidays:
            continue
        # Elapsed time is counted in UTC: an hour is an hour on the days on which clocks are changed.
        first, last = (datetime.combine(day, at, local.tzinfo).astimezone(UTC) for at in opens)
        start = max(first, begin.astimezone(UTC))
        if start >= last:
            continue
        if last - start >= left:
            return start + left
        left -= last - start
    return None


def ships_on(hours: Hours | None, at: datetime, zone: str = "UTC") -> date | None:
    """The day on which a location ships an order of the time `at`.

    A location without hours ships every day, in the time zone `zone`. None: it does not open within a year.
    """
    if hours is None:
        return at.astimezone(ZoneInfo(zone)).date()
    local = at.astimezone(ZoneInfo(hours.time_zone))
    for days in range(LONGEST_CLOSURE):
        day = local.date() + timedelta(days=days)
        opens = hours.week.get(day.weekday()) if hours.week else (time.min, time.max)
        if opens is None or day in hours.holidays:
            continue
        if days or local.time() < (hours.cut_off or opens[1]):
            return day
    return None
