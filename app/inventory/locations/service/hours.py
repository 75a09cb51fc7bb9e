"""Checks of the opening hours of a location."""

import zoneinfo
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache

from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.inventory.sourcing import Hours

MOST_HOLIDAYS = 1_000


@dataclass(slots=True)
class HoursData:
    """When a location is open. `week` says for each day that it opens, 0 for Monday, from when to when."""

    time_zone: str
    week: dict[int, tuple[time, time]]
    cut_off: time | None = None
    holidays: list[date] = field(default_factory=list)

    def hours(self) -> Hours:
        return Hours(self.time_zone, self.week, self.cut_off, frozenset(self.holidays))


def check_hours(hours: HoursData, problems: Problems) -> None:
    if hours.time_zone not in _time_zones():
        problems.add(
            "This is not an IANA time zone, such as Europe/Berlin.",
            "hours",
            "time_zone",
            code=ProblemCode.MALFORMED,
            given=hours.time_zone[:80],
        )
    if not hours.week:
        problems.add(
            "List the days on which the location is open.", "hours", "week", code=ProblemCode.REQUIRED
        )
    _check_week(hours, problems)
    _check_cut_off(hours, problems)
    if len(hours.holidays) > MOST_HOLIDAYS:
        problems.add(
            f"List at most {MOST_HOLIDAYS} holidays.",
            "hours",
            "holidays",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_HOLIDAYS,
        )


def _check_week(hours: HoursData, problems: Problems) -> None:
    for index, (day, (opens, closes)) in enumerate(sorted(hours.week.items())):
        if opens.tzinfo or closes.tzinfo:
            problems.add(
                "Enter times in the location's time zone, without an offset.",
                "hours",
                "week",
                str(index),
                code=ProblemCode.MALFORMED,
            )
        elif opens >= closes:
            problems.add(
                f"The closing time must be after the opening time (day {day + 1} of the week).",
                "hours",
                "week",
                str(index),
                "closes",
                code=ProblemCode.ENDS_BEFORE_START,
                field="opens",
            )


def _check_cut_off(hours: HoursData, problems: Problems) -> None:
    if hours.cut_off is None:
        return
    if hours.cut_off.tzinfo:
        problems.add(
            "Enter the time in the location's time zone, without an offset.",
            "hours",
            "cut_off",
            code=ProblemCode.MALFORMED,
        )
    elif any(not closes.tzinfo and hours.cut_off > closes for _, closes in hours.week.values()):
        problems.add(
            "The cut-off time must be before the closing time of every day.",
            "hours",
            "cut_off",
            code=ProblemCode.CONTRADICTION,
            field="week",
        )


_time_zones = cache(zoneinfo.available_timezones)
