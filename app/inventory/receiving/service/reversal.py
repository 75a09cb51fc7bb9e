"""Reversal of incorrect receipts.

The books become as if the goods had not arrived: units and cost are removed where they came in, and later
movements are revalued (see `revaluing`). Only units that are still in stock can be reversed; units that left
keep the cost of the receipt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.models import Variant
from app.core.database import update_each
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.inventory.receiving import queries
from app.inventory.receiving.events import ReceiptReversed
from app.inventory.receiving.models import Receipt, ReceiptLine
from app.inventory.stock import queries as stock
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import CostMethod, StockBucket, StockReason, ValueAccount
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.models import CostFlow, StockLevel
from app.inventory.stock.service.cost_propagation import (
    Cause,
    Change,
    Reach,
    follow_cost,
    locked_reach,
    reach_of,
)
from app.inventory.stock.service.displacing import make_room
from app.inventory.stock.service.inbound import expect_again
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.lot_numbers import LotData, known_lots
from app.settings import settings


@dataclass(frozen=True, slots=True)
class ReversedItem:
    """Pieces of a receipt line to reverse; without a `bucket`, from the one they were received to."""

    line: int
    quantity: int
    bucket: StockBucket | None = None
    lots: Sequence[LotData] = ()


@command
async def reverse_receipt(
    uow: UnitOfWork,
    receipt_id: UUID,
    *,
    items: Sequence[ReversedItem] | None = None,
    note: str = "",
    source: tuple[str, UUID] | None = None,
    expects_again: bool = True,
) -> dict[UUID, int]:
    """Reverse a receipt, all of it or pieces of some lines; return the units of each variant.

    The incoming stock that it belonged to is expected again, unless `expects_again` is false. `source` is
    what the goods came from, such as a purchase order, which its own domain updates.

    Raises:
        NotFound: the receipt does not exist.
        Invalid, ValidationFailed: an invalid line or quantity, a receipt of another source, or units that
            have left.
    """
    checked_note(note, "note", longest=LONGEST_REMARK)
    receipt = await queries.locked_receipt(Permission.STOCK_MANAGE, uow.actor, receipt_id, "receipt_id")
    _refuse_of_another(receipt, source)
    lines = {line.position: line for line in await queries.receipt_lines(receipt.id)}
    chosen = _chosen(lines, items)
    sources = {line.id: await _flow_of(line) for line, _ in chosen}
    await locked_reach(list(sources.values()), {line.level_id for line, _ in chosen})
    levels = {level.id: level for level in await stock.levels_of({line.level_id for line, _ in chosen})}
    back: dict[UUID, int] = {}
    for index, (line, item) in enumerate(chosen):
        level = levels[line.level_id]
        await _reverse_line(uow, receipt, line, item, level, Cause(receipt.id, note), index, expects_again)
        back[level.variant_id] = back.get(level.variant_id, 0) + item.quantity
    await update_each([line for line, _ in chosen], "reversed", "cost_minor", "landed_minor")
    uow.announce(
        ReceiptReversed(
            subject_id=receipt.id,
            location_id=receipt.location_id,
            reference=receipt.reference,
            units=sum(back.values()),
            is_whole=all(line.reversed == line.quantity for line in lines.values()),
        )
    )
    return back


async def _reverse_line(
    uow: UnitOfWork,
    receipt: Receipt,
    line: ReceiptLine,
    item: ReversedItem,
    level: StockLevel,
    cause: Cause,
    index: int,
    expects_again: bool,
) -> None:
    flow = await _flow_of(line)
    bucket, lots = await _which(receipt, line, flow, item, level, index)
    await _take_off(uow, line, flow, item, cause, index)
    if line.incoming_id is not None:
        await expect_again(uow, level, line.incoming_id, item.quantity, reopens=expects_again)
    if bucket is StockBucket.AVAILABLE:
        await make_room(uow, level, item.quantity, StockReason.CORRECTION, lots)
    move = Move(
        level.id,
        bucket,
        StockBucket.OUTSIDE,
        item.quantity,
        StockReason.CORRECTION,
        account=ValueAccount.SUPPLIERS,
        lots=lots,
        is_booked=True,
    )
    reference = Reference("receipt", receipt.id, cause.note)
    await apply(uow, [level], [move], reference, "lines", str(index), "quantity")


def _refuse_of_another(receipt: Receipt, source: tuple[str, UUID] | None) -> None:
    own = (receipt.source_kind, receipt.source_id) if receipt.source_id is not None else None
    if own != source:
        raise Invalid(
            ("This receipt belongs to a purchase order. Reverse it with purchaseOrderReceiptReverse.")
            if own is not None
            else ("This receipt does not belong to a purchase order. Reverse it with stockReceiptReverse."),
            "receipt_id",
            code=ProblemCode.WRONG_KIND,
        )


def _chosen(
    lines: Mapping[int, ReceiptLine], items: Sequence[ReversedItem] | None
) -> list[tuple[ReceiptLine, ReversedItem]]:
    """The lines with the quantity to reverse.

    Raises:
        Invalid, ValidationFailed: an unknown line, a repeated line, or too many units.
    """
    if items is None:
        items = [ReversedItem(each.position, each.kept) for each in lines.values() if each.kept]
    if not items:
        raise Invalid("There are no units left to reverse.", "lines", code=ProblemCode.NO_CHANGE)
    _refuse_bad(lines, items)
    return [(lines[item.line], item) for item in items]


def _refuse_bad(lines: Mapping[int, ReceiptLine], items: Sequence[ReversedItem]) -> None:
    problems, seen = Problems(), set[int]()
    for index, item in enumerate(items):
        at = ("lines", str(index))
        line = lines.get(item.line)
        if line is None:
            problems.add(
                f"The line must be between 1 and {len(lines)}, the number of lines of the receipt.",
                *at,
                "line",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=len(lines),
            )
        elif item.line in seen:
            problems.add("This line is listed twice.", *at, "line", code=ProblemCode.REPEATED)
        elif not 1 <= item.quantity <= line.kept:
            problems.add(
                (f"The quantity must be between 1 and {line.kept}, the number of units that can be reversed.")
                if line.kept
                else "All units of this line are already reversed.",
                *at,
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=line.kept,
            )
        if item.bucket in (StockBucket.OUTSIDE, StockBucket.RESERVED):
            problems.add(
                "The stock state must be AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
                *at,
                "bucket",
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
            )
        seen.add(item.line)
    problems.refuse()


async def _flow_of(line: ReceiptLine) -> CostFlow:
    """The cost flow with which the units of a line came in; for older units, their layer's opening flow."""
    for flow in await stock.flows_into([line.id]):
        return flow
    if CostMethod(settings().cost_method) is CostMethod.FIFO:
        older = [f for f in await stock.opening_flows_of_origin(line.id) if f.level_id == line.level_id]
    else:
        older = await stock.opening_flows(line.level_id)
    if not older:
        raise _gone(0, "lines")
    return older[0]


