"""Counting what is on the shelves, while business goes on.

A difference is what was counted less what was on hand at the moment of the counting, by the ledger. It is
booked as a difference too, so what leaves or arrives between the counting and the booking is never undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.spelling import natural
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.units import units_from_json, units_to_json
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.counts import lifecycle, queries
from app.inventory.counts.conditions import COUNT_PERMISSIONS
from app.inventory.counts.events import (
    StockCountCancelled,
    StockCountCompleted,
    StockCountReopened,
    StockCountStarted,
    StockCountSubmitted,
)
from app.inventory.counts.models import StockCount, StockCountLine
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.inventory.stock import queries as stock
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.displacing import make_room
from app.inventory.stock.service.expiring import set_expired_aside
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.level_changes import LARGEST
from app.inventory.stock.service.levels import locked_levels, stocked_variant, stocked_variants
from app.inventory.stock.service.lot_numbers import LotData, received_lots

MOST_LEVELS = 10_000

# A larger difference of a SKU waits for approval; only those who may approve can ask for more than that.
APPROVAL_UNITS = 10
APPROVAL_MINOR = 10_000


@dataclass(frozen=True, slots=True)
class Counted:
    """How many units of a SKU were found, and when; None is now."""

    sku: str
    quantity: int
    at: datetime | None = None
    lots: Sequence[LotData] = ()  # which units they are, where the SKU is kept by lot


@command
async def start_count(
    uow: UnitOfWork,
    location: Location,
    *,
    skus: Sequence[str] | None = None,
    is_blind: bool = True,
    approval_units: int = APPROVAL_UNITS,
    approval_minor: int = APPROVAL_MINOR,
    note: str = "",
) -> StockCount:
    """Begin to count some SKUs of a location, or all that it has had.

    Raises:
        NotFound: no such SKU.
        Invalid: nothing to count, too much at once, or one of them is being counted already.
    """
    problems = Problems()
    with problems.caught():
        checked_note(note, "note", longest=LONGEST_REMARK)
    approves = await locations.covers(uow.actor.scope_of(Permission.STOCK_APPROVE), location.id)
    for name, value, usual in (
        ("approval_above_units", approval_units, APPROVAL_UNITS),
        ("approval_above_value", approval_minor, APPROVAL_MINOR),
    ):
        if value < 0:
            problems.add("A threshold is zero or more.", name, code=ProblemCode.TOO_SMALL, minimum=0)
        if value > usual and not approves:
            problems.add(
                f"Above {usual} it takes the permission STOCK_APPROVE.",
                name,
                code=ProblemCode.TOO_LARGE,
                maximum=usual,
            )
    problems.refuse()
    levels = await _levels_to_count(uow, location, skus)
    if await queries.levels_being_counted(level.id for level in levels):
        raise Invalid(
            "Some of these are being counted already. Complete or cancel that count first.",
            "skus",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    count = StockCount(
        id=new_id(),
        location_id=location.id,
        is_blind=is_blind,
        approval_units=approval_units,
        approval_minor=approval_minor,
        note=note,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([count])
    await insert(
        [
            StockCountLine(id=new_id(), stock_count_id=count.id, level_id=level.id, expected=level.on_hand)
            for level in sorted(levels, key=lambda level: (natural(level.bin), level.bin))  # as one walks
        ]
    )
    uow.is_new(count.id)
    uow.announce(StockCountStarted(subject_id=count.id, location_id=location.id, levels=len(levels)))
    return count


async def _levels_to_count(
    uow: UnitOfWork, location: Location, skus: Sequence[str] | None
) -> list[StockLevel]:
    if skus is None:
        found = await queries.levels_of_location(location.id, None, MOST_LEVELS + 1)
        # Locked, as those that are named are: of two counts that begin at once the second sees the first.
        levels = await stock.locked_levels_by_id([level.id for level in found]) if found else []
    else:
        asked = list(dict.fromkeys(skus))
        variants = await stocked_variants([(sku, ("skus", str(i))) for i, sku in enumerate(asked)])
        levels = list((await locked_levels(uow, [v.id for v in variants], location.id)).values())
    if not levels:
        raise Invalid("There is nothing to count here.", "skus", code=ProblemCode.NO_CHANGE)
    if len(levels) > MOST_LEVELS:
        raise Invalid(
            f"A count has {MOST_LEVELS} SKUs at the most: name some of them.",
            "skus",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_LEVELS,
        )
    return levels


@command
async def submit_count(
    uow: UnitOfWork,
    id: UUID,
    counted: Sequence[Counted],
    *,
    is_complete: bool = True,
    expected_version: int | None = None,
) -> StockCount:
    """Say what was found. When that is all, small differences are booked; large ones wait for approval.

    A SKU of the count that nobody counted is left as it is.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        ValidationFailed: SKUs that are not in the count, quantities or moments that cannot be.
    """
    count = await queries.locked_count(COUNT_PERMISSIONS[LifecycleStep.SUBMIT], uow.actor, id, "count_id")
    refuse_stale(count, expected_version)
    if (
        not counted
        and is_complete
        and not any(line.counted is not None for line in await queries.count_lines(count.id))
    ):
        raise Invalid(
            "Nothing has been counted yet. Say what was, or cancel the count.",
            "lines",
            code=ProblemCode.REQUIRED,
        )
    lifecycle.count_lifecycle.refuse_unless(count, lifecycle.submit_count)
    lines = await queries.count_lines(count.id)
    levels = await stock.locked_levels_by_id(line.level_id for line in lines)
    await _note(uow, count, lines, levels, counted)
    if not is_complete:
        await write_changes(count, {}, uow.at)
        return count
    different = [line for line in lines if line.is_different]
    if any(_needs_approval(count, line) for line in different):
        lifecycle.count_lifecycle.move(count, lifecycle.submit_count)
        await write_changes(count, {"status": count.status, "submitted_at": uow.at}, uow.at)
        uow.announce(StockCountSubmitted(subject_id=count.id, differences=len(different)))
        return count
    return await _complete(uow, count, different, levels)


async def _note(
    uow: UnitOfWork,
    count: StockCount,
    lines: Sequence[StockCountLine],
    levels: Sequence[StockLevel],
    counted: Sequence[Counted],
) -> None:
    """Write what was found beside what was expected at that moment."""
    by_variant = {level.variant_id: level for level in levels}
    skus = {sku: by_variant[id] for id, sku in (await stock.skus_of(by_variant)).items()}
    line_of = {line.level_id: line for line in lines}
    problems = Problems()
    for index, each in enumerate(counted):
        if each.sku not in skus:
            problems.add(
                "This SKU is not in the count.", "lines", str(index), "sku", code=ProblemCode.NOT_FOUND
            )
        elif any(other.sku == each.sku for other in counted[:index]):
            problems.add(
                "This SKU stands in the list twice: add the two up.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.REPEATED,
            )
        if not 0 <= each.quantity <= LARGEST:
            problems.add(
                f"A count is 0 to {LARGEST}.",
                "lines",
                str(index),
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=LARGEST,
            )
        if each.at is not None and not count.created_at <= each.at <= uow.at:
            problems.add(
                "It was counted after the count began, and not in the future.",
                "lines",
                str(index),
                "counted_at",
                code=ProblemCode.OUT_OF_RANGE,
                earliest=count.created_at,
                latest=uow.at,
            )
    problems.refuse_if_any()
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


async def _lot_differences(uow: UnitOfWork, level: StockLevel, each: Counted, *path: str) -> dict[UUID, int]:
    """By lot, how many more were found than expected; empty where all is as it should be."""
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


@command
async def approve_count(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> StockCount:
    """Book the differences of a count that waits for approval.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    count, lines, levels = await _to_judge(uow, id, LifecycleStep.APPROVE, expected_version)
    lifecycle.count_lifecycle.refuse_unless(count, lifecycle.approve_count)
    different = [line for line in lines if line.is_different]
    return await _complete(uow, count, different, levels)


