"""In which order the work of a location is done: pure."""

from datetime import date

HIGHEST_PRIORITY = 9
_DAYS = 4_000_000  # more than the ordinal of any date


def urgency(priority: int, ships_on: date) -> int:
    """A number that sorts work: the highest priority first, then the day on which it is to leave."""
    return (HIGHEST_PRIORITY - priority) * _DAYS + ships_on.toordinal()
