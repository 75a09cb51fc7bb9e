"""Assembly and disassembly of kits."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.lifecycle import Composition
from app.catalog.models import Component, Variant
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.inventory.locations.models import Location
from app.inventory.stock import queries as stock
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.models import StockLevel
from app.inventory.stock.refusals import InsufficientStock, Shortage
from app.inventory.stock.service.expiring import set_expired_aside
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.levels import checked_quantity, locked_levels, stocked_variant
from app.inventory.stock.service.lot_numbers import LotData, known_lots, received_lots
from app.inventory.stock.service.valuing import Part
from app.inventory.stock.valuation import Share

OUT, IN = (StockBucket.AVAILABLE, StockBucket.OUTSIDE), (StockBucket.OUTSIDE, StockBucket.AVAILABLE)


@command
async def assemble(
    uow: UnitOfWork,
    *,
    sku: str,
    location: Location,
    quantity: int,
    lots: Sequence[LotData] = (),
    note: str = "",
) -> StockLevel:
    """Assemble kits from components in stock. The value of a kit is that of its components.

    `lots` are the lots of the kits, if they are tracked. Components are taken from the lots that expire
    first.

    Raises:
        NotFound: the SKU does not exist.
        Invalid: it is not a kit, or an invalid quantity.
        InsufficientStock: every component without enough stock.
    """
    kit, parts, levels = await _ready(uow, sku, location, quantity, note)
    await _refuse_missing(parts, levels, quantity)
    assembly_id = new_id()
    reference = Reference("assembly", assembly_id, note)
    moves = [
        Move(levels[part.part_id].id, *OUT, part.quantity * quantity, StockReason.ASSEMBLY) for part in parts
    ]
    drawn = await apply(uow, list(levels.values()), moves, reference, "quantity")
    worth = sum(each.draw.value_minor for draws in drawn for each in draws)
    made = Part(quantity, worth, uow.at, share=Share(assembly_id))
    named = await received_lots(uow, kit, lots, quantity, StockBucket.AVAILABLE, location.id)
    move = Move(levels[kit.id].id, *IN, quantity, StockReason.ASSEMBLY, parts=(made,), lots=named)
    await apply(uow, [levels[kit.id]], [move], reference, "quantity")
    return levels[kit.id]


@command
async def disassemble(
    uow: UnitOfWork,
    *,
    sku: str,
    location: Location,
    quantity: int,
    lots: Sequence[LotData] = (),
    note: str = "",
) -> StockLevel:
    """Disassemble kits. Their value is distributed over the components by the components' present values.

    `lots` are the lots of the kits, if they are tracked; if omitted, those that expire first.

    Raises:
        NotFound: the SKU does not exist.
        Invalid: it is not a kit, too few are free, or it has components that are tracked by lot: adjust the
            stock of these with their lots instead.
    """
    kit, parts, levels = await _ready(uow, sku, location, quantity, note)
    if any(levels[part.part_id].is_tracked for part in parts):
        raise Invalid(
            (
                "A component is tracked by lot or serial number. Adjust the stock of the kit and "
                "its components instead."
            ),
            "sku",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    assembly_id = new_id()
    reference = Reference("assembly", assembly_id, note)
    named = await known_lots(kit, lots, quantity) if lots else ()
    out = Move(levels[kit.id].id, *OUT, quantity, StockReason.ASSEMBLY, lots=named)
    (drawn,) = await apply(uow, [levels[kit.id]], [out], reference, "quantity")
    worth = sum(each.draw.value_minor for each in drawn)
    weights = await _weights(parts, levels, quantity)
    moves = [
        Move(
            levels[part.part_id].id,
            *IN,
            part.quantity * quantity,
            StockReason.ASSEMBLY,
            parts=(Part(part.quantity * quantity, share.of(worth), uow.at, share=share),),
        )
        for part, share in zip(parts, _shares(assembly_id, weights), strict=True)
    ]
    await apply(uow, list(levels.values()), moves, reference, "quantity")
    return levels[kit.id]


def _shares(batch_id: UUID, weights: Sequence[int]) -> list[Share]:
    """The share of a batch for each component, by weight."""
    starts = accumulate(weights, initial=0)
    return [Share(batch_id, start, size, sum(weights)) for start, size in zip(starts, weights, strict=False)]


async def _ready(
    uow: UnitOfWork, sku: str, location: Location, quantity: int, note: str
) -> tuple[Variant, list[Component], dict[UUID, StockLevel]]:
    """The kit, its components, and their locked levels."""
    checked_quantity(quantity, "quantity")
    checked_note(note, "note", longest=LONGEST_REMARK)
    kit = await stocked_variant(sku)
    if kit.composition is not Composition.KIT:
        raise Invalid(
            ("This variant is not a kit. Set its components first (variantComponentsSet)."),
            "sku",
            code=ProblemCode.WRONG_KIND,
        )
    parts = (await catalog.components_of([kit.id]))[kit.id]
    levels = await locked_levels(uow, [kit.id, *(part.part_id for part in parts)], location.id)
    await set_expired_aside(uow, list(levels.values()))
    return kit, parts, levels


async def _refuse_missing(parts: list[Component], levels: dict[UUID, StockLevel], quantity: int) -> None:
    free = {part.part_id: stock.available(levels[part.part_id]) for part in parts}
    short = [part for part in parts if free[part.part_id] < part.quantity * quantity]
    if short:
        skus = await stock.skus_of(part.part_id for part in short)
        raise InsufficientStock(
            [
                Shortage(skus[part.part_id], part.quantity * quantity, max(0, free[part.part_id]))
                for part in short
            ],
            "quantity",
        )


async def _weights(parts: Sequence[Component], levels: Mapping[UUID, StockLevel], quantity: int) -> list[int]:
    """The weights by which the value of a kit is shared out over its components: what these are worth now."""
    values = await stock.level_values(level.id for level in levels.values())
    weights = []
    for part in parts:
        units, value = values[levels[part.part_id].id]
        weights.append(valuation.share(value, part.quantity * quantity, units) if units else 0)
    return weights if any(weights) else [part.quantity for part in parts]
