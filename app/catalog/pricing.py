"""Chooses the price that applies."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import inf
from typing import NamedTuple
from uuid import UUID


class Candidate(NamedTuple):
    """A price in the lists of a channel."""

    variant_id: object
    amount_minor: int
    min_quantity: int
    starts_at: datetime | None
    ends_at: datetime | None
    priority: int


class Offered(NamedTuple):
    """A variant for sale, with what an order line needs."""

    variant_id: UUID
    sku: str
    name: str
    tracks_stock: bool
    product_name: str
    tax_class: str
    is_bundle: bool
    prices: list[Candidate]
    barred_countries: frozenset[str] = frozenset()  # ISO codes of countries to which it must not be sent
    minimum_age: int | None = None  # in years
    is_gift_card: bool = False  # it is not shipped, and sold without tax


def period_of(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """The time of validity of a price as text; empty for a price that is always valid."""
    if starts_at is None and ends_at is None:
        return ""
    return "/".join(_spelled(moment) for moment in (starts_at, ends_at))


def _spelled(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment else ".."


def choose(candidates: Iterable[Candidate], quantity: int, at: datetime) -> Candidate | None:
    """The unit price for a quantity at a time; None if the variant is not for sale.

    The list with the highest priority is used; within it, the largest quantity break that is reached; a price
    with a time of validity takes precedence over one without. Of two overlapping prices, the one that started
    last is used, then the one that ends first, then the lower one.
    """
    in_force = [
        price
        for price in candidates
        if price.min_quantity <= quantity
        and (price.starts_at is None or price.starts_at <= at)
        and (price.ends_at is None or at < price.ends_at)
    ]
    if len(in_force) == 1:
        return in_force[0]
    return max(in_force, key=_rank, default=None)


def _rank(price: Candidate) -> tuple[int, int, bool, float, float, int]:
    return (
        price.priority,
        price.min_quantity,
        price.starts_at is not None or price.ends_at is not None,
        price.starts_at.timestamp() if price.starts_at else -inf,
        -(price.ends_at.timestamp() if price.ends_at else inf),
        -price.amount_minor,
    )
