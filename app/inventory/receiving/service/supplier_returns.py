"""Goods returned to suppliers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.catalog.models import Variant
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.inventory.locations.models import Location
from app.inventory.receiving import queries
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import StockBucket, StockReason, ValueAccount
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.levels import locked_levels
from app.inventory.stock.service.lot_numbers import LotData, known_lots
from app.inventory.stock.service.valuing import Part
from app.inventory.stock.valuation import Share


@dataclass(frozen=True, slots=True)
class SupplierReturnItem:
    """Pieces of a variant to return; `bucket` is their state."""

    variant: Variant
    quantity: int
    bucket: StockBucket = StockBucket.AVAILABLE
    lots: Sequence[LotData] = ()


@command
async def return_to_supplier(
    uow: UnitOfWork, *, location: Location, items: Sequence[SupplierReturnItem], reference: Reference
) -> list[int]:
    """Return goods to a supplier at cost; return the value of each item.

    Only free units can be returned, not reserved ones.

    Raises:
        Invalid: too few units are there or free, or an invalid state.
    """
    levels = await locked_levels(uow, [item.variant.id for item in items], location.id)
    worth = []
    for index, item in enumerate(items):
        path = ("lines", str(index))
        if item.bucket in (StockBucket.OUTSIDE, StockBucket.RESERVED):
            raise Invalid(
                "The stock state must be AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
                *path,
                "bucket",
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
            )
        level = levels[item.variant.id]
        move = Move(
            level.id,
            item.bucket,
            StockBucket.OUTSIDE,
            item.quantity,
            StockReason.SUPPLIER_RETURN,
            lots=await known_lots(item.variant, item.lots, item.quantity, *path),
        )
        (drawn,) = await apply(uow, [level], [move], reference, *path, "quantity")
        worth.append(sum(each.draw.value_minor for each in drawn))
    return worth


@command
async def undo_supplier_return(uow: UnitOfWork, *, reference: Reference, worth: Sequence[int]) -> None:
    """Put back what was returned under a reference, in the same state and lots.

    `worth` are the values of the items.
    """
    assert reference.id is not None
    movements = await queries.movements_for(reference.id)
    levels = {row.id: row for row in await stock.locked_levels_by_id({m.level_id for m in movements})}
    lots = await stock.lots_by_movement([movement.id for movement in movements])
    for movement, value, units in zip(movements, worth, lots, strict=True):
        move = Move(
            movement.level_id,
            StockBucket.OUTSIDE,
            movement.from_bucket,
            movement.quantity,
            StockReason.SUPPLIER_RETURN,
            parts=(Part(movement.quantity, value, uow.at, share=Share(movement.id)),),
            account=ValueAccount.SUPPLIERS,
            lots=tuple(LotUnits(each.lot_id, each.quantity) for each in units),
        )
        await apply(uow, [levels[movement.level_id]], [move], reference, "id")


def reference_of_return(id: UUID, note: str) -> Reference:
    """The reference of a supplier return in the ledger."""
    return Reference("supplier_return", id, note)
