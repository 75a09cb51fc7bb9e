"""Costs that become known later: freight invoices and corrections."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.money import split_minor
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.inventory.locations import queries as locations
from app.inventory.receiving import queries
from app.inventory.receiving.events import CostCorrected
from app.inventory.receiving.landed_costs import LandedCost, landed_from_json, landed_to_json
from app.inventory.receiving.models import Receipt, ReceiptLine
from app.inventory.receiving.service.receipt_costs import LARGEST_COST, Cost, landed_weights, refuse_suppliers
from app.inventory.stock import queries as stock
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import CostMethod, StockReason, ValueAccount
from app.inventory.stock.models import CostFlow, ValueEntry
from app.inventory.stock.service.cost_propagation import Cause, Change, follow_cost, locked_reach
from app.settings import settings

A = ValueAccount


@command
async def add_landed_cost(uow: UnitOfWork, receipt_id: UUID, cost: LandedCost) -> Receipt:
    """Distribute a cost that became known after the receipt, such as the carrier's invoice.

    The cost follows the units to wherever they are; the share of sold units is posted to the cost of sales.

    Raises:
        NotFound: the receipt does not exist.
        Invalid: an invalid amount, a SKU without a weight if it is distributed by weight, or goods that
            belong to a supplier.
    """
    if not 1 <= cost.amount_minor < LARGEST_COST:
        raise Invalid(
            "A landed cost must be greater than zero.",
            "amount",
            "amount",
            code=ProblemCode.TOO_SMALL,
            minimum=0,
        )
    receipt = await queries.locked_receipt(Permission.STOCK_COSTS, uow.actor, receipt_id, "receipt_id")
    (location,) = await locations.locations_by_id([receipt.location_id])
    assert location is not None
    refuse_suppliers(location, "receipt_id")
    lines = [line for line in await queries.receipt_lines(receipt.id) if line.kept]
    levels = {level.id: level for level in await stock.levels_of(line.level_id for line in lines)}
    variants = await catalog.variants_by_id([levels[line.level_id].variant_id for line in lines])
    if not lines:
        raise Invalid("All of it was reversed.", "receipt_id", code=ProblemCode.NOT_POSSIBLE_NOW)
    weights = landed_weights(lines, [v for v in variants if v is not None], cost.by, "by")
    parts = valuation.spread(cost.amount_minor, weights)
    changes = list(zip(lines, parts, strict=True))
    await _change_costs(uow, changes, A.SUPPLIERS, StockReason.RECEIPT, Cause(receipt.id, cost.name))
    for line, part in changes:
        line.landed_minor += part
    await update_each(lines, "landed_minor")
    receipt.landed_costs = landed_to_json([*landed_from_json(receipt.landed_costs), cost])
    await receipt.save(update_fields=["landed_costs"])
    _announce(uow, receipt.id, cost.amount_minor)
    return receipt


@command
async def correct_cost(
    uow: UnitOfWork, receipt_id: UUID, *, position: int, cost: Cost, note: str = ""
) -> Receipt:
    """Correct the cost of a receipt line.

    All values become what they would have been with the correct cost: stock on hand, kits, goods in transit,
    and goods that were sold, returned or lost.

    Raises:
        NotFound: the receipt does not exist.
        Invalid: the line does not exist, or an invalid cost.
    """
    checked_note(note, "note", longest=LONGEST_REMARK)
    receipt = await queries.locked_receipt(Permission.STOCK_COSTS, uow.actor, receipt_id, "receipt_id")
    lines = {line.position: line for line in await queries.receipt_lines(receipt.id)}
    line = lines.get(position)
    if line is None:
        raise Invalid(
            f"The line must be between 1 and {len(lines)}, the number of lines of the receipt.",
            "line",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=len(lines),
        )
    if not line.kept:
        raise Invalid("All of it was reversed.", "line", code=ProblemCode.NOT_POSSIBLE_NOW)
    value = cost.of(line.kept, "unit_cost")
    change = value - line.cost_minor
    await _change_costs(uow, [(line, change)], A.REVALUATION, StockReason.CORRECTION, Cause(receipt.id, note))
    await _note_as_known(line)
    line.cost_minor, line.is_estimated = value, False
    await update_each([line], "cost_minor", "is_estimated")
    _announce(uow, receipt.id, change)
    return receipt


async def _change_costs(
    uow: UnitOfWork,
    changes: Sequence[tuple[ReceiptLine, int]],
    source: ValueAccount,
    reason: StockReason,
    cause: Cause,
) -> None:
    """Apply changes of lines' costs to the units wherever they are, including those that left."""
    level_ids = {line.level_id for line, _ in changes}
    if await stock.suppliers_levels(level_ids):
        return  # supplier-owned: the receipt has the cost, and no account does
    by_line = {line.id: change for line, change in changes if change}
    came = {flow.batch_id: flow for flow in await stock.flows_into(by_line) if flow.batch_id is not None}
    older = [await _opening(line, change) for line, change in changes if change and line.id not in came]
    starts = [*came.values(), *(flow for part in older for flow in part.kept)]
    reach = await locked_reach(starts, level_ids)
    worth: dict[UUID, int] = {}
    for line_id, flow in came.items():
        worth[flow.id] = reach.flows[flow.id].value_minor + by_line[line_id]
    for part in older:
        for flow, share in part.kept.items():
            worth[flow.id] = worth.get(flow.id, reach.flows[flow.id].value_minor) + share
    rows = [Change(reach.flows[id], max(0, value), source, reason) for id, value in worth.items()]
    await follow_cost(uow, reach, rows, cause)
    lost = sum(max(0, -value) for value in worth.values())
    await _book_sold(uow, older, -lost, source, reason, cause)


