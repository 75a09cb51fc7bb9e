"""Posting of the differences of a stock count."""

from collections.abc import Sequence
from typing import Any

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.units import units_from_json
from app.core.uow import UnitOfWork
from app.core.versions import write_changes
from app.inventory.counts import lifecycle
from app.inventory.counts.events import (
    StockCountCompleted,
)
from app.inventory.counts.models import StockCount, StockCountLine
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.displacing import make_room
from app.inventory.stock.service.expiring import set_expired_aside
from app.inventory.stock.service.ledger import Move, Reference, apply


async def post(
    uow: UnitOfWork, count: StockCount, different: Sequence[StockCountLine], levels: Sequence[StockLevel]
) -> StockCount:
    """Post differences and quarantine expired lots; reservations without stock are displaced."""
    by_id = {level.id: level for level in levels}
    reference = Reference("stock_count", count.id)
    for line in different:
        level = by_id[line.level_id]
        more, fewer = _by_direction(line)
        await _book(uow, level, more, reference)
        await _book(uow, level, fewer, reference)
    await set_expired_aside(uow, levels)
    lifecycle.count_lifecycle.move(count, lifecycle.complete_count)
    changes: dict[str, Any] = {"status": count.status, "completed_at": uow.at}
    await write_changes(count, changes, uow.at)
    uow.announce(
        StockCountCompleted(
            subject_id=count.id,
            differences=len(different),
            value_minor=sum(line.value_minor for line in different),
        )
    )
    return count


def _by_direction(line: StockCountLine) -> tuple[list[LotUnits | int], list[LotUnits | int]]:
    """Surplus and missing units: by lot if there are lots, else as quantities."""
    each: list[LotUnits | int] = (
        [LotUnits(id, units) for id, units in units_from_json(line.lots).items()]
        if line.lots
        else [line.difference]
    )
    return [n for n in each if _units(n) > 0], [n for n in each if _units(n) < 0]


def _units(difference: LotUnits | int) -> int:
    return difference if isinstance(difference, int) else difference.quantity


async def _book(
    uow: UnitOfWork, level: StockLevel, differences: Sequence[LotUnits | int], reference: Reference
) -> None:
    """Post differences of a locked level that all have the same sign."""
    total = sum(_units(each) for each in differences)
    if not total:
        return
    if total < 0:
        await _refuse_unless_there(level, -total)
    lots = tuple(LotUnits(n.lot_id, abs(n.quantity)) for n in differences if isinstance(n, LotUnits))
    if total < 0:
        await make_room(uow, level, -total, StockReason.COUNT, lots)
    start, end = (StockBucket.OUTSIDE, StockBucket.AVAILABLE)[:: 1 if total > 0 else -1]
    move = Move(level.id, start, end, abs(total), StockReason.COUNT, lots=lots)
    await apply(uow, [level], [move], reference, "lines")


async def _refuse_unless_there(level: StockLevel, units: int) -> None:
    if level.on_hand - units < level.unavailable:
        skus = await stock.skus_of([level.variant_id])
        raise Invalid(
            (
                f"{skus[level.variant_id]}: the count removes {units} units, but of the "
                f"{level.on_hand} on hand {level.unavailable} are damaged, quarantined or in "
                "quality check. Adjust these first (`stockAdjust` with their `bucket`)."
            ),
            "lines",
            code=ProblemCode.NOT_ENOUGH,
            available=max(level.on_hand - level.unavailable, 0),
        )
