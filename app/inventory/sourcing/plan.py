"""The input and result of sourcing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.core.described import Described
from app.inventory.location_kinds import LocationKind
from app.inventory.sourcing.geography import Place
from app.inventory.sourcing.opening_hours import Hours


class Verdict(Described):
    """Decision of sourcing for a location."""

    CHOSEN = "chosen", "Ships a part of the order."
    NOT_SERVED = "not_served", "Does not ship to the destination."
    AT_CAPACITY = "at_capacity", "At its picking capacity for the day."
    CLOSED = "closed", "Not open within a year."
    NO_DROP_SHIP = "no_drop_ship", "The channel does not use drop shipping."
    NOT_NEEDED = "not_needed", "Supplier, used only if the company's own locations cannot ship everything."
    OWN_STOCK_SAVED = "own_stock_saved", "Suppliers can ship everything, and are preferred."
    NO_STOCK = "no_stock", "Has none of the items in stock."
    NOT_ENOUGH = "not_enough", "Cannot ship everything; a location that can was chosen."
    SMALL_PARCEL = "small_parcel", "Its part of the order is too small for a separate package."
    STOCK_MISSING = "stock_missing", "Was chosen, but its stock was missing; other locations replace it."
    LESS_PREFERRED = "less_preferred", "Other locations are preferred by the channel's strategy."
    NO_PLAN = "no_plan", "No plan within the channel's rules ships the order."


@dataclass(frozen=True, slots=True)
class Offer:
    """The units of one variant at one location."""

    level_id: UUID
    variant_id: UUID
    location_id: UUID
    available: int


@dataclass(frozen=True, slots=True)
class Site:
    """A location for sourcing. Costs are in minor units of the currency of stock valuation."""

    id: UUID
    code: str
    rank: int
    kind: LocationKind = LocationKind.WAREHOUSE
    place: Place | None = None
    countries: frozenset[str] | None = None  # None: all countries
    capacity_left: int | None = None  # orders that it can still pick on the day; None: no limit
    ships_on: date | None = None
    is_closed: bool = False
    parcel_cost_minor: int = 0
    unit_cost_minor: int = 0
    hours: Hours | None = None
    day: date = date.min  # the current date at the location


@dataclass(frozen=True, slots=True)
class Pick:
    """A quantity to be taken from one level."""

    level_id: UUID
    variant_id: UUID
    location_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """The decision for one location, and its measure: a lower `score` is better."""

    site: Site
    verdict: Verdict
    score: str
    units: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The picks, the shortages, and the decision for each location."""

    picks: list[Pick]
    short: Mapping[UUID, int] = field(
        default_factory=dict
    )  # available units of each variant that falls short
    candidates: Sequence[Candidate] = ()
    is_exact: bool = True  # False: the search was stopped, and a better plan may exist

    @property
    def ships_on(self) -> date | None:
        """The last ship date."""
        days = [each.site.ships_on for each in self.candidates if each.verdict is Verdict.CHOSEN]
        known = [day for day in days if day is not None]
        return max(known) if known else None
