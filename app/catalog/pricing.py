"""Which of the prices that could apply does."""

from collections.abc import Iterable
from datetime import datetime
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


def choose(candidates: Iterable[Candidate], quantity: int, at: datetime) -> Candidate | None:
    """The price of a unit when `quantity` are bought at a moment, or None when it is not for sale.

    The list of the highest priority decides; within it the largest quantity step that is reached; a
    price for a time beats one without.
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


def _rank(price: Candidate) -> tuple[int, int, bool]:
    return price.priority, price.min_quantity, price.starts_at is not None or price.ends_at is not None
