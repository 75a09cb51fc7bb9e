"""Forecasts by statsmodels, from the optional extra `forecast`.

It fits the parameters that `demand.smoothed` takes as given: the smoothing factor, by least squares, and the
yearly season if there are two years of data. It takes about ten milliseconds per SKU.
"""

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from math import sqrt

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.planning.demand import Forecast, smoothed

FEWEST_WEEKS = 8  # with sales, for a meaningful fit
YEAR = 52


def is_installed() -> bool:
    """Whether the extra is installed."""
    return find_spec("statsmodels") is not None


def refuse_unless_installed(*path: str) -> None:
    """Check that forecasts can be fitted.

    Raises:
        Invalid: the extra is not installed.
    """
    if not is_installed():
        raise Invalid(
            (
                "This method needs an optional dependency: pip install 'ordergraph[forecast]'. "
                "Otherwise use SMOOTHED."
            ),
            *path,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


def fitted(weeks: Sequence[int]) -> Forecast:
    """Exponential smoothing with fitted parameters, and a yearly season if there are two years of data.

    With few weeks of sales the fixed parameters are used.
    """
    if sum(1 for units in weeks if units) < FEWEST_WEEKS:
        return smoothed(weeks)
    from statsmodels.tsa.holtwinters import ExponentialSmoothing  # noqa: PLC0415  # an extra

    season = {"seasonal": "add", "seasonal_periods": YEAR} if len(weeks) >= 2 * YEAR else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that did not converge has larger errors, which are used
        model = ExponentialSmoothing(
            [float(units) for units in weeks], initialization_method="estimated", **season
        )
        result = model.fit()
        ahead = max(0.0, float(result.forecast(1)[0]))
    return Forecast(ahead, sqrt(sum(float(error) ** 2 for error in result.resid) / len(weeks)))
