"""The progress of work on reservations, which higher layers know.

When units are lost and a reservation must be displaced, units that are picked or were requested from a
supplier are displaced last.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from uuid import UUID

from app.inventory.stock.models import Reservation, StockLevel

Key = tuple[UUID, UUID, UUID]  # claimant, location, variant
Answer = Callable[[Collection[UUID]], Awaitable[dict[Key, int]]]

_answers: list[Answer] = []


def set_units_in_hand(answer: Answer) -> None:
    """Set the function that returns the units in hand of claimants, by location and variant."""
    _answers[:] = [answer]


async def units_in_hand(
    levels: Mapping[UUID, StockLevel], reservations: Iterable[Reservation]
) -> dict[UUID, int]:
    """The units in hand of each reservation of some levels, by its id; no reservation is left out."""
    rows = list(reservations)
    claimants = {row.claimant_id for row in rows if row.expires_at is None}  # carts are never picked
    known: dict[Key, int] = {}
    for answer in _answers if claimants else ():
        known |= await answer(claimants)
    found = {}
    for row in rows:
        level = levels[row.level_id]
        key = (row.claimant_id, level.location_id, level.variant_id)
        found[row.id] = min(row.quantity, known.get(key, 0))
        if found[row.id]:
            known[key] -= found[row.id]
    return found
