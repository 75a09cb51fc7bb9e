"""Shipping units to buyers, and taking back returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.catalog.models import Variant
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.inventory.locations.models import Location
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import ClaimantKind, StockBucket, StockReason, ValueAccount
from app.inventory.stock.lot_allocation import LotUnits, Shelf
from app.inventory.stock.models import Reservation, StockLevel
from app.inventory.stock.refusals import InsufficientStock, Shortage
from app.inventory.stock.service.displacing import lower
from app.inventory.stock.service.expiring import set_expired_aside
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.levels import checked_quantity, locked_level, locked_levels, stocked_variant
from app.inventory.stock.service.lot_numbers import LotData, known_lots, received_lots, refuse_expired
from app.inventory.stock.service.lot_selection import leaving_for, split
from app.inventory.stock.service.returned_units import Sent, parts_back, sent_to
from app.inventory.stock.service.valuing import Books, Drawn, Part
from app.inventory.stock.valuation import Share


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
) -> "list[Left]":
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
class Left:
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
) -> list[Left]:
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
        Left(by_id[move.level_id].variant_id, move.quantity, draws, move.lots)
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


@command
async def take_back(
    uow: UnitOfWork,
    *,
    variant: Variant,
    location: Location,
    quantity: int,
    claimant: UUID,
    bucket: StockBucket = StockBucket.AVAILABLE,
    claimant_kind: ClaimantKind = ClaimantKind.ORDER,
    lots: Sequence[LotData] = (),
    note: str = "",
    left_with: UUID | None = None,
    path: Sequence[str] = (),
) -> StockLevel:
    """Take back units that were shipped to a claimant, at the cost with which they left.

    `bucket` is their state: AVAILABLE to be sold again, otherwise set aside. `lots` can be omitted if only
    one lot was shipped. `left_with` is the part with which they left; if omitted, the oldest come back first.
    `path` is their place in the input.

    Raises:
        Invalid: more units or other lots than were shipped, or an invalid state.
    """
    checked_quantity(quantity, *path, "quantity")
    if bucket in (StockBucket.OUTSIDE, StockBucket.RESERVED):
        raise Invalid(
            "What comes back is AVAILABLE, or set aside.",
            *path,
            "bucket",
            code=ProblemCode.UNKNOWN_CHOICE,
            choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
        )
    level = await _locked_with_sources(uow, variant, location, claimant)
    sent = await sent_to(claimant, variant.id, left_with)
    units = sum(each.open for each in sent)
    if quantity > units:
        raise Invalid(
            f"Only {units} of {variant.sku} had been sent and not come back.",
            *path,
            "quantity",
            code=ProblemCode.NOT_ENOUGH,
            available=units,
        )
    back: tuple[LotUnits, ...] = ()
    if level.is_tracked:
        back = await _back(uow, variant, claimant, quantity, lots, bucket, location.id, *path)
    if bucket is StockBucket.AVAILABLE:
        await _refuse_expired(uow, back, location, path)
    moves = await _moves_back(uow, level, sent, quantity, bucket, back)
    await apply(uow, [level], moves, Reference(claimant_kind.value, claimant, note), *path, "quantity")
    return level


async def _bought(uow: UnitOfWork, level: StockLevel, shares: Sequence[Share]) -> list[Part]:
    """Supplier-owned units that are returned to the company: owned from now on, with an estimated value."""
    if not shares:
        return []
    books = await Books.of(uow, {level.id: level.version})
    return [replace(await books.estimate(level.id, share.size), share=share) for share in shares]


async def _locked_with_sources(
    uow: UnitOfWork, variant: Variant, location: Location, claimant: UUID
) -> StockLevel:
    """The level to which units return, locked together with those that they left."""
    sources = {flow.level_id for flow in await queries.flows_sold_to(claimant, variant.id)}
    level = await queries.level_of(variant.id, location.id)
    await queries.locked_levels_by_id(sources | ({level.id} if level else set()))
    return await locked_level(uow, variant, location)


async def _back(
    uow: UnitOfWork,
    variant: Variant,
    claimant: UUID,
    quantity: int,
    given: Sequence[LotData],
    bucket: StockBucket,
    location_id: UUID,
    *path: str,
) -> tuple[LotUnits, ...]:
    """The lots of returned units, which were shipped to the claimant.

    Raises:
        Invalid: other lots than were shipped, or several were shipped and none are given.
    """
    sent = {shelf.lot_id: shelf.quantity for shelf in await queries.lots_sold_to(claimant, variant.id)}
    if not given and len(sent) == 1:
        return tuple(LotUnits(lot_id, quantity) for lot_id in sent)
    if not sent:  # it was not tracked when it left
        return await received_lots(uow, variant, given, quantity, bucket, location_id, *path)
    lots = await known_lots(variant, given, quantity, *path)
    for index, lot in enumerate(lots):
        if lot.quantity > sent.get(lot.lot_id, 0):
            raise Invalid(
                f"Only {sent.get(lot.lot_id, 0)} of it had been sent and not come back.",
                *path,
                "lots",
                str(index),
                "number",
                code=ProblemCode.NOT_ENOUGH,
                available=sent.get(lot.lot_id, 0),
            )
    return lots


async def _refuse_expired(
    uow: UnitOfWork, lots: Sequence[LotUnits], location: Location, path: Sequence[str]
) -> None:
    """Refuse expired lots that come back as AVAILABLE.

    Raises:
        Invalid: with the path of the state, which is the only part that can be invalid.
    """
    try:
        await refuse_expired(uow, lots, location.id)
    except Invalid as refusal:
        raise Invalid(
            refusal.message, *path, "bucket", code=refusal.problem_code, **refusal.values
        ) from refusal


async def _moves_back(
    uow: UnitOfWork,
    level: StockLevel,
    sent: list[Sent],
    quantity: int,
    bucket: StockBucket,
    lots: Sequence[LotUnits],
) -> list[Move]:
    """Movements of units that come back: our own at their cost, and the supplier's, which are ours now."""
    moves = []
    shelves = [Shelf(lot.lot_id, lot.quantity) for lot in lots]
    ours, suppliers = parts_back(sent, quantity, uow.at)
    groups = ((None, ours), (ValueAccount.SUPPLIERS, await _bought(uow, level, suppliers)))
    sizes = [sum(part.quantity for part in parts) for _, parts in groups]
    for (account, parts), size, lot_units in zip(groups, sizes, split(shelves, *sizes), strict=True):
        if size:
            ends = (StockBucket.OUTSIDE, bucket)
            moves.append(
                Move(
                    level.id,
                    *ends,
                    size,
                    StockReason.RETURN,
                    parts=tuple(parts),
                    account=account,
                    lots=lot_units,
                )
            )
    return moves