@dataclass(frozen=True, slots=True)
class _Older:
    """The share of a change for units older than the cost flows: units left at that time, and units gone
    before.
    """

    line: ReceiptLine
    kept: dict[CostFlow, int]
    left: int


async def _opening(line: ReceiptLine, change: int) -> _Older:
    """The units of a line without known flows: those left when the flows began.

    With FIFO these are in the layers of the line; with the average, its share of the pool: pool left ÷ pool
    then.
    """
    if CostMethod(settings().cost_method) is CostMethod.FIFO:
        flows = await stock.opening_flows_of_origin(line.id)
        kept, whole = sum(flow.quantity for flow in flows), line.kept
    else:
        flows = await stock.opening_flows(line.level_id)
        kept, whole = 0, 1
        if flows:
            kept, whole = await stock.remaining_of_pool(line.level_id, line.receipt_id, flows[0].at)
    size = valuation.share(abs(change), min(kept, whole), whole)
    borne = size if change >= 0 else -size
    parts = split_minor(borne, [flow.quantity for flow in flows]) if flows else []
    return _Older(line, dict(zip(flows, parts, strict=True)), change - sum(parts))


async def _book_sold(
    uow: UnitOfWork,
    older: Sequence[_Older],
    more: int,
    source: ValueAccount,
    reason: StockReason,
    cause: Cause,
) -> None:
    """Post the share of units that left before the cost flows began; they count as sold."""
    amounts = [part.left for part in older]
    if amounts:
        amounts[0] += more  # stock value never becomes negative
    balances = await stock.level_values({part.line.level_id for part in older})
    entries = [
        ValueEntry(
            id=new_id(),
            level_id=part.line.level_id,
            from_account=source if amount > 0 else A.COST_OF_SALES,
            to_account=A.COST_OF_SALES if amount > 0 else source,
            quantity=0,
            amount_minor=abs(amount),
            balance_quantity=balances[part.line.level_id][0],
            balance_minor=balances[part.line.level_id][1],
            reason=reason,
            reference_kind="receipt",
            reference_id=cause.receipt_id,
            note=cause.note,
            at=uow.at,
        )
        for part, amount in zip(older, amounts, strict=True)
        if amount
    ]
    await insert(entries)
    uow.book(entries)


async def _note_as_known(line: ReceiptLine) -> None:
    """Mark a line's cost as no longer estimated, so that later estimates may use it."""
    layers = [row for row in await stock.layers_of_origin(line.id) if row.is_estimated]
    for row in layers:
        row.is_estimated = False
    await update_each(layers, "is_estimated")


def _announce(uow: UnitOfWork, receipt_id: UUID, change: int) -> None:
    uow.announce(CostCorrected(subject_id=receipt_id, change_minor=change, currency=settings().cost_currency))
