"""Forecasts by statsmodels, which comes with the extra `forecast`.

It fits what `demand.smoothed` takes as given: how fast the guess follows, by least squares, and with two
years of weeks their yearly season as well. It takes some ten milliseconds for a SKU.
"""

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from math import sqrt

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.planning.demand import Forecast, smoothed

FEWEST_WEEKS = 8  # with sales, for a fit to mean something
YEAR = 52


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("statsmodels") is not None


def refuse_unless_installed(*path: str) -> None:
    """See that forecasts can be fitted.

    Raises:
        Invalid: the extra is not installed.
    """
    if not is_installed():
        raise Invalid(
            "This needs the extra: pip install 'ordergraph[forecast]'. Or use SMOOTHED.",
            *path,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


def fitted(weeks: Sequence[int]) -> Forecast:
    """Exponential smoothing with fitted parameters; with a yearly season where two years are known.

    Few weeks with sales are smoothed with what is given: there is nothing to fit.
    """
    if sum(1 for units in weeks if units) < FEWEST_WEEKS:
        return smoothed(weeks)
    from statsmodels.tsa.holtwinters import ExponentialSmoothing  # noqa: PLC0415  # an extra

    season = {"seasonal": "add", "seasonal_periods": YEAR} if len(weeks) >= 2 * YEAR else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it did not converge shows in its errors, which are used
        model = ExponentialSmoothing(
            [float(units) for units in weeks], initialization_method="estimated", **season
        )
        result = model.fit()
        ahead = max(0.0, float(result.forecast(1)[0]))
    return Forecast(ahead, sqrt(sum(float(error) ** 2 for error in result.resid) / len(weeks)))
