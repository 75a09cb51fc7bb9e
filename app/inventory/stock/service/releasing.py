"""Releasing reservations: by claimant, by demand, and on expiry."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from app.core.actor import SYSTEM
from app.core.database import delete_each, delete_where, update_each
from app.core.uow import UnitOfWork, command
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.models import Backlog, Reservation, StockLevel
from app.inventory.stock.service.displacing import lower
from app.inventory.stock.service.ledger import Move, Reference, apply, write
from app.inventory.stock.service.level_changes import LevelDelta, change_levels
from app.inventory.stock.service.promising import is_sold_ahead, repeg

SWEEP_AT_ONCE = 200


@command
async def release(
    uow: UnitOfWork,
    *,
    claimant: UUID,
    demand: Mapping[UUID, int] | None = None,
    location_id: UUID | None = None,
) -> int:
    """Release a claimant's reservations, all or the given units of each variant; return the number of units.

    Calling it again changes nothing. Reservations that wait for stock are released first; with `location_id`,
    only those at that location are released.
    """
    if demand is None:
        await delete_where(Backlog, "claimant_id = $1", claimant)
    levels = {level.id: level for level in await queries.locked_levels_of_claimant(claimant)}
    if not levels:
        return 0
    # Read after locking: another release or the sweeper may have been first.
    held = [row for row in await queries.reservations_of(claimant) if row.level_id in levels]
    if location_id is not None:
        held = [row for row in held if levels[row.level_id].location_id == location_id]
    if demand is None:
        return await give_back(uow, held, list(levels.values()))
    return await _give_back_some(uow, held, levels, demand)


@command
async def release_beyond(uow: UnitOfWork, *, claimant: UUID, needed: Mapping[UUID, int]) -> int:
    """Release what is reserved or queued beyond a claimant's remaining demand; return the number of units.

    The backlog is reduced first, then reservations that wait for stock, then those in stock.
    """
    kept = await queries.reserved_by_variant(claimant)
    surplus = {variant_id: units - needed.get(variant_id, 0) for variant_id, units in kept.items()}
    for row in await queries.backlog_of(claimant):
        taken = min(row.quantity, max(0, surplus[row.variant_id]))
        if taken:
            row.quantity -= taken
            surplus[row.variant_id] -= taken
            if row.quantity:
                await update_each([row], "quantity")
            else:
                await delete_each([row])
    demand = {variant_id: units for variant_id, units in surplus.items() if units > 0}
    return await release(uow, claimant=claimant, demand=demand) if demand else 0


async def lock_reserved_levels(claimant: UUID) -> None:
    """Lock all levels with reservations of a claimant at once, in the common order."""
    await queries.locked_levels_of_claimant(claimant)


async def lock_variants(
    uow: UnitOfWork, channel_id: UUID, variant_ids: Iterable[UUID], claimant: UUID
) -> None:
    """Lock all levels of some variants in a channel, and those of a claimant, in the common order."""
    held = {row.level_id for row in await queries.reservations_of(claimant)}
    known = await queries.levels_of_channel(channel_id, variant_ids, uow.at)
    ids = {level.id for level in known.levels} | held
    if ids:
        await queries.locked_levels_by_id(ids)


async def _give_back_some(
    uow: UnitOfWork, held: list[Reservation], levels: Mapping[UUID, StockLevel], demand: Mapping[UUID, int]
) -> int:
    whole, parts = [], []
    for variant_id, units in demand.items():
        of_variant = [row for row in held if levels[row.level_id].variant_id == variant_id]
        of_variant.sort(key=lambda row: levels[row.level_id].on_hand >= levels[row.level_id].reserved)
        for row in of_variant:
            given = min(units, row.quantity)
            units -= given
            if given == row.quantity:
                whole.append(row)
            elif given:
                parts.append((row, given))
    await lower(parts)
    moves = [
        Move(row.level_id, StockBucket.RESERVED, StockBucket.AVAILABLE, given, StockReason.RELEASE)
        for row, given in parts
    ]
    for (row, _), move in zip(parts, moves, strict=True):
        await apply(uow, [levels[row.level_id]], [move], Reference(row.claimant_kind, row.claimant_id))
    return await give_back(uow, whole, list(levels.values())) + sum(given for _, given in parts)


async def expire_due(limit: int = SWEEP_AT_ONCE) -> int:
    """Release a bounded number of expired reservations; return the number of units."""
    return await _expire_due(SYSTEM, limit)


@command
async def _expire_due(uow: UnitOfWork, limit: int) -> int:
    ids = await queries.levels_with_expired(uow.at, limit)
    levels = await queries.locked_levels_by_id(ids) if ids else []
    return await give_back_expired(uow, levels)


async def give_back_expired(uow: UnitOfWork, levels: list[StockLevel]) -> int:
    """Release the expired reservations of locked levels, and update the level objects."""
    expired = await queries.locked_expired([level.id for level in levels], uow.at) if levels else []
    if not expired:
        return 0
    return await give_back(uow, expired, levels)


async def give_back(uow: UnitOfWork, reservations: list[Reservation], levels: list[StockLevel]) -> int:
    """Release reservations of locked levels, and update the level objects."""
    if not reservations:
        return 0
    sold_ahead = [level for level in levels if is_sold_ahead(level)]
    await delete_each(reservations)
    totals: dict[UUID, int] = {}
    for row in reservations:
        totals[row.level_id] = totals.get(row.level_id, 0) + row.quantity
    deltas = {level_id: LevelDelta(reserved=-units) for level_id, units in totals.items()}
    await change_levels({level.id: level for level in levels}, deltas, uow.at)
    by_claimant: dict[tuple[str, UUID], list[Move]] = {}
    for row in reservations:
        move = Move(
            row.level_id, StockBucket.RESERVED, StockBucket.AVAILABLE, row.quantity, StockReason.RELEASE
        )
        by_claimant.setdefault((row.claimant_kind, row.claimant_id), []).append(move)
    for (kind, claimant), moves in by_claimant.items():
        await write(uow, moves, Reference(kind, claimant), levels)
    await repeg(uow, sold_ahead)
    return sum(totals.values())
