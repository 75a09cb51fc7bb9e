"""Submission of what was counted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.database import update_each
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.units import units_from_json, units_to_json
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.counts import lifecycle, queries
from app.inventory.counts.conditions import COUNT_PERMISSIONS
from app.inventory.counts.events import (
    StockCountSubmitted,
)
from app.inventory.counts.models import StockCount, StockCountLine
from app.inventory.counts.service.posting import post
from app.inventory.stock import queries as stock
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.level_changes import LARGEST
from app.inventory.stock.service.levels import stocked_variant
from app.inventory.stock.service.lot_numbers import LotData, received_lots


@dataclass(frozen=True, slots=True)
class Counted:
    """The counted units of a SKU, and when; None is now."""

    sku: str
    quantity: int
    at: datetime | None = None
    lots: Sequence[LotData] = ()  # the lots, if the SKU is tracked by lot


@command
async def submit_count(
    uow: UnitOfWork,
    id: UUID,
    counted: Sequence[Counted],
    *,
    is_complete: bool = True,
    expected_version: int | None = None,
) -> StockCount:
    """Submit counted quantities. If complete, small differences are posted; large ones require approval.

    SKUs of the count that were not counted stay unchanged.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        ValidationFailed: SKUs that are not in the count, invalid quantities or times.
    """
    count = await queries.locked_count(COUNT_PERMISSIONS[LifecycleStep.SUBMIT], uow.actor, id, "count_id")
    refuse_stale(count, expected_version)
    if not counted and is_complete and not await _is_begun(count.id):
        raise Invalid(
            "No quantities are submitted yet. Submit the counted quantities, or cancel the count.",
            "lines",
            code=ProblemCode.REQUIRED,
        )
    lifecycle.count_lifecycle.refuse_unless(count, lifecycle.submit_count)
    lines = await queries.count_lines(count.id)
    levels = await stock.locked_levels_by_id(line.level_id for line in lines)
    await _note_counted(uow, count, lines, levels, counted)
    if not is_complete:
        await write_changes(count, {}, uow.at)
        return count
    different = [line for line in lines if line.is_different]
    if any(_needs_approval(count, line) for line in different):
        lifecycle.count_lifecycle.move(count, lifecycle.submit_count)
        await write_changes(count, {"status": count.status, "submitted_at": uow.at}, uow.at)
        uow.announce(StockCountSubmitted(subject_id=count.id, differences=len(different)))
        return count
    return await post(uow, count, different, levels)


async def _is_begun(id: UUID) -> bool:
    """Whether a line of a count has been counted before."""
    return any(line.counted is not None for line in await queries.count_lines(id))


async def _note_counted(
    uow: UnitOfWork,
    count: StockCount,
    lines: Sequence[StockCountLine],
    levels: Sequence[StockLevel],
    counted: Sequence[Counted],
) -> None:
    """Set the counted and expected quantities of lines."""
    by_variant = {level.variant_id: level for level in levels}
    skus = {sku: by_variant[id] for id, sku in (await stock.skus_of(by_variant)).items()}
    line_of = {line.level_id: line for line in lines}
    _refuse_bad(uow, count, skus, counted)
    chosen = [(skus[each.sku], each) for each in counted]
    since = await queries.changes_since(
        [(level.id, each.at) for level, each in chosen if each.at is not None]
    )
    values = await stock.level_values(level.id for level, _ in chosen)
    for index, (level, each) in enumerate(chosen):
        line = line_of[level.id]
        line.expected = level.on_hand - (since.get(level.id, 0) if each.at else 0)
        line.counted, line.counted_at = each.quantity, each.at or uow.at
        units, worth = values[level.id]
        difference = each.quantity - line.expected
        size = valuation.share(worth, abs(difference), units) if units else 0
        line.value_minor = size if difference >= 0 else -size
        line.lots = units_to_json(await _lot_differences(uow, level, each, "lines", str(index)))
    touched = [line_of[level.id] for level, _ in chosen]
    await update_each(touched, "expected", "counted", "counted_at", "value_minor", "lots")


def _refuse_bad(
    uow: UnitOfWork, count: StockCount, skus: Collection[str], counted: Sequence[Counted]
) -> None:
    problems = Problems()
    for index, each in enumerate(counted):
        if each.sku not in skus:
            problems.add(
                "This SKU is not part of the count.", "lines", str(index), "sku", code=ProblemCode.NOT_FOUND
            )
        elif any(other.sku == each.sku for other in counted[:index]):
            problems.add(
                "This SKU is listed twice. Combine the two entries.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.REPEATED,
            )
        if not 0 <= each.quantity <= LARGEST:
            problems.add(
                f"The quantity must be between 0 and {LARGEST}.",
                "lines",
                str(index),
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=LARGEST,
            )
        if each.at is not None and not count.created_at <= each.at <= uow.at:
            problems.add(
                "The time must be after the start of the count and not in the future.",
                "lines",
                str(index),
                "counted_at",
                code=ProblemCode.OUT_OF_RANGE,
                earliest=count.created_at,
                latest=uow.at,
            )
    problems.refuse_if_any()


async def _lot_differences(uow: UnitOfWork, level: StockLevel, each: Counted, *path: str) -> dict[UUID, int]:
    """Counted minus expected units by lot; empty if all lots agree."""
    variant = await stocked_variant(each.sku)
    named = await received_lots(
        uow, variant, each.lots, each.quantity, StockBucket.QUARANTINED, level.location_id, *path
    )
    if not level.is_tracked:
        return {}
    since = await stock.lot_changes_since(level.id, each.at) if each.at else {}
    rows = await stock.lot_levels_of([level.id], [*since, *(lot.lot_id for lot in named)])
    found = {lot.lot_id: lot.quantity for lot in named}
    for row in rows:
        found[row.lot_id] = found.get(row.lot_id, 0) - (row.on_hand - since.get(row.lot_id, 0))
    return {id: units for id, units in found.items() if units}


def _needs_approval(count: StockCount, line: StockCountLine) -> bool:
    units = max(abs(line.difference), *(abs(n) for n in units_from_json(line.lots or {}).values()), 0)
    return bool(units > count.approval_units or abs(line.value_minor) > count.approval_minor)
