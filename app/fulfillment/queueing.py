"""The order of a location's work queue: pure functions."""

from datetime import date

HIGHEST_PRIORITY = 9
_DAYS = 4_000_000  # larger than the ordinal of any date


def urgency(priority: int, ships_on: date) -> int:
    """The sort key of the queue: highest priority first, then earliest ship date."""
    return (HIGHEST_PRIORITY - priority) * _DAYS + ships_on.toordinal()
