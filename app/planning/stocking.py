"""How much should be there: pure. Weeks and days are calendar ones, units are pieces."""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from app.planning.demand import Forecast

DAYS = 7


@dataclass(frozen=True, slots=True)
class LeadTime:
    """In how many days goods come, and by how much that differs: one standard deviation."""

    days: float
    deviation: float = 0.0


def safety_stock(forecast: Forecast, lead: LeadTime, service_level: float) -> float:
    """What is kept against demand and suppliers that are not as expected.

    z × √(L σ_d² + d² σ_L²), with demand a day d and its deviation σ_d, lead time L and its deviation σ_L,
    and z so that the goods last with the probability of the service level until the next ones come.
    Silver, Pyke & Thomas, *Inventory and Production Management in Supply Chains*, 4th ed., ch. 6.7; also
    King, "Crack the code", APICS magazine, July 2011. Demand of days is taken as independent, so the
    deviation of a week is √7 that of a day. Below a service level of a half nothing is kept.
    """
    z = max(0.0, NormalDist().inv_cdf(service_level))
    mean, variance = forecast.mean / DAYS, forecast.deviation**2 / DAYS
    return z * sqrt(lead.days * variance + mean**2 * lead.deviation**2)


@dataclass(frozen=True, slots=True)
class Policy:
    """When to order, and how many there should be then: (s, S), or min and max."""

    safety_stock: int
    reorder_point: int
    order_up_to: int


def policy(forecast: Forecast, lead: LeadTime, service_level: float, review_days: int) -> Policy:
    """At which position to order, and up to which.

    Somebody looks every `review_days`, so what is there must last through the lead time and until the next
    look: s = d (L + R) + safety stock over L + R, and S = s + d R, so that an order is for a review period
    at least. Periodic review (R, s, S), ibid. ch. 6.10. Rounded up to whole pieces.
    """
    exposed = LeadTime(lead.days + review_days, lead.deviation)
    a_day = forecast.mean / DAYS
    kept = safety_stock(forecast, exposed, service_level)
    point = a_day * exposed.days + kept
    return Policy(_up(kept), _up(point), _up(point + a_day * max(1, review_days)))


def _up(units: float) -> int:
    return ceil(units - 1e-9)


def days_of_cover(units: int, forecast: Forecast) -> float | None:
    """For how many days so many units last; None where none are asked for."""
    if forecast.mean <= 0:
        return None
    return max(0, units) / (forecast.mean / DAYS)


def order_quantity(position: int, wanted: Policy, *, pack: int = 1, least: int = 1) -> int:
    """How many to order: none above the reorder point, else up to the level, in whole packs.

    `position` is what is available and what is on order.
    """
    if position > wanted.reorder_point or wanted.order_up_to <= position:
        return 0
    units = max(wanted.order_up_to - position, least)
    return ceil(units / pack) * pack
