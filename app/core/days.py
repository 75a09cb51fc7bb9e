"""Validation of entered dates: rejects dates too far in the past or future to be intended."""

from datetime import UTC, date, datetime, time, timedelta

from app.core import clock
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

FURTHEST = timedelta(days=3_660)  # ten years
YESTERDAY = timedelta(days=1)  # in some time zone it is still yesterday


def last_day_anywhere(at: datetime) -> date:
    """The date in the time zone that is furthest ahead; later dates have begun nowhere."""
    return (at + timedelta(hours=14)).date()  # UTC+14, Kiribati


def checked_coming_day(day: date, *path: str) -> date:
    """Validate an expected date.

    Raises:
        Invalid: it has passed, or is more than ten years ahead.
    """
    today = clock.today()
    if day < today - YESTERDAY:
        raise Invalid(
            "The date is in the past. Enter today or a later date.", *path, code=ProblemCode.IN_THE_PAST
        )
    if day > today + FURTHEST:
        raise Invalid(
            "The date must not be more than ten years from now.",
            *path,
            code=ProblemCode.OUT_OF_RANGE,
            latest=datetime.combine(today + FURTHEST, time.min, UTC),
        )
    return day
