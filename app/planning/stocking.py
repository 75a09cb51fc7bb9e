"""Safety stock and order quantities: pure functions. Weeks and days are calendar ones, units are pieces."""

from dataclasses import dataclass
from math import ceil, sqrt

from app.planning.demand import Forecast
from app.planning.margins import Margin

DAYS = 7


@dataclass(frozen=True, slots=True)
class LeadTime:
    """The lead time in days, and its standard deviation."""

    days: float
    deviation: float = 0.0


def safety_stock(forecast: Forecast, lead: LeadTime, margin: Margin) -> float:
    """Safety stock against variation of demand and lead time.

    √(m² L ÷ 7 + z² d² σ_L²), with m the margin of a week, demand a day d, and lead time L in days and its
    deviation σ_L. With the normal margin m = z σ this is z × √(L σ_d² + d² σ_L²): Silver, Pyke & Thomas,
    *Inventory and Production Management in Supply Chains*, 4th ed., ch. 6.7; also King, "Crack the code",
    APICS magazine, July 2011. Demand of days is taken as independent, so the error of n weeks is √n that of
    one.
    """
    a_day = forecast.mean / DAYS
    return sqrt(margin.a_week**2 * lead.days / DAYS + (margin.z * a_day * lead.deviation) ** 2)


@dataclass(frozen=True, slots=True)
class Policy:
    """The reorder point and the order-up-to level: (s, S), or min and max."""

    safety_stock: int
    reorder_point: int
    order_up_to: int


def policy(forecast: Forecast, lead: LeadTime, margin: Margin, review_days: int) -> Policy:
    """The position at which to order, and the level to order up to.

    Stock is reviewed every `review_days`, so it must last through the lead time and until the next review: s
    = d (L + R) + safety stock over L + R, and S = s + d R, so that an order covers at least a review period.
    Periodic review (R, s, S), ibid. ch. 6.10. Rounded up to whole pieces.
    """
    exposed = LeadTime(lead.days + review_days, lead.deviation)
    a_day = forecast.mean / DAYS
    kept = safety_stock(forecast, exposed, margin)
    point = a_day * exposed.days + kept
    return Policy(_up(kept), _up(point), _up(point + a_day * max(1, review_days)))


def _up(units: float) -> int:
    return ceil(units - 1e-9)


def days_of_cover(units: int, forecast: Forecast) -> float | None:
    """For how many days the units last; None without demand."""
    if forecast.mean <= 0:
        return None
    return max(0, units) / (forecast.mean / DAYS)


def order_quantity(position: int, wanted: Policy, *, pack: int = 1, least: int = 1) -> int:
    """The quantity to order: none above the reorder point, else up to the order-up-to level, in whole packs.

    `position` is what is available and on order.
    """
    if position > wanted.reorder_point or wanted.order_up_to <= position:
        return 0
    units = max(wanted.order_up_to - position, least)
    return ceil(units / pack) * pack
