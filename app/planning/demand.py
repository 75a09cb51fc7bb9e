"""Demand forecasts from weekly units, oldest week first. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

SMOOTHING = 0.2  # weight of the last week; the backtest in docs/planning.md uses it
FIRST_WEEKS = 4  # weeks whose average is the initial forecast


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected demand of a week, and the root mean square of past errors."""

    mean: float
    deviation: float


def seasonal_naive(weeks: Sequence[int]) -> Forecast:
    """The last week: the baseline that a forecast must beat (Hyndman & Athanasopoulos, ch. 5.2).

    The season of daily sales is the week, so with weeks it is the last one.
    """
    if not weeks:
        return Forecast(0.0, 0.0)
    return Forecast(float(weeks[-1]), _off(weeks[1:], weeks[:-1]))


def smoothed(weeks: Sequence[int], alpha: float = SMOOTHING) -> Forecast:
    """Simple exponential smoothing (Brown 1956): each week adjusts the forecast by a part of its error.

    The deviation is that of one-week-ahead errors, which safety stock is for, rather than the deviation of
    demand itself (Silver, Pyke & Thomas, 4th ed., ch. 3.5 and 6).
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
    """The result of `smoothed` at the end of each week, in one pass."""
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
    """The coefficient of variation: deviation divided by mean; None without sales."""
    if not any(weeks):
        return None
    mean = sum(weeks) / len(weeks)
    return sqrt(sum((units - mean) ** 2 for units in weeks) / len(weeks)) / mean