@command
async def reject_count(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> StockCount:
    """Have a count that waits for approval counted again; what was found is forgotten.

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
    """Give up a count; nothing is booked.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    count = await queries.locked_count(COUNT_PERMISSIONS[LifecycleStep.CANCEL], uow.actor, id, "id")
    refuse_stale(count, expected_version)
    lifecycle.count_lifecycle.move(count, lifecycle.cancel_count)
    await write_changes(count, {"status": count.status}, uow.at)
    uow.announce(StockCountCancelled(subject_id=count.id))
    return count


async def _complete(
    uow: UnitOfWork, count: StockCount, different: Sequence[StockCountLine], levels: Sequence[StockLevel]
) -> StockCount:
    """Book differences and put aside what has expired; promises without goods are given back."""
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
    """What was found over, and what is missing: by lot where there are lots, else as a number of units."""
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
    """Book differences of a locked level that are all in one direction."""
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
            f"{skus[level.variant_id]}: {units} are to be taken off, but of {level.on_hand} on hand "
            f"{level.unavailable} are damaged, quarantined or in quality check. Take these off first "
            "(`stockAdjust` with their `bucket`).",
            "lines",
            code=ProblemCode.NOT_ENOUGH,
            available=max(level.on_hand - level.unavailable, 0),
        )
