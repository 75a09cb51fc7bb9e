"""Demand that comes, as it came until now: weeks of units, the oldest first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

SMOOTHING = 0.2  # how much the last week counts; the back-test of docs/planning.md is made with it
FIRST_WEEKS = 4  # whose average is the first guess


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of a week, and by how much that was off: the root mean square of the errors."""

    mean: float
    deviation: float


def seasonal_naive(weeks: Sequence[int]) -> Forecast:
    """As last week: what a forecast must beat to be worth anything (Hyndman & Athanasopoulos, ch. 5.2).

    The season of a shop's days is the week, so of weeks it is the last one.
    """
    if not weeks:
        return Forecast(0.0, 0.0)
    return Forecast(float(weeks[-1]), _off(weeks[1:], weeks[:-1]))


def smoothed(weeks: Sequence[int], alpha: float = SMOOTHING) -> Forecast:
    """Simple exponential smoothing (Brown 1956): each week moves the guess by a part of its error.

    The deviation is that of the errors that it would have made, one week ahead: it is what safety stock is
    for, more than the deviation of demand itself (Silver, Pyke & Thomas, 4th ed., ch. 3.5 and 6).
    """
    if not weeks:
        return Forecast(0.0, 0.0)
    first = weeks[:FIRST_WEEKS]
    level = sum(first) / len(first)
    guesses = []
    for units in weeks:
        guesses.append(level)
        level += alpha * (units - level)
    return Forecast(level, _off(weeks, guesses))


def as_of(weeks: Sequence[int], alpha: float = SMOOTHING) -> list[Forecast]:
    """What `smoothed` would have said at the end of each week, in one go."""
    made: list[Forecast] = []
    for count in range(1, min(FIRST_WEEKS, len(weeks)) + 1):
        made.append(smoothed(weeks[:count], alpha))
    if len(weeks) <= FIRST_WEEKS:
        return made
    level, squares = made[-1].mean, made[-1].deviation ** 2 * FIRST_WEEKS
    for count, units in enumerate(weeks[FIRST_WEEKS:], start=FIRST_WEEKS + 1):
        squares += (units - level) ** 2
        level += alpha * (units - level)
        made.append(Forecast(level, sqrt(squares / count)))
    return made


def _off(weeks: Sequence[float], guesses: Sequence[float]) -> float:
    if not weeks:
        return 0.0
    return sqrt(sum((units - guess) ** 2 for units, guess in zip(weeks, guesses, strict=True)) / len(weeks))


def variation(weeks: Sequence[int]) -> float | None:
    """The coefficient of variation: deviation by mean; None where nothing was sold."""
    if not any(weeks):
        return None
    mean = sum(weeks) / len(weeks)
    return sqrt(sum((units - mean) ** 2 for units in weeks) / len(weeks)) / mean
