"""Days that people say: neither so long ago nor so far off that they must be a slip of the keyboard."""

from datetime import UTC, date, datetime, time, timedelta

from app.core import clock
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

FURTHEST = timedelta(days=3_660)  # ten years
YESTERDAY = timedelta(days=1)  # it is still yesterday somewhere


def last_day_anywhere(at: datetime) -> date:
    """The day that it is where it is latest: what is after it has begun nowhere."""
    return (at + timedelta(hours=14)).date()  # UTC+14, Kiribati


def checked_coming_day(day: date, *path: str) -> date:
    """A day on which something is to come or to happen.

    Raises:
        Invalid: it is over, or more than ten years off.
    """
    today = clock.today()
    if day < today - YESTERDAY:
        raise Invalid(
            "This day is over. Say a day that is still to come.", *path, code=ProblemCode.IN_THE_PAST
        )
    if day > today + FURTHEST:
        raise Invalid(
            "This is more than ten years off.",
            *path,
            code=ProblemCode.OUT_OF_RANGE,
            latest=datetime.combine(today + FURTHEST, time.min, UTC),
        )
    return day
