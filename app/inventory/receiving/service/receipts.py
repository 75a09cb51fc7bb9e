"""Receiving goods, with what they cost and what bringing them here cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core.database import insert
from app.core.ids import new_id
from app.core.money import Money, converted
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound, Problems, ValidationFailed
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.inventory.location_kinds import LocationKind
from app.inventory.locations.models import Location
from app.inventory.receiving import queries
from app.inventory.receiving.events import StockReceived
from app.inventory.receiving.landed_costs import LandedCost, SpreadBy, landed_to_json
from app.inventory.receiving.models import Receipt, ReceiptLine
from app.inventory.stock import queries as stock
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.backdating import checked_received_at, count_from, lock_since
from app.inventory.stock.service.following import Cause
from app.inventory.stock.service.inbound import note_arrival
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.levels import checked_quantity, locked_levels, stocked_variants
from app.inventory.stock.service.lot_numbers import LotData, received_lots
from app.inventory.stock.service.units import checked_unit
from app.inventory.stock.service.valuing import Books, Part
from app.inventory.stock.valuation import Share
from app.settings import settings

MOST_LINES = 1_000
MOST_LANDED = 50
LARGEST_COST = 10**15


@dataclass(frozen=True, slots=True)
class Cost:
    """What units cost: each, or all together, in minor units of a currency.

    `rate` is what a unit of that currency is worth in the one that stock is valued in.
    """

    minor: int
    currency: str
    is_total: bool = False
    rate: Decimal | None = None

    def of(self, quantity: int, *path: str) -> int:
        """The cost of all units, in the currency that stock is valued in.

        Raises:
            Invalid: it is negative or too large, or in another currency and no rate is given.
        """
        own = settings().cost_currency
        if self.minor < 0:
            raise Invalid(
                "A cost cannot be negative.", *path, "amount", code=ProblemCode.TOO_SMALL, minimum=0
            )
        if self.currency != own and self.rate is None:
            raise Invalid(
                f"Stock is valued in {own}: give the exchange rate, or the cost in {own}.",
                *path,
                "currency",
                code=ProblemCode.WRONG_CURRENCY,
                currency=own,
            )
        whole = self.minor if self.is_total else self.minor * quantity
        if self.currency == own and self.rate not in (None, 1):
            raise Invalid(
                f"This is in {own} already: leave the exchange rate out.",
                *path,
                "exchange_rate",
                code=ProblemCode.CONTRADICTION,
                field="currency",
            )
        value = whole if self.rate is None else converted(whole, self.currency, own, self.rate)
        if value >= LARGEST_COST:
            raise Invalid(
                "This cost is too large.",
                *path,
                "amount",
                code=ProblemCode.TOO_LARGE,
                maximum_amount=Money(LARGEST_COST, own),
            )
        return value


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """Some units of a SKU that came in. Without a cost it is estimated, and can be put right later."""

    sku: str
    quantity: int
    cost: Cost | None = None
    bucket: StockBucket = StockBucket.AVAILABLE
    incoming_id: UUID | None = None  # what had been expected, of which it is
    unit: str | None = None  # the code of the unit that `quantity` and the cost of each are in; None: pieces
    lots: Sequence[LotData] = ()  # which units they are, in pieces, where the SKU is kept by lot


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
    """Put received goods on the shelf, each at what it cost and its share of what bringing it here cost.

    `source` is what they had been expected from, such as a purchase order. `received_at` is when they came,
    where that is written down later: they count from then, and what has been sold since costs what it would
    have.

    Raises:
        NotFound: no such SKU.
        Invalid, ValidationFailed: a quantity, cost or note that cannot be, or a SKU without stock.
    """
    _refuse_bad_lines(lines, landed)
    if landed:
        refuse_suppliers(location, "landed_costs")
    checked_note(note, "note", longest=LONGEST_REMARK)
    received_at = checked_received_at(received_at, uow, "received_at")
    variants = await stocked_variants([(line.sku, ("lines", str(i), "sku")) for i, line in enumerate(lines)])
    lines = [
        await _in_pieces(line, variant, index)
        for index, (line, variant) in enumerate(zip(lines, variants, strict=True))
    ]
    if received_at is not None:
        known = await stock.level_ids_at(location.id, [variant.id for variant in variants])
        await lock_since(known, received_at)
    levels = await locked_levels(uow, [variant.id for variant in variants], location.id)
    receipt = Receipt(
        id=new_id(),
        location_id=location.id,
        reference=reference,
        note=note,
        source_kind=source[0] if source else "",
        source_id=source[1] if source else None,
        landed_costs=landed_to_json(landed),
        at=received_at or uow.at,
    )
    rows = await _rows(uow, receipt, lines, [levels[variant.id] for variant in variants])
    _add_landed(rows, variants, landed)
    await insert([receipt])
    await insert(rows)
    for level, row, line in zip((levels[v.id] for v in variants), rows, lines, strict=True):
        await _note_incoming(uow, level, line, row.position - 1, source)
    lots = [
        await received_lots(
            uow, variant, line.lots, line.quantity, line.bucket, location.id, "lines", str(index)
        )
        for index, (line, variant) in enumerate(zip(lines, variants, strict=True))
    ]
    moves = [_move(receipt, row, line, units) for row, line, units in zip(rows, lines, lots, strict=True)]
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


def refuse_suppliers(location: Location, *path: str) -> None:
    """See that what a location holds is ours, so that a cost can fall on it.

    Raises:
        Invalid: it belongs to the supplier who sends from there.
    """
    if location.kind is LocationKind.DROP_SHIP:
        raise Invalid(
            "What is there belongs to the supplier: no cost of ours falls on it. Leave the cost out.",
            *path,
            code=ProblemCode.NOT_APPLICABLE,
        )


async def _note_incoming(
    uow: UnitOfWork, level: StockLevel, line: ReceivedLine, index: int, source: tuple[str, UUID] | None
) -> None:
    if line.incoming_id is None:
        return
    path = ("lines", str(index), "incoming_id")
    await stock.incoming(Permission.STOCK_MANAGE, uow.actor, line.incoming_id, *path)
    row = await stock.incoming_by_id(line.incoming_id)
    if row.level_id != level.id:
        raise Invalid(
            "That was expected of another SKU, or at another location.",
            *path,
            code=ProblemCode.CONTRADICTION,
            field="sku",
        )
    if row.source_kind and (row.source_kind, row.source_id) != source:
        raise Invalid(
            f"That comes with a {row.source_kind.replace('_', ' ')}: receive that.",
            *path,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    await note_arrival(uow, level, row, line.quantity)


async def _in_pieces(line: ReceivedLine, variant: Variant, index: int) -> ReceivedLine:
    """A line whose quantity is in pieces, and whose cost is of all of them.

    Raises:
        Invalid: the variant is not bought in that unit.
    """
    if line.unit is None:
        return line
    unit = await checked_unit(variant, line.unit, "lines", str(index), "unit")
    cost = line.cost
    if cost is not None and not cost.is_total:
        cost = replace(cost, minor=cost.minor * line.quantity, is_total=True)
    pieces = checked_quantity(line.quantity * unit.quantity, "lines", str(index), "quantity")
    return replace(line, quantity=pieces, cost=cost, unit=None)


def _refuse_bad_lines(lines: Sequence[ReceivedLine], landed: Sequence[LandedCost]) -> None:
    problems = Problems()
    if not 1 <= len(lines) <= MOST_LINES:
        problems.add(
            f"A receipt has 1 to {MOST_LINES} lines.",
            "lines",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_LINES,
        )
    if len(landed) > MOST_LANDED:
        problems.add(
            f"A receipt has {MOST_LANDED} landed costs at the most.",
            "landed_costs",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_LANDED,
        )
    for index, line in enumerate(lines):
        with problems.caught("lines", str(index)):
            checked_quantity(line.quantity, "quantity")
        if line.bucket in (StockBucket.OUTSIDE, StockBucket.RESERVED):
            problems.add(
                "Goods come in as AVAILABLE, or in a state of their own.",
                "lines",
                str(index),
                "bucket",
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
            )
    for index, cost in enumerate(landed):
        if not 0 <= cost.amount_minor < LARGEST_COST:
            problems.add(
                "This cannot be below zero.",
                "landed_costs",
                str(index),
                "amount",
                code=ProblemCode.TOO_SMALL,
                minimum=0,
            )
    problems.refuse()


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


def _add_landed(
    rows: Sequence[ReceiptLine], variants: Sequence[Variant], landed: Sequence[LandedCost]
) -> None:
    for index, cost in enumerate(landed):
        weights = landed_weights(rows, variants, cost.by, "landed_costs", str(index), "by")
        for row, part in zip(rows, valuation.spread(cost.amount_minor, weights), strict=True):
            row.landed_minor += part


def landed_weights(
    rows: Sequence[ReceiptLine], variants: Sequence[Variant], by: SpreadBy, *path: str
) -> list[int]:
    """By what a landed cost is shared out over a receipt's lines.

    Raises:
        Invalid: by weight, and a SKU has none.
    """
    if by is SpreadBy.VALUE:
        return [row.cost_minor for row in rows]
    if by is SpreadBy.QUANTITY:
        return [row.kept for row in rows]
    without = [variant.sku for variant in variants if not variant.weight_grams]
    if without:
        raise Invalid(
            f"{', '.join(without[:5])}: no weight is known. Spread by VALUE or QUANTITY.",
            *path,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    return [row.kept * (variant.weight_grams or 0) for row, variant in zip(rows, variants, strict=True)]


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
        NotFound: no such SKU.
        Invalid: a quantity, cost or note that cannot be, or a SKU without stock.
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
        # The caller has no lines: a refusal of the line itself is of how many there are.
        refusal.path = refusal.path[2:] if refusal.path[:2] == ("lines", "0") else refusal.path
        if refusal.path == ("lines",):
            refusal.path = ("lots",) if lots else ("quantity",)
        raise
    return await queries.level_of_receipt(receipt.id)
