"""By how much demand of some weeks may be above its forecast: pure.

Demand of shops is lumpy, and its errors are no bell curve: on a real shop's data (docs/planning.md) what the
normal distribution says lasts with 95 % lasted 88 times of 100. So the errors that forecasts would have made
until now are pooled over SKUs, each by its own scale, and the margin is the quantile that so many of them
stayed below. That is split conformal prediction: it keeps its promise whatever the distribution, as long as
the weeks to come are like the weeks that were (Lei, G'Sell, Rinaldo, Tibshirani & Wasserman,
"Distribution-Free Predictive Inference for Regression", JASA 113, 2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt
from statistics import NormalDist

from app.core.described import Described
from app.planning.demand import Forecast, as_of

FEWEST_SKUS = 20  # with errors, for a pool to mean something
FEWEST_ERRORS = 200
FEWEST_WEEKS = 8  # that must be known before an error counts
MOST_SERIES = 2_000  # of which errors are pooled: more say nothing new


class MarginBasis(Described):
    """Source of the forecast errors that safety stock is calculated from."""

    POOLED = "pooled", "Past forecast errors of all SKUs, each scaled by SKU and pooled."
    NORMAL = (
        "normal",
        (
            "Forecast errors of the SKU itself, assumed to be normally distributed; used when there are too "
            "few SKUs or weeks of history."
        ),
    )


@dataclass(frozen=True, slots=True)
class Margin:
    """How many units above its forecast the demand of one week may be; of n weeks, √n as many."""

    a_week: float
    z: float  # how many standard deviations of a lead time are allowed for
    basis: MarginBasis = MarginBasis.NORMAL


def normal(forecast: Forecast, service_level: float) -> Margin:
    """The margin if errors are normally distributed. Below a service level of a half there is none."""
    z = max(0.0, NormalDist().inv_cdf(service_level))
    return Margin(z * forecast.deviation, z)


def scale(forecast: Forecast) -> float:
    """By what errors of SKUs are made alike: √(σ √d), with σ and d of a week and at least one unit each.

    Halfway between a SKU's own error and the root of its demand, which is the error of buyers who come one
    by one. Its own error alone makes too much of the one lump that it may have had, and too little of SKUs
    that had none yet.
    """
    return sqrt(max(1.0, forecast.deviation) * sqrt(max(1.0, forecast.mean)))


@dataclass(slots=True)
class Pool:
    """The errors of past forecasts over a number of weeks, all SKUs together, the smallest first."""

    weeks: int
    skus: int = 0
    errors: list[float] = field(default_factory=list)

    def margin(self, forecast: Forecast, service_level: float) -> Margin:
        """The margin of a SKU: of the pool, or the normal one where that says too little.

        The quantile is the ⌈(n + 1) p⌉th error of n. A service level for which there are too few errors has
        at least the largest of them.
        """
        own = normal(forecast, service_level)
        if self.skus < FEWEST_SKUS or len(self.errors) < FEWEST_ERRORS or forecast.mean <= 0:
            return own
        place = ceil((len(self.errors) + 1) * service_level)
        units = max(0.0, self.errors[min(place, len(self.errors)) - 1]) * scale(forecast)
        if place > len(self.errors):
            units = max(units, own.a_week)
        return Margin(units, own.z, MarginBasis.POOLED)


class Pools:
    """The pools of the same series over different times, each made when it is first asked for."""

    def __init__(self, series: Sequence[Sequence[int]]) -> None:
        self._series = series
        self._by_weeks: dict[int, Pool] = {}

    def of_days(self, days: float) -> Pool:
        """The pool over the weeks that are nearest to so many days."""
        weeks = max(1, round(days / 7))
        if weeks not in self._by_weeks:
            self._by_weeks[weeks] = pooled(self._series, weeks)
        return self._by_weeks[weeks]


def pooled(series: Sequence[Sequence[int]], weeks: int) -> Pool:
    """The errors over so many weeks, as forecasts from each week on would have made them.

    Of series that are too short for so many weeks, the longest for which there are enough errors.
    """
    step = max(1, -(-len(series) // MOST_SERIES))
    chosen = [known for known in series[::step] if any(known)]
    for ahead in range(max(1, weeks), 0, -1):
        longest = [known for known in chosen if len(known) >= FEWEST_WEEKS + ahead]
        if ahead == 1 or sum(len(known) - FEWEST_WEEKS - ahead + 1 for known in longest) >= FEWEST_ERRORS:
            return _pooled(longest, ahead)
    raise AssertionError("unreachable")


def _pooled(series: Sequence[Sequence[int]], weeks: int) -> Pool:
    pool, errors = Pool(weeks), []
    for known in series:
        forecasts = as_of(known)
        own = [
            (sum(known[end : end + weeks]) - weeks * made.mean) / (scale(made) * sqrt(weeks))
            for end, made in enumerate(forecasts[: len(known) - weeks], start=1)
            if end >= FEWEST_WEEKS and made.mean > 0
        ]
        pool.skus += bool(own)
        errors += own
    pool.errors = sorted(errors)
    return pool
