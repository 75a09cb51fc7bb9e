"""Keeping stock for somebody, and giving it back. The one path by which anything takes stock.

The levels concerned are locked in the order of their ids, which everybody does, so there is no deadlock.
The update that takes the stock says again that there must be enough, and the table's own constraint says
it a third time: no number of processes sells a unit twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from app.core.actor import SYSTEM
from app.core.database import execute, insert, is_postgres
from app.core.ids import new_id
from app.core.transaction import TryAgain
from app.core.work import Work, verb
from app.inventory import queries
from app.inventory.lifecycle import ClaimantKind, StockBucket, StockReason
from app.inventory.models import Reservation, StockLevel
from app.inventory.refusals import InsufficientStock, Shortage
from app.inventory.service.ledger import Move, Reference, write
from app.inventory.sourcing import Offer, Pick, by_priority

SWEEP_AT_ONCE = 200


@verb
async def reserve(
    work: Work,
    *,
    channel_id: UUID,
    demand: Mapping[UUID, int],
    claimant: UUID,
    expires_at: datetime | None = None,
    claimant_kind: ClaimantKind = ClaimantKind.ORDER,
) -> list[Reservation]:
    """Keep the demanded quantity of each variant for a claimant, all or nothing.

    Demand comes summed per variant: the same SKU on two lines is one demand. `expires_at` None keeps
    it for good.

    Raises:
        InsufficientStock: every variant that falls short.
    """
    wanted = {variant: quantity for variant, quantity in demand.items() if quantity > 0}
    if not wanted:
        return []
    levels, ranking, some_expired = await queries.locked_levels_of_channel(channel_id, wanted, work.at)
    if some_expired:
        await _give_back_expired(work, levels)
    picks, short = by_priority(wanted, _offers(levels), ranking)
    if short:
        skus = await queries.skus_of(short)
        raise InsufficientStock(
            [Shortage(skus[id], wanted[id], max(0, total)) for id, total in sorted(short.items())]
        )
    return await _take(work, picks, claimant, claimant_kind, expires_at)


def _offers(levels: list[StockLevel]) -> list[Offer]:
    return [
        Offer(level.id, level.variant_id, level.location_id, queries.promisable(level)) for level in levels
    ]


async def _take(
    work: Work, picks: list[Pick], claimant: UUID, kind: ClaimantKind, expires_at: datetime | None
) -> list[Reservation]:
    if await _add_reserved(picks) != len(picks):
        # Only possible where row locks do not hold (they do on both databases): look again.
        raise TryAgain
    rows = [
        Reservation(
            id=new_id(),
            level_id=pick.level_id,
            claimant_kind=kind.value,
            claimant_id=claimant,
            quantity=pick.quantity,
            expires_at=expires_at,
            created_at=work.at,
        )
        for pick in picks
    ]
    await insert(rows)
    moves = [
        Move(p.level_id, StockBucket.AVAILABLE, StockBucket.RESERVED, p.quantity, StockReason.RESERVATION)
        for p in picks
    ]
    await write(work, moves, Reference(kind.value, claimant))
    return rows


async def _add_reserved(picks: list[Pick]) -> int:
    """Take the picks from their levels in one statement; counts the levels that had enough."""
    values: list[object] = []
    cases, ids = [], []
    for pick in picks:
        values += [pick.level_id, pick.quantity]
        # PostgreSQL must be told the parameters' types; SQLite's CAST would make text of a number.
        id, quantity = f"${len(values) - 1}", f"${len(values)}"
        if is_postgres():
            id, quantity = f"{id}::uuid", f"{quantity}::int"
        ids.append(id)
        cases.append(f"WHEN {id} THEN {quantity}")
    take = f"CASE id {' '.join(cases)} END"
    return await execute(
        f"UPDATE stock_level SET reserved = reserved + {take}, version = version + 1 "  # noqa: S608  # $n only
        f"WHERE id IN ({', '.join(ids)}) "
        f"AND on_hand - reserved - unavailable - safety_stock + backorder_limit >= {take}",
        *values,
    )


@verb
async def release(work: Work, *, claimant: UUID) -> int:
    """Give back everything that is kept for a claimant; returns how many units. Twice is once."""
    found = await queries.reservations_of(claimant)
    if not found:
        return 0
    await queries.locked_levels_by_id({row.level_id for row in found})
    # Read again under the locks: another release or the sweeper may have been first.
    return await _give_back(work, await queries.reservations_of(claimant))


@verb
async def confirm(work: Work, *, claimant: UUID) -> int:
    """Make a claimant's reservations last until they are released."""
    return await queries.keep_for_good(claimant)


async def expire_due(limit: int = SWEEP_AT_ONCE) -> int:
    """Give back what has run out, a bounded number at a time; returns how many units."""
    return await _expire_due(SYSTEM, limit)


@verb
async def _expire_due(work: Work, limit: int) -> int:
    ids = await queries.levels_with_expired(work.at, limit)
    levels = await queries.locked_levels_by_id(ids) if ids else []
    return await _give_back_expired(work, levels)


async def _give_back_expired(work: Work, levels: list[StockLevel]) -> int:
    """Release what has expired on levels that are locked, and tell the level objects."""
    expired = await queries.locked_expired([level.id for level in levels], work.at) if levels else []
    if not expired:
        return 0
    for level in levels:
        level.reserved -= sum(row.quantity for row in expired if row.level_id == level.id)
    return await _give_back(work, expired)


async def _give_back(work: Work, reservations: list[Reservation]) -> int:
    if not reservations:
        return 0
    await queries.drop_reservations(row.id for row in reservations)
    totals: dict[UUID, int] = {}
    for row in reservations:
        totals[row.level_id] = totals.get(row.level_id, 0) + row.quantity
    for level_id in sorted(totals):
        await execute(
            "UPDATE stock_level SET reserved = reserved - $2, version = version + 1 WHERE id = $1",
            level_id,
            totals[level_id],
        )
    by_claimant: dict[tuple[str, UUID], list[Move]] = {}
    for row in reservations:
        move = Move(
            row.level_id, StockBucket.RESERVED, StockBucket.AVAILABLE, row.quantity, StockReason.RELEASE
        )
        by_claimant.setdefault((row.claimant_kind, row.claimant_id), []).append(move)
    for (kind, claimant), moves in by_claimant.items():
        await write(work, moves, Reference(kind, claimant))
    return sum(totals.values())


def until(minutes: int, start: datetime) -> datetime:
    """When a reservation made now runs out."""
    return start + timedelta(minutes=minutes)
