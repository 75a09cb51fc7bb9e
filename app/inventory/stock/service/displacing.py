"""Displacing reservations that cannot be served, or that have a lower priority than others.

The rule for everything that removes units (counts, losses, damage, expiry, recalls, other systems): units
that are not in hand first, of these the lowest priority, then the latest reservation, and no more units than
needed. Picked units stay with their order, unless exactly these units are removed. Losses, damage and recalls
can always be recorded.
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


def displacement_order(reservations: Iterable[Reservation]) -> list[Reservation]:
    """The reservations in the order in which they are displaced."""
    return in_order_of_service(reservations)[::-1]


def enough(
    reservations: Sequence[Reservation], units: int, in_hand: Mapping[UUID, int] | None = None
) -> list[tuple[Reservation, int]]:
    """The units to take from each reservation, until enough are free or none is left.

    `in_hand` are the units of each reservation, by its id, that are displaced last.
    """
    firm = in_hand or {}
    given: dict[UUID, int] = {}
    order = displacement_order(reservations)
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
    """Take units from reservations of locked levels and record the events; return the number of units.

    The listener of `ReservationDisplaced` finds other stock for the claimant, or notifies it.
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
    """Take units from reservations; delete empty ones."""
    await delete_each([row for row, units in chosen if units == row.quantity])
    left = [(row, units) for row, units in chosen if units < row.quantity]
    for row, units in left:
        row.quantity -= units
    await update_each([row for row, _ in left], "quantity")


async def make_room(
    uow: UnitOfWork, level: StockLevel, units: int, reason: StockReason, lots: Sequence[LotUnits] = ()
) -> None:
    """Free reserved units of a locked level, so that units can be removed from its stock.

    `lots` are the removed units, if known: in-hand units of these lots count as not in hand.
    """
    units = min(units, level.on_hand - level.unavailable)  # more is refused by the removing command
    short = level.reserved + level.unavailable - (level.on_hand - units + level.backorder_limit)
    if short <= 0:
        return
    held = await queries.reservations_of_levels([level.id])
    in_hand = await units_in_hand({level.id: level}, held)
    if lots and any(in_hand.values()):
        await _without_lost(level, lots, in_hand)
    await displace(uow, [level], enough(held, short, in_hand), reason)


async def _without_lost(level: StockLevel, lots: Sequence[LotUnits], in_hand: dict[UUID, int]) -> None:
    """Subtract in-hand units of lots of which no free units are left."""
    kept = await queries.allocations_of(in_hand)
    there = {row.lot_id: row.shelf for row in await queries.lot_levels_of([level.id], ())}
    for lot in lots:
        own = [row for row in kept if row.lot_id == lot.lot_id]
        lost = lot.quantity - (there.get(lot.lot_id, 0) - sum(row.quantity for row in own))
        for row in own if lost > 0 else ():
            in_hand[row.reservation_id] = max(0, in_hand[row.reservation_id] - row.quantity)
