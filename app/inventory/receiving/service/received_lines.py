"""The lines of a receipt as they are given, and their checks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.uow import UnitOfWork
from app.inventory.receiving.landed_costs import LandedCost
from app.inventory.receiving.service.receipt_costs import LARGEST_COST, Cost
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.inbound import note_arrival
from app.inventory.stock.service.levels import checked_quantity
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.stock.service.units_of_measure import checked_unit

MOST_LINES = 1_000


MOST_LANDED = 50


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """Received units of a SKU. A missing cost is estimated and can be corrected later."""

    sku: str
    quantity: int
    cost: Cost | None = None
    bucket: StockBucket = StockBucket.AVAILABLE
    incoming_id: UUID | None = None  # the incoming stock that they belong to
    unit: str | None = None  # the unit of `quantity` and of the cost; None: pieces
    lots: Sequence[LotData] = ()  # the lots in pieces, if the SKU is tracked by lot


async def note_incoming(
    uow: UnitOfWork, level: StockLevel, line: ReceivedLine, index: int, source: tuple[str, UUID] | None
) -> None:
    if line.incoming_id is None:
        return
    path = ("lines", str(index), "incoming_id")
    await stock.incoming(Permission.STOCK_MANAGE, uow.actor, line.incoming_id, *path)
    row = await stock.incoming_by_id(line.incoming_id)
    if row.level_id != level.id:
        raise Invalid(
            "The incoming stock is for another SKU or location.",
            *path,
            code=ProblemCode.CONTRADICTION,
            field="sku",
        )
    if row.source_kind and (row.source_kind, row.source_id) != source:
        raise Invalid(
            (f"The incoming stock belongs to a {row.source_kind.replace('_', ' ')}. Receive that instead."),
            *path,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    await note_arrival(uow, level, row, line.quantity)


async def in_pieces(line: ReceivedLine, variant: Variant, index: int) -> ReceivedLine:
    """A line in pieces with its total cost.

    Raises:
        Invalid: the variant has no such unit.
    """
    if line.unit is None:
        return line
    unit = await checked_unit(variant, line.unit, "lines", str(index), "unit")
    cost = line.cost
    if cost is not None and not cost.is_total:
        cost = replace(cost, minor=cost.minor * line.quantity, is_total=True)
    pieces = checked_quantity(line.quantity * unit.quantity, "lines", str(index), "quantity")
    return replace(line, quantity=pieces, cost=cost, unit=None)


def refuse_bad_lines(lines: Sequence[ReceivedLine], landed: Sequence[LandedCost]) -> None:
    problems = Problems()
    if not 1 <= len(lines) <= MOST_LINES:
        problems.add(
            f"A receipt must have 1 to {MOST_LINES} lines.",
            "lines",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_LINES,
        )
    if len(landed) > MOST_LANDED:
        problems.add(
            f"A receipt can have at most {MOST_LANDED} landed costs.",
            "landed_costs",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_LANDED,
        )
    for index, line in enumerate(lines):
        with problems.caught("lines", str(index)):
            checked_quantity(line.quantity, "quantity")
        if line.bucket in (StockBucket.OUTSIDE, StockBucket.RESERVED):
            problems.add(
                "The stock state must be AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
                "lines",
                str(index),
                "bucket",
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
            )
    for index, cost in enumerate(landed):
        if not 0 <= cost.amount_minor < LARGEST_COST:
            problems.add(
                "This must not be negative.",
                "landed_costs",
                str(index),
                "amount",
                code=ProblemCode.TOO_SMALL,
                minimum=0,
            )
    problems.refuse()
