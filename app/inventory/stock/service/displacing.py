"""Giving promises back that cannot be kept, and those that give way to better ones.

The rule, for everything that takes units away (counts, what is lost, broken, expired or recalled, what
another system says): what nobody has in hand first, of that the lowest priority, then the youngest, and no
more units than are needed. What is in a tote stays with its order, unless these are the very units that are
gone. What is broken, recalled or gone can always be booked.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from app.core.database import delete_each, update_each
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.inventory.stock import queries
from app.inventory.stock.events import ReservationDisplaced
from app.inventory.stock.in_hand import units_in_hand
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.models import Reservation, StockLevel
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.promising import in_order_of_service


def weakest_first(reservations: Iterable[Reservation]) -> list[Reservation]:
    """The reservations in the order in which they give way."""
    return in_order_of_service(reservations)[::-1]


def enough(
    reservations: Sequence[Reservation], units: int, in_hand: Mapping[UUID, int] | None = None
) -> list[tuple[Reservation, int]]:
    """Which reservations give back how many, until so many units are free or none is left.

    `in_hand` are the units of each, by its id, that give way only when nothing else is left.
    """
    firm = in_hand or {}
    given: dict[UUID, int] = {}
    order = weakest_first(reservations)
    for most in ({row.id: row.quantity - firm.get(row.id, 0) for row in order}, firm):
        for row in order:
            taken = min(units, most.get(row.id, 0))
            if taken > 0:
                given[row.id] = given.get(row.id, 0) + taken
                units -= taken
    return [(row, given[row.id]) for row in order if row.id in given]


async def displace(
    uow: UnitOfWork,
    levels: Sequence[StockLevel],
    chosen: Sequence[tuple[Reservation, int]],
    reason: StockReason,
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
        await apply(uow, [by_id[row.level_id]], [move], Reference(row.claimant_kind, row.claimant_id))
        level = by_id[row.level_id]
        displaced_id = new_id()
        uow.is_new(displaced_id)
        uow.announce(
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
    await delete_each([row for row, units in chosen if units == row.quantity])
    left = [(row, units) for row, units in chosen if units < row.quantity]
    for row, units in left:
        row.quantity -= units
    await update_each([row for row, _ in left], "quantity")


async def make_room(
    uow: UnitOfWork, level: StockLevel, units: int, reason: StockReason, lots: Sequence[LotUnits] = ()
) -> None:
    """Free what is promised of a locked level, so that so many units can be taken from its shelf.

    `lots` are the units that are taken away, where that is known: whoever has just these in hand is as weak
    as if he had none.
    """
    units = min(units, level.on_hand - level.unavailable)  # more is refused by whoever takes them
    short = level.reserved + level.unavailable - (level.on_hand - units + level.backorder_limit)
    if short <= 0:
        return
    held = await queries.reservations_of_levels([level.id])
    in_hand = await units_in_hand({level.id: level}, held)
    if lots and any(in_hand.values()):
        await _without_lost(level, lots, in_hand)
    await displace(uow, [level], enough(held, short, in_hand), reason)


async def _without_lost(level: StockLevel, lots: Sequence[LotUnits], in_hand: dict[UUID, int]) -> None:
    """Take off what is in hand the units that are of lots of which nothing free is left to lose."""
    kept = await queries.allocations_of(in_hand)
    there = {row.lot_id: row.shelf for row in await queries.lot_levels_of([level.id], ())}
    for lot in lots:
        own = [row for row in kept if row.lot_id == lot.lot_id]
        lost = lot.quantity - (there.get(lot.lot_id, 0) - sum(row.quantity for row in own))
        for row in own if lost > 0 else ():
            in_hand[row.reservation_id] = max(0, in_hand[row.reservation_id] - row.quantity)
