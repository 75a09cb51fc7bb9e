"""How far the work on what is promised is, which those above this floor know.

The inventory asks when units are gone and some promise has to give way: what is in a tote, or was asked of a
supplier, gives way last.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from uuid import UUID

from app.inventory.stock.models import Reservation, StockLevel

Key = tuple[UUID, UUID, UUID]  # claimant, location, variant
Answer = Callable[[Collection[UUID]], Awaitable[dict[Key, int]]]

_answers: list[Answer] = []


def units_in_hand_are_found_by(answer: Answer) -> None:
    """Have a function asked how many units are in hand for some claimants, by location and variant."""
    _answers[:] = [answer]


async def units_in_hand(
    levels: Mapping[UUID, StockLevel], reservations: Iterable[Reservation]
) -> dict[UUID, int]:
    """How many units of each reservation of some levels are in hand, by its id; none is left out."""
    rows = list(reservations)
    claimants = {row.claimant_id for row in rows if row.expires_at is None}  # nobody works on a cart
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
