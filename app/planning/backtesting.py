"""Backtests of forecasts: pure functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt

from app.planning import margins
from app.planning.classing import AbcClass, abc
from app.planning.demand import Forecast, seasonal_naive, smoothed
from app.planning.fitting import fitted, is_installed

DAYS = 7
Method = Callable[[Sequence[int]], Forecast]

FEWEST_WEEKS = 8  # before the first forecast
FEWEST_TO_JUDGE = 500  # forecasts: with fewer, a low coverage may be chance


def methods() -> dict[str, Method]:
    """The forecast methods to compare: the fitted one if the extra is installed."""
    found: dict[str, Method] = {"seasonal naive": seasonal_naive, "smoothed": smoothed}
    return found | {"fitted": fitted} if is_installed() else found


def spread_over(series: Mapping[str, list[int]], most: int) -> list[list[int]]:
    """At most `most` series, evenly spread over all."""
    step = max(1, -(-len(series) // most))
    return [series[sku] for sku in sorted(series)[::step]]


def origins_of(series: Sequence[Sequence[int]], count: int, horizon_weeks: int) -> list[int]:
    """The days from which to forecast: the last one with known results, and earlier ones a horizon apart."""
    days = len(series[0]) if series else 0
    last = days - horizon_weeks * DAYS
    found = [last - i * horizon_weeks * DAYS for i in range(count)]
    return sorted(day for day in found if day >= FEWEST_WEEKS * DAYS)


@dataclass(slots=True)
class Errors:
    """The errors of a method over all SKUs and origins."""

    forecasts: int = 0
    actual: float = 0.0
    off_by_week: float = 0.0
    off_in_all: float = 0.0
    over: float = 0.0
    scaled: list[float] = field(default_factory=list)

    @property
    def rmsse(self) -> float:
        """The weekly error relative to that of repeating the last week, averaged over all: below 1 is better.

        Root mean squared scaled error (Hyndman & Koehler 2006).
        """
        return sum(self.scaled) / len(self.scaled) if self.scaled else 0.0

    @property
    def weekly(self) -> float:
        """WAPE of weeks: the sum of absolute errors divided by the sum of demand. 0 is perfect."""
        return self.off_by_week / self.actual if self.actual else 0.0

    @property
    def of_horizon(self) -> float:
        """WAPE of the whole horizon: the error of an order for it."""
        return self.off_in_all / self.actual if self.actual else 0.0

    @property
    def bias(self) -> float:
        """The mean error: positive if forecasts were too high."""
        return self.over / self.actual if self.actual else 0.0


def weeks_until(days: Sequence[int], end: int) -> list[int]:
    """The whole weeks of units before a day, oldest first; remaining days at the beginning are left out."""
    count = end // DAYS
    start = end - count * DAYS
    return [sum(days[start + i * DAYS : start + (i + 1) * DAYS]) for i in range(count)]


def backtest(
    series: Iterable[Sequence[int]], method: Method, origins: Sequence[int], horizon_weeks: int = 4
) -> Errors:
    """Forecast from each origin (a number of days) with the data until then, and compare with the actual
    demand.

    A series contains a SKU's units by day. SKUs without sales before an origin are left out there. WAPE is
    used because many weeks have no sales, so percentages are undefined (Hyndman & Koehler 2006).
    """
    errors = Errors()
    for days in series:
        for origin in origins:
            known = weeks_until(days, origin)
            if origin + horizon_weeks * DAYS > len(days) or not any(known):
                continue
            came = [sum(days[origin + i * DAYS : origin + (i + 1) * DAYS]) for i in range(horizon_weeks)]
            guess = method(known).mean
            errors.forecasts += 1
            errors.actual += sum(came)
            errors.off_by_week += sum(abs(guess - units) for units in came)
            errors.off_in_all += abs(guess * horizon_weeks - sum(came))
            errors.over += guess * horizon_weeks - sum(came)
            naive = [(after - before) ** 2 for before, after in pairwise(known)]
            if sum(naive):
                squared = sum((guess - units) ** 2 for units in came) / horizon_weeks
                errors.scaled.append(sqrt(squared * len(naive) / sum(naive)))
    return errors


@dataclass(slots=True)
class Coverage:
    """How often a margin was sufficient, and its cost."""

    forecasts: int = 0
    lasted: int = 0
    pinball: float = 0.0
    units: float = 0.0

    @property
    def coverage(self) -> float:
        """The share of times in which demand stayed within forecast and
        margin: the achieved service level.
        """
        return self.lasted / self.forecasts if self.forecasts else 0.0

    def add(self, limit: float, units: float, came: int, service_level: float) -> None:
        """Add a period with the upper limit `limit`, of which `units` are safety stock."""
        self.forecasts += 1
        self.lasted += came <= limit
        self.units += units
        self.pinball += max(service_level * (came - limit), (service_level - 1) * (came - limit))


Margins = dict[AbcClass | None, Coverage]  # by class; None: all


def coverage(
    series: Sequence[Sequence[int]], origins: Sequence[int], service_level: float, horizon_weeks: int = 4
) -> tuple[Margins, Margins]:
    """How often pooled and normal margins would have been sufficient, with the data until each origin.

    Classes are by units, because a file has no costs.
    """
    pooled: Margins = {each: Coverage() for each in (None, *AbcClass)}
    normal: Margins = {each: Coverage() for each in (None, *AbcClass)}
    for origin in origins:
        known = [weeks_until(days, origin) for days in series]
        classes = abc({index: sum(weeks) for index, weeks in enumerate(known)})
        pool = margins.pooled(known, horizon_weeks)
        for index, weeks in enumerate(known):
            if not any(weeks) or origin + horizon_weeks * DAYS > len(series[index]):
                continue
            forecast = smoothed(weeks)
            came = sum(series[index][origin : origin + horizon_weeks * DAYS])
            for kept, margin in (
                (pooled, pool.margin(forecast, service_level)),
                (normal, margins.normal(forecast, service_level)),
            ):
                units = margin.a_week * sqrt(horizon_weeks)
                for which in (None, classes[index]):
                    kept[which].add(forecast.mean * horizon_weeks + units, units, came, service_level)
    return pooled, normal