async def _which(
    receipt: Receipt, line: ReceiptLine, flow: CostFlow, item: ReversedItem, level: StockLevel, index: int
) -> tuple[StockBucket, tuple[LotUnits, ...]]:
    """The bucket and the lots of the units."""
    movement = await queries.movement_of_receipt(receipt.id, line.level_id, flow.movement_id)
    bucket = item.bucket
    if bucket is None:
        bucket = movement.to_bucket
        if bucket is not StockBucket.AVAILABLE and getattr(level, bucket.value) < item.quantity:
            bucket = StockBucket.AVAILABLE  # it was inspected meanwhile
    if not level.is_tracked:
        return bucket, ()
    path = ("lines", str(index))
    if not item.lots:
        (came,) = await stock.lots_by_movement([movement.id])
        if line.reversed or sum(each.quantity for each in came) != item.quantity:
            raise Invalid(
                ("This SKU is tracked by lot or serial number. List the lots or serial numbers to reverse."),
                *path,
                "lots",
                code=ProblemCode.REQUIRED,
            )
        return bucket, tuple(LotUnits(each.lot_id, each.quantity) for each in came)
    return bucket, await known_lots(await _variant(level), item.lots, item.quantity, *path)


async def _variant(level: StockLevel) -> Variant:
    (found,) = await catalog.variants_by_id([level.variant_id])
    assert found is not None
    return found


async def _take_off(
    uow: UnitOfWork, line: ReceiptLine, flow: CostFlow, item: ReversedItem, cause: Cause, index: int
) -> None:
    """Remove units and their share of the cost where they came in.

    Raises:
        Invalid: there were fewer units at some time since.
    """
    reach = await reach_of({flow.layer_id: flow.version})
    flow = reach.flows[flow.id]
    can = min(flow.quantity, await _least_held(reach, flow))
    if item.quantity > can:
        raise _gone(can, "lines", str(index), "quantity")
    cost = valuation.share(line.cost_minor, item.quantity, line.kept)
    landed = valuation.share(line.landed_minor, item.quantity, line.kept)
    worth = flow.value_minor - min(flow.value_minor, cost + landed)
    line.cost_minor -= cost
    line.landed_minor -= landed
    line.reversed += item.quantity
    flow.quantity -= item.quantity
    await update_each([flow], "quantity")
    change = Change(flow, worth, ValueAccount.SUPPLIERS, StockReason.CORRECTION)
    await follow_cost(uow, reach, [change], cause)
    (layer,) = await stock.layers_by_id([flow.layer_id])
    layer.quantity -= item.quantity
    await update_each([layer], "quantity")


async def _least_held(reach: Reach, flow: CostFlow) -> int:
    """The minimum that a flow's layer has held since it came in."""
    (before, _) = (await stock.held_before({flow.layer_id: flow.version})).get(flow.layer_id, (0, 0))
    held, least, has_come = before, flow.quantity, False
    for each in sorted(reach.flows.values(), key=lambda each: each.order):
        if each.layer_id == flow.layer_id:
            held += each.quantity
            if has_come or each.id == flow.id:
                least = min(least, held) if has_come else held
                has_come = True
    return least


def _gone(can: int, *path: str) -> Invalid:
    return Invalid(
        (
            f"Only {can} of these units are still in stock. Reverse at most this number, and "
            "correct the rest with stockAdjust."
        ),
        *path,
        code=ProblemCode.NOT_ENOUGH,
        available=can,
    )
