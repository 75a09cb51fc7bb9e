"""Which lots leave for a reservation, and which parts of a quantity they make up."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from app.core.uow import UnitOfWork
from app.inventory.stock import queries
from app.inventory.stock.lot_allocation import (
    LotUnits,
    Shelf,
    first_expired_first,
    is_expired,
    take,
)
from app.inventory.stock.models import Reservation, StockLevel
from app.inventory.stock.service.local_days import local_days


async def leaving_for(
    uow: UnitOfWork,
    levels: Mapping[UUID, StockLevel],
    chosen: Sequence[tuple[Reservation, int]],
    named: Mapping[UUID, tuple[LotUnits, ...]],
) -> dict[UUID, tuple[LotUnits, ...]]:
    """The lots that leave for units of reservations, by reservation.

    Those `named` for a reservation first, then its allocation, then, if the allocated lots were just
    reallocated or picked, any saleable lots of the level, first expired first.
    """
    rows = await queries.allocations_of(row.id for row, _ in chosen)
    shelves = await _shelves({row.level_id for row, _ in chosen})
    days = await local_days([levels[id] for id in shelves], uow.at)
    expiry = {shelf.lot_id: shelf.expires_on for own in shelves.values() for shelf in own.values()}
    found: dict[UUID, dict[UUID, int]] = {}
    for reservation, _ in chosen:
        found[reservation.id] = {}
        for lot in named.get(reservation.id, ()):
            _take_from(shelves[reservation.level_id], found[reservation.id], lot, always=True)
    for reservation, units in chosen:
        own = [row for row in rows if row.reservation_id == reservation.id]
        kept = [Shelf(row.lot_id, row.quantity, expiry.get(row.lot_id)) for row in own]
        _fill(shelves[reservation.level_id], found[reservation.id], kept, units)
    for reservation, units in chosen:
        there = shelves[reservation.level_id]
        today = days[reservation.level_id]
        good = [each for each in there.values() if not is_expired(each.expires_on, today)]
        _fill(there, found[reservation.id], good, units)
    return {id: tuple(LotUnits(lot, n) for lot, n in lots.items()) for id, lots in found.items()}


async def _shelves(level_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, Shelf]]:
    """The saleable units of each lot of some levels, allocated or not."""
    ids = list(level_ids)
    found: dict[UUID, dict[UUID, Shelf]] = {id: {} for id in ids}
    for row in await queries.lot_levels_of(ids, ()):
        found[row.level_id][row.lot_id] = Shelf(row.lot_id, row.shelf, row.expires_on)
    return found


def _fill(there: dict[UUID, Shelf], lots: dict[UUID, int], of: Sequence[Shelf], units: int) -> None:
    for shelf in first_expired_first(of):
        left = min(units - sum(lots.values()), shelf.quantity)
        if left > 0:
            _take_from(there, lots, LotUnits(shelf.lot_id, left))


def _take_from(
    there: dict[UUID, Shelf], lots: dict[UUID, int], lot: LotUnits, *, always: bool = False
) -> None:
    """Take units of a lot from the stock: as many as there are, or with `always` all, to be refused later."""
    shelf = there.get(lot.lot_id)
    on_shelf = shelf.quantity if shelf else 0
    units = lot.quantity if always else min(lot.quantity, on_shelf)
    if units:
        lots[lot.lot_id] = lots.get(lot.lot_id, 0) + units
        if shelf:
            there[lot.lot_id] = Shelf(lot.lot_id, max(0, on_shelf - units), shelf.expires_on)


def split(lots: Sequence[Shelf], *sizes: int) -> list[tuple[LotUnits, ...]]:
    """Lots distributed over several quantities, in the order of use."""
    left = {shelf.lot_id: shelf for shelf in first_expired_first(lots)}
    parts = []
    for size in sizes:
        taken = take(left.values(), size)
        for lot_id, units in taken:
            shelf = left[lot_id]
            left[lot_id] = Shelf(lot_id, shelf.quantity - units, shelf.expires_on)
        parts.append(tuple(taken))
    return parts
