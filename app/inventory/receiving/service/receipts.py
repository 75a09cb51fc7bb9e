"""Receipts of goods."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.catalog.models import Variant
from app.core.database import insert
from app.core.ids import new_id
from app.core.refusals import Invalid, NotFound, ValidationFailed
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.inventory.location_kinds import LocationKind
from app.inventory.locations.models import Location
from app.inventory.receiving import queries
from app.inventory.receiving.events import StockReceived
from app.inventory.receiving.landed_costs import LandedCost, landed_to_json
from app.inventory.receiving.models import Receipt, ReceiptLine
from app.inventory.receiving.service.receipt_costs import Cost, add_landed, refuse_suppliers
from app.inventory.receiving.service.received_lines import (
    ReceivedLine,
    in_pieces,
    note_incoming,
    refuse_bad_lines,
)
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.backdating import checked_received_at, count_from, lock_since
from app.inventory.stock.service.cost_propagation import Cause
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.levels import checked_quantity, locked_levels, stocked_variants
from app.inventory.stock.service.lot_numbers import LotData, received_lots
from app.inventory.stock.service.valuing import Books, Part
from app.inventory.stock.valuation import Share


@command
async def receive(
    uow: UnitOfWork,
    *,
    location: Location,
    lines: Sequence[ReceivedLine],
    landed: Sequence[LandedCost] = (),
    reference: str = "",
    note: str = "",
    source: tuple[str, UUID] | None = None,
    received_at: datetime | None = None,
) -> Receipt:
    """Receive goods into stock, each with its cost and share of the landed costs.

    `source` is what they were expected from, such as a purchase order. `received_at` is when they arrived, if
    recorded later: they count from then, and units sold since are revalued accordingly.

    Raises:
        NotFound: a SKU does not exist.
        Invalid, ValidationFailed: an invalid quantity, cost or note, or a SKU without stock.
    """
    refuse_bad_lines(lines, landed)
    if landed:
        refuse_suppliers(location, "landed_costs")
    checked_note(note, "note", longest=LONGEST_REMARK)
    received_at = checked_received_at(received_at, uow, "received_at")
    variants = await stocked_variants([(line.sku, ("lines", str(i), "sku")) for i, line in enumerate(lines)])
    lines = [
        await in_pieces(line, variant, index)
        for index, (line, variant) in enumerate(zip(lines, variants, strict=True))
    ]
    if received_at is not None:
        known = await stock.level_ids_at(location.id, [variant.id for variant in variants])
        await lock_since(known, received_at)
    levels = await locked_levels(uow, [variant.id for variant in variants], location.id)
    receipt = _receipt(uow, location, landed, reference, note, source, received_at)
    rows = await _rows(uow, receipt, lines, [levels[variant.id] for variant in variants])
    add_landed(rows, variants, landed)
    await insert([receipt])
    await insert(rows)
    for level, row, line in zip((levels[v.id] for v in variants), rows, lines, strict=True):
        await note_incoming(uow, level, line, row.position - 1, source)
    moves = await _moves(uow, receipt, variants, rows, lines)
    await apply(uow, list(levels.values()), moves, Reference("receipt", receipt.id, note), "lines")
    if received_at is not None and location.kind is not LocationKind.DROP_SHIP:
        await count_from(uow, received_at, [row.id for row in rows], Cause(receipt.id, note))
    uow.is_new(receipt.id)
    uow.announce(
        StockReceived(
            subject_id=receipt.id,
            location_id=location.id,
            reference=reference,
            units=sum(line.quantity for line in lines),
        )
    )
    return receipt


def _receipt(
    uow: UnitOfWork,
    location: Location,
    landed: Sequence[LandedCost],
    reference: str,
    note: str,
    source: tuple[str, UUID] | None,
    received_at: datetime | None,
) -> Receipt:
    return Receipt(
        id=new_id(),
        location_id=location.id,
        reference=reference,
        note=note,
        source_kind=source[0] if source else "",
        source_id=source[1] if source else None,
        landed_costs=landed_to_json(landed),
        at=received_at or uow.at,
    )


async def _moves(
    uow: UnitOfWork,
    receipt: Receipt,
    variants: Sequence[Variant],
    rows: Sequence[ReceiptLine],
    lines: Sequence[ReceivedLine],
) -> list[Move]:
    lots = [
        await received_lots(
            uow, variant, line.lots, line.quantity, line.bucket, receipt.location_id, "lines", str(index)
        )
        for index, (line, variant) in enumerate(zip(lines, variants, strict=True))
    ]
    return [_move(receipt, row, line, units) for row, line, units in zip(rows, lines, lots, strict=True)]


async def _rows(
    uow: UnitOfWork, receipt: Receipt, lines: Sequence[ReceivedLine], levels: Sequence[StockLevel]
) -> list[ReceiptLine]:
    books = (
        await Books.of(uow, {level.id: level.version for level in levels})
        if any(line.cost is None for line in lines)
        else None
    )
    rows = []
    for position, (line, level) in enumerate(zip(lines, levels, strict=True), 1):
        if line.cost is not None:
            value = line.cost.of(line.quantity, "lines", str(position - 1), "unit_cost")
        else:
            assert books is not None
            value = (await books.estimate(level.id, line.quantity)).value_minor
        rows.append(
            ReceiptLine(
                id=new_id(),
                receipt_id=receipt.id,
                level_id=level.id,
                position=position,
                quantity=line.quantity,
                cost_minor=value,
                is_estimated=line.cost is None,
                incoming_id=line.incoming_id,
            )
        )
    return rows


def _move(receipt: Receipt, row: ReceiptLine, line: ReceivedLine, lots: tuple[LotUnits, ...]) -> Move:
    worth = row.cost_minor + row.landed_minor
    part = Part(row.quantity, worth, receipt.at, row.id, row.is_estimated, Share(row.id))
    return Move(
        row.level_id,
        StockBucket.OUTSIDE,
        line.bucket,
        row.quantity,
        StockReason.RECEIPT,
        unit_cost_minor=None if line.cost is None or line.cost.is_total else line.cost.minor,
        cost_currency=None if line.cost is None or line.cost.is_total else line.cost.currency,
        parts=(part,),
        lots=lots,
        at=receipt.at,
    )


@command
async def receive_one(
    uow: UnitOfWork,
    *,
    sku: str,
    location: Location,
    quantity: int,
    cost: Cost | None = None,
    note: str = "",
    incoming_id: UUID | None = None,
    unit: str | None = None,
    lots: Sequence[LotData] = (),
    received_at: datetime | None = None,
) -> StockLevel:
    """Receive units of one SKU; see `receive`.

    Raises:
        NotFound: the SKU does not exist.
        Invalid: an invalid quantity, cost or note, or a SKU without stock.
    """
    checked_quantity(quantity, "quantity")
    try:
        receipt = await receive(
            uow,
            location=location,
            lines=[ReceivedLine(sku, quantity, cost, incoming_id=incoming_id, unit=unit, lots=lots)],
            note=note,
            received_at=received_at,
        )
    except ValidationFailed as refusal:
        raise refusal.without(2) from refusal
    except (Invalid, NotFound) as refusal:
        # The caller's input has no lines, so the path starts at the quantity.
        refusal.path = refusal.path[2:] if refusal.path[:2] == ("lines", "0") else refusal.path
        if refusal.path == ("lines",):
            refusal.path = ("lots",) if lots else ("quantity",)
        raise
    return await queries.level_of_receipt(receipt.id)
