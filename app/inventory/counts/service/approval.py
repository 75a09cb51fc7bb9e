"""Approval, recount and cancellation of a stock count."""

from uuid import UUID

from app.core.database import update_each
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.counts import lifecycle, queries
from app.inventory.counts.conditions import COUNT_PERMISSIONS
from app.inventory.counts.events import (
    StockCountCancelled,
    StockCountReopened,
)
from app.inventory.counts.models import StockCount, StockCountLine
from app.inventory.counts.service.posting import post
from app.inventory.stock import queries as stock
from app.inventory.stock.models import StockLevel


@command
async def approve_count(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> StockCount:
    """Post the differences of a count that requires approval.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    count, lines, levels = await _to_judge(uow, id, LifecycleStep.APPROVE, expected_version)
    lifecycle.count_lifecycle.refuse_unless(count, lifecycle.approve_count)
    different = [line for line in lines if line.is_different]
    return await post(uow, count, different, levels)


@command
async def reject_count(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> StockCount:
    """Reject a count that requires approval, so that it is counted again; the counted quantities are deleted.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    count, lines, _ = await _to_judge(uow, id, LifecycleStep.RECOUNT, expected_version)
    lifecycle.count_lifecycle.move(count, lifecycle.recount)
    for line in lines:
        line.counted = line.counted_at = line.lots = None
        line.value_minor = 0
    await update_each(lines, "counted", "counted_at", "value_minor", "lots")
    await write_changes(count, {"status": count.status, "submitted_at": None}, uow.at)
    uow.announce(StockCountReopened(subject_id=count.id))
    return count


async def _to_judge(
    uow: UnitOfWork, id: UUID, step: LifecycleStep, expected_version: int | None
) -> tuple[StockCount, list[StockCountLine], list[StockLevel]]:
    count = await queries.locked_count(COUNT_PERMISSIONS[step], uow.actor, id, "id")
    refuse_stale(count, expected_version)
    lines = await queries.count_lines(count.id)
    return count, lines, await stock.locked_levels_by_id(line.level_id for line in lines)


@command
async def cancel_count(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> StockCount:
    """Cancel a count; nothing is posted.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    count = await queries.locked_count(COUNT_PERMISSIONS[LifecycleStep.CANCEL], uow.actor, id, "id")
    refuse_stale(count, expected_version)
    lifecycle.count_lifecycle.move(count, lifecycle.cancel_count)
    await write_changes(count, {"status": count.status}, uow.at)
    uow.announce(StockCountCancelled(subject_id=count.id))
    return count
