"""Costs that become known later: freight invoices, and costs that were wrong."""

from collections.abc import Sequence
from uuid import UUID

from app.catalog import queries as catalog
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.money import split_minor
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.work import Work, verb
from app.inventory import queries, valuation
from app.inventory.events import CostCorrected
from app.inventory.lifecycle import CostMethod, StockReason, ValueAccount
from app.inventory.models import CostLayer, Receipt, ReceiptLine, ValueEntry
from app.inventory.service.receiving import LARGEST_COST, Cost, LandedCost, landed_weights, refuse_suppliers
from app.inventory.service.valuing import Books
from app.settings import settings

A = ValueAccount


@verb
async def add_landed_cost(work: Work, receipt_id: UUID, cost: LandedCost) -> Receipt:
    """Share out a cost that became known after the receipt, such as the carrier's invoice.

    What has left meanwhile takes its share to the cost of sales.

    Raises:
        NotFound: no such receipt.
        Invalid: an amount that cannot be, a SKU without a weight where it is shared out by weight, or goods
            that belong to a supplier.
    """
    if not 1 <= cost.amount_minor < LARGEST_COST:
        raise Invalid(
            "A landed cost is above zero.", "amount", "amount", code=ProblemCode.TOO_SMALL, minimum=0
        )
    receipt = await queries.locked_receipt(work.actor, receipt_id, "receipt_id")
    (location,) = await queries.locations_by_id([receipt.location_id])
    assert location is not None
    refuse_suppliers(location, "receipt_id")
    lines = await queries.receipt_lines(receipt.id)
    await _lock_levels(lines)
    levels = {level.id: level for level in await queries.levels_of(line.level_id for line in lines)}
    variants = await catalog.variants_by_id([levels[line.level_id].variant_id for line in lines])
    weights = landed_weights(lines, [v for v in variants if v is not None], cost.by, "by")
    for line, part in zip(lines, valuation.spread(cost.amount_minor, weights), strict=True):
        await _change_cost(work, line, part, A.SUPPLIERS, StockReason.RECEIPT, cost.name)
        line.landed_minor += part
    await update_each(lines, "landed_minor")
    receipt.landed_costs = [
        *receipt.landed_costs,
        {"name": cost.name, "amount_minor": cost.amount_minor, "by": cost.by.value},
    ]
    await receipt.save(update_fields=["landed_costs"])
    _announce(work, receipt.id, cost.amount_minor)
    return receipt


@verb
async def correct_cost(work: Work, receipt_id: UUID, *, position: int, cost: Cost, note: str = "") -> Receipt:
    """Put right what a line of a receipt cost. What has left takes its share to the cost of sales.

    Raises:
        NotFound: no such receipt.
        Invalid: no such line, or a cost that cannot be.
    """
    checked_note(note, "note", longest=LONGEST_REMARK)
    receipt = await queries.locked_receipt(work.actor, receipt_id, "receipt_id")
    lines = {line.position: line for line in await queries.receipt_lines(receipt.id)}
    line = lines.get(position)
    if line is None:
        raise Invalid(
            f"The receipt has the lines 1 to {len(lines)}.",
            "line",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=len(lines),
        )
    await _lock_levels([line])
    value = cost.of(line.quantity, "unit_cost")
    change = value - line.cost_minor
    await _change_cost(work, line, change, A.REVALUATION, StockReason.CORRECTION, note)
    line.cost_minor, line.is_estimated = value, False
    await update_each([line], "cost_minor", "is_estimated")
    _announce(work, receipt.id, change)
    return receipt


async def _lock_levels(lines: Sequence[ReceiptLine]) -> None:
    """Lock every level that holds something of these lines, their own included, in the usual order."""
    ids = await queries.level_ids_of_origins(line.id for line in lines)
    await queries.locked_levels_by_id({*ids, *(line.level_id for line in lines)})


async def _change_cost(
    work: Work, line: ReceiptLine, change: int, source: ValueAccount, reason: StockReason, note: str
) -> None:
    """Let a change of a line's cost fall on what remains of it and on what has left."""
    if await queries.suppliers_levels([line.level_id]):
        return  # not ours: the receipt says what they cost, and no account does
    layers = await _layers(work, line)
    remaining = min(line.quantity, sum(layer.remaining for layer in layers))
    kept, left = valuation.revalue(remaining, line.quantity, change)
    parts = split_minor(kept, [layer.remaining for layer in layers]) if layers else []
    fallen = []
    for layer, part in zip(layers, parts, strict=True):
        borne = max(part, -layer.remaining_minor)  # no layer is worth less than nothing
        left += part - borne
        layer.remaining_minor += borne
        layer.value_minor = max(layer.remaining_minor, layer.value_minor + borne)
        layer.is_estimated = False
        fallen.append((layer.level_id, A.IN_TRANSIT if layer.in_transit else A.ASSET, borne))
    await update_each(layers, "remaining_minor", "value_minor", "is_estimated")
    fallen.append((line.level_id, A.COST_OF_SALES, left))
    balances = await queries.level_values({level_id for level_id, _, _ in fallen})
    await insert(
        [
            ValueEntry(
                id=new_id(),
                level_id=level_id,
                from_account=source if amount > 0 else account,
                to_account=account if amount > 0 else source,
                quantity=0,
                amount_minor=abs(amount),
                balance_quantity=balances[level_id][0],
                balance_minor=balances[level_id][1],
                reason=reason,
                reference_kind="receipt",
                reference_id=line.receipt_id,
                note=note,
                at=work.at,
            )
            for level_id, account, amount in fallen
            if amount
        ]
    )


async def _layers(work: Work, line: ReceiptLine) -> list[CostLayer]:
    """The layers that bear a change of a line's cost: its own, or the average that it went into."""
    if CostMethod(settings().cost_method) is CostMethod.FIFO:
        return await queries.layers_of_origin(line.id)
    books = await Books.of(work, [line.level_id])
    await books.close()  # what had been layers of their own is now one
    return [books.rows[layer.id] for layer in books.open.get(line.level_id, [])[:1]]


def _announce(work: Work, receipt_id: UUID, change: int) -> None:
    work.announce(
        CostCorrected(subject_id=receipt_id, change_minor=change, currency=settings().cost_currency)
    )
