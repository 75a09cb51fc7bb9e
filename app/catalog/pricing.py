"""Which of the prices that could apply does."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import inf
from typing import NamedTuple
from uuid import UUID


class Candidate(NamedTuple):
    """A price as it stands in the lists of a channel."""

    variant_id: object
    amount_minor: int
    min_quantity: int
    starts_at: datetime | None
    ends_at: datetime | None
    priority: int


class Offered(NamedTuple):
    """A variant that is sold, as an order's line needs to know it."""

    variant_id: UUID
    sku: str
    name: str
    tracks_stock: bool
    product_name: str
    tax_class: str
    is_bundle: bool
    prices: list[Candidate]
    barred_countries: frozenset[str] = frozenset()  # ISO codes where it must not be sent
    minimum_age: int | None = None  # years


def period_of(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """The time that a price is for, in one spelling: empty for one that is good always."""
    if starts_at is None and ends_at is None:
        return ""
    return "/".join(_spelled(moment) for moment in (starts_at, ends_at))


def _spelled(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment else ".."


def choose(candidates: Iterable[Candidate], quantity: int, at: datetime) -> Candidate | None:
    """The price of a unit when `quantity` are bought at a moment, or None when it is not for sale.

    The list of the highest priority decides; within it the largest quantity step that is reached; a
    price for a time beats one without. Of two whose times overlap, the one that started last decides, then
    the one that ends first, then the lower.
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
