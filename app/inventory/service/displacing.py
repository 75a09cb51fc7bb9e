"""Giving promises back that cannot be kept, and those that give way to better ones.

The rule, everywhere: the lowest priority first, then the youngest, and no more units than are needed.
"""

from collections.abc import Iterable, Sequence

from app.core.database import update_each
from app.core.ids import new_id
from app.core.work import Work
from app.inventory import queries
from app.inventory.events import ReservationDisplaced
from app.inventory.lifecycle import StockBucket, StockReason
from app.inventory.models import Reservation, StockLevel
from app.inventory.service.ledger import Move, Reference, apply
from app.inventory.service.promising import in_order_of_service


def weakest_first(reservations: Iterable[Reservation]) -> list[Reservation]:
    """The reservations in the order in which they give way."""
    return in_order_of_service(reservations)[::-1]


def enough(reservations: Sequence[Reservation], units: int) -> list[tuple[Reservation, int]]:
    """Which reservations give back how many, until so many units are free or none is left."""
    chosen = []
    for row in weakest_first(reservations):
        if units <= 0:
            break
        given = min(units, row.quantity)
        chosen.append((row, given))
        units -= given
    return chosen


async def give_way(
    work: Work, levels: Sequence[StockLevel], chosen: Sequence[tuple[Reservation, int]], reason: StockReason
) -> int:
    """Take units from reservations of locked levels, and tell whoever had them; returns how many units.

    Whoever listens to `ReservationDisplaced` finds other stock for the claimant, or tells it.
    """
    if not chosen:
        return 0
    by_id = {level.id: level for level in levels}
    await lower(chosen)
    for row, units in chosen:
        move = Move(row.level_id, StockBucket.RESERVED, StockBucket.AVAILABLE, units, StockReason.RELEASE)
        await apply(work, [by_id[row.level_id]], [move], Reference(row.claimant_kind, row.claimant_id))
        level = by_id[row.level_id]
        displaced_id = new_id()
        work.born(displaced_id)
        work.announce(
            ReservationDisplaced(
                subject_id=displaced_id,
                claimant_kind=row.claimant_kind,
                claimant_id=row.claimant_id,
                variant_id=level.variant_id,
                location_id=level.location_id,
                units=units,
                reason=reason.value,
            )
        )
    return sum(units for _, units in chosen)


async def lower(chosen: Sequence[tuple[Reservation, int]]) -> None:
    """Take units from reservations; what is left with none goes."""
    await queries.drop_reservations(row.id for row, units in chosen if units == row.quantity)
    left = [(row, units) for row, units in chosen if units < row.quantity]
    for row, units in left:
        row.quantity -= units
    await update_each([row for row, _ in left], "quantity")


async def make_room(work: Work, level: StockLevel, units: int, reason: StockReason) -> None:
    """Free what is promised of a locked level, so that so many units can be taken from its shelf."""
    short = level.reserved + level.unavailable - (level.on_hand - units + level.backorder_limit)
    if short > 0:
        held = await queries.reservations_of_levels([level.id])
        await give_way(work, [level], enough(held, short), reason)
