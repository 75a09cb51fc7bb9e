"""Shipping units to buyers, and taking back returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.uow import UnitOfWork, command
from app.inventory.locations.models import Location
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import ClaimantKind, StockBucket, StockReason
from app.inventory.stock.lot_allocation import LotUnits, Shelf
from app.inventory.stock.models import Reservation, StockLevel
from app.inventory.stock.refusals import InsufficientStock, Shortage
from app.inventory.stock.service.displacing import lower
from app.inventory.stock.service.expiring import set_expired_aside
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.levels import checked_quantity, locked_levels, stocked_variant
from app.inventory.stock.service.lot_numbers import LotData, known_lots
from app.inventory.stock.service.lot_selection import leaving_for, split
from app.inventory.stock.service.valuing import Drawn


@command
async def ship(
    uow: UnitOfWork,
    *,
    claimant: UUID,
    quantities: Mapping[UUID, int] | None = None,
    location_id: UUID | None = None,
    claimant_kind: ClaimantKind = ClaimantKind.ORDER,
    picked: Mapping[str, Sequence[LotData]] | None = None,
    leaves_with: UUID | None = None,
) -> "list[IssuedUnits]":
    """Ship reserved units of a claimant: all, or the given units of each variant, from one location or all.

    `picked` are the picked lots of a SKU; for the rest, the allocated ones leave. `leaves_with` is the part
    of the claimant's units, such as a fulfillment order: returns of it have its cost. Returns what left, with
    its lots. The cost moves from the asset account to the cost of sales.

    Raises:
        InsufficientStock: less is reserved or in stock than is to be shipped.
        Invalid: lots were picked that are not there.
    """
    reference = Reference(claimant_kind.value, claimant, leaves_with=leaves_with)
    return await issue(uow, reference, StockReason.SALE, quantities, location_id, picked, names_all=False)


@dataclass(frozen=True, slots=True)
class IssuedUnits:
    """Units of a variant that left a level, with their lots and cost."""

    variant_id: UUID
    quantity: int
    drawn: list[Drawn]
    lots: tuple[LotUnits, ...] = ()


async def issue(
    uow: UnitOfWork,
    reference: Reference,
    reason: StockReason,
    quantities: Mapping[UUID, int] | None,
    location_id: UUID | None = None,
    picked: Mapping[str, Sequence[LotData]] | None = None,
    *,
    names_all: bool = True,
) -> list[IssuedUnits]:
    """Issue reserved units of the claimant in the reference; see `ship`.

    Lots that are given for a SKU are those of all its units, or with `names_all` False of some.
    """
    assert reference.id is not None
    levels = await queries.locked_levels_of_claimant(reference.id)
    by_id = {level.id: level for level in levels if location_id in (None, level.location_id)}
    if reason is StockReason.SALE:
        await set_expired_aside(uow, levels)
    # Read after locking: reservations may have been released meanwhile.
    held = [row for row in await queries.reservations_of(reference.id) if row.level_id in by_id]
    chosen = _chosen(held, by_id, quantities)
    await _refuse_missing(chosen, by_id, quantities)
    lots = await _picked(uow, chosen, by_id, picked or {}, names_all=names_all)
    moves = [
        Move(
            row.level_id,
            StockBucket.RESERVED,
            StockBucket.OUTSIDE,
            units,
            reason,
            lots=lots.get(row.id, ()),
        )
        for row, units in chosen
    ]
    await lower(chosen)
    drawn = await apply(uow, levels, moves, reference, "quantities")
    return [
        IssuedUnits(by_id[move.level_id].variant_id, move.quantity, draws, move.lots)
        for move, draws in zip(moves, drawn, strict=True)
    ]


async def _picked(
    uow: UnitOfWork,
    chosen: Sequence[tuple[Reservation, int]],
    levels: Mapping[UUID, StockLevel],
    picked: Mapping[str, Sequence[LotData]],
    *,
    names_all: bool,
) -> dict[UUID, tuple[LotUnits, ...]]:
    """The lots that leave for each reservation: picked ones first, then allocated ones."""
    tracked = [(row, units) for row, units in chosen if levels[row.level_id].is_tracked]
    if not tracked and not picked:
        return {}
    named: dict[UUID, tuple[LotUnits, ...]] = {}
    for index, (sku, given) in enumerate(picked.items()):
        variant = await stocked_variant(sku, "picked", str(index), "sku")
        own = [(row, units) for row, units in tracked if levels[row.level_id].variant_id == variant.id]
        wanted = sum(n for _, n in own)
        if not names_all:
            wanted = min(wanted, sum(lot.quantity for lot in given))
        units = await known_lots(variant, given, wanted, "picked", str(index))
        parts = split([Shelf(lot.lot_id, lot.quantity) for lot in units], *(n for _, n in own))
        named |= {row.id: part for (row, _), part in zip(own, parts, strict=True)}
    return await leaving_for(uow, levels, tracked, named)


def _chosen(
    held: Sequence[Reservation], levels: Mapping[UUID, StockLevel], quantities: Mapping[UUID, int] | None
) -> list[tuple[Reservation, int]]:
    """The units taken from each reservation; those in stock first."""
    if quantities is None:
        return [(row, row.quantity) for row in held]
    left, chosen = dict(quantities), []
    for row in sorted(held, key=lambda row: levels[row.level_id].on_hand < row.quantity):
        variant_id = levels[row.level_id].variant_id
        units = min(row.quantity, left.get(variant_id, 0))
        if units > 0:
            left[variant_id] -= units
            chosen.append((row, units))
    return chosen


async def _refuse_missing(
    chosen: Sequence[tuple[Reservation, int]],
    levels: Mapping[UUID, StockLevel],
    quantities: Mapping[UUID, int] | None,
) -> None:
    wanted: dict[UUID, int] = dict(quantities or {})
    got: dict[UUID, int] = {}
    leaving: dict[UUID, int] = {}
    for row, units in chosen:
        variant_id = levels[row.level_id].variant_id
        got[variant_id] = got.get(variant_id, 0) + units
        leaving[row.level_id] = leaving.get(row.level_id, 0) + units
    short = {id: got.get(id, 0) for id, units in wanted.items() if got.get(id, 0) < units}
    for level_id, units in leaving.items():
        level = levels[level_id]
        if level.on_hand - level.unavailable < units:
            wanted.setdefault(level.variant_id, units)
            short[level.variant_id] = level.on_hand - level.unavailable
    if short:
        skus = await queries.skus_of(short)
        raise InsufficientStock([Shortage(skus[id], wanted[id], n) for id, n in sorted(short.items())])


@dataclass(frozen=True, slots=True)
class Sold:
    """Units sold without a reservation."""

    variant_id: UUID
    quantity: int
    lots: tuple[LotUnits, ...] = ()  # if omitted, those that expire first


@command
async def sell(uow: UnitOfWork, *, location: Location, items: Sequence[Sold], reference: Reference) -> None:
    """Issue units that were not reserved: sold over a counter, or in another system.

    Raises:
        Invalid: too few are free, or an invalid quantity.
    """
    for item in items:
        checked_quantity(item.quantity, "quantity")
    levels = await locked_levels(uow, [item.variant_id for item in items], location.id)
    await set_expired_aside(uow, list(levels.values()))
    moves = [
        Move(
            levels[item.variant_id].id,
            StockBucket.AVAILABLE,
            StockBucket.OUTSIDE,
            item.quantity,
            StockReason.SALE,
            lots=item.lots,
        )
        for item in items
    ]
    await apply(uow, list(levels.values()), moves, reference, "quantity")
