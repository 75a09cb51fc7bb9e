"""Units of a transfer that leave transit: the movements at the destination, their value and their lots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork
from app.inventory.stock import queries as stock
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import StockBucket, StockReason, ValueAccount
from app.inventory.stock.lot_allocation import LotUnits, Shelf
from app.inventory.stock.models import CostFlow, CostLayer, StockLevel
from app.inventory.stock.service.ledger import Move
from app.inventory.stock.service.levels import stocked_variant
from app.inventory.stock.service.lot_numbers import LotData, known_lots
from app.inventory.stock.service.lot_selection import split
from app.inventory.stock.service.valuing import Part
from app.inventory.stock.valuation import Draw, Layer, Share
from app.inventory.transfers import queries
from app.inventory.transfers.models import TransferLine
from app.inventory.transfers.service.arrivals import Arrived, refuse_more_than_sent


@dataclass(slots=True)
class Arrival:
    """The movements of one receipt at the destination, with the value of each unit."""

    moves: list[Move] = field(default_factory=list)
    missing: list[tuple[UUID, int, int]] = field(default_factory=list)  # level, units, value
    layers: list[CostLayer] = field(default_factory=list)
    flows: list[CostFlow] = field(default_factory=list)


async def take_out_of_transit(
    uow: UnitOfWork,
    lines: Sequence[TransferLine],
    found: Mapping[UUID, Arrived],
    levels: Mapping[UUID, StockLevel],
    on_the_way: Mapping[UUID, StockLevel],
) -> Arrival:
    """Take received units out of transit; return what is to be written at the destination.

    `levels` are the levels that the units enter and `on_the_way` those that count them in transit, by
    variant.
    """
    arrival = Arrival()
    rows = await queries.transit_layers(line.id for line in lines)
    for line in lines:
        own = [row for row in rows if row.reference_id == line.id]
        id = line.variant_id
        await _receive_line(uow, arrival, line, found[id], levels[id], on_the_way[id], own)
    return arrival


async def _receive_line(
    uow: UnitOfWork,
    arrival: Arrival,
    line: TransferLine,
    each: Arrived,
    level: StockLevel,
    transit: StockLevel,
    own: Sequence[CostLayer],
) -> None:
    """Add what comes in of one line; `own` are its cost layers in transit."""
    if each.surplus and level.is_tracked:
        refuse_more_than_sent(replace(each, surplus=0), line.on_the_way)
    layers = [Layer(row.id, row.received_at, row.remaining, row.remaining_minor) for row in own]
    origins = {row.id: row.origin_id for row in own}
    lots = await _lots(line, level, each)
    for units, bucket, which in (
        (each.received - each.surplus, StockBucket.AVAILABLE, lots[0]),
        (each.damaged, StockBucket.DAMAGED, lots[1]),
    ):
        if units:
            left = _leave(uow, arrival, line, transit, layers, units, is_lost=False)
            parts = tuple(
                Part(d.quantity, d.value_minor, d.received_at, origins[d.layer_id], share=Share(batch_id))
                for d, batch_id in left
            )
            ends = (StockBucket.OUTSIDE, bucket)
            move = Move(level.id, *ends, units, StockReason.TRANSFER_IN, parts=parts, lots=which)
            arrival.moves.append(move)
    if each.surplus:
        move = Move(level.id, StockBucket.OUTSIDE, StockBucket.AVAILABLE, each.surplus, StockReason.FOUND)
        arrival.moves.append(move)
    if each.missing:
        lost = _leave(uow, arrival, line, transit, layers, each.missing, is_lost=True)
        worth = sum(draw.value_minor for draw, _ in lost)
        arrival.missing.append((transit.id, each.missing, worth))
    for row, layer in zip(own, layers, strict=True):
        row.remaining, row.remaining_minor = layer.quantity, layer.value_minor
        row.is_open = layer.quantity > 0
    arrival.layers += own


def _leave(
    uow: UnitOfWork,
    arrival: Arrival,
    line: TransferLine,
    level: StockLevel,
    layers: Sequence[Layer],
    units: int,
    *,
    is_lost: bool,
) -> list[tuple[Draw, UUID]]:
    """Take units out of transit; return the draws, each with the batch in which it left."""
    drawn = []
    for draw in valuation.draw(layers, units):
        batch_id = new_id()
        arrival.flows.append(
            CostFlow(
                id=new_id(),
                layer_id=draw.layer_id,
                level_id=level.id,
                version=level.version + 1,  # the version of the movement that it becomes a part of
                at=uow.at,
                quantity=-draw.quantity,
                value_minor=draw.value_minor,
                account=ValueAccount.WRITE_OFF if is_lost else ValueAccount.IN_TRANSIT,
                batch_id=batch_id,
                reason=StockReason.LOSS if is_lost else StockReason.TRANSFER_IN,
                reference_id=line.transfer_id,
            )
        )
        drawn.append((draw, batch_id))
    return drawn


async def _lots(line: TransferLine, level: StockLevel, each: Arrived) -> list[tuple[LotUnits, ...]]:
    """The lots of units that arrived in order and damaged; if omitted, the first to expire.

    Raises:
        Invalid: lots that are not in transit, or too many of their units.
    """
    if not level.is_tracked:
        return [(), ()]
    left = {lot.lot_id: lot for lot in await stock.lots_in_transit(line.transfer_id, line.variant_id)}
    asked = ((each.lots, each.received, "lots"), (each.damaged_lots, each.damaged, "damaged_lots"))
    named = [await _named_lots(left, each, given, units, name) for given, units, name in asked]
    sizes = [0 if chosen else units for chosen, (_, units, _) in zip(named, asked, strict=True)]
    rest = split(list(left.values()), *sizes)
    return [chosen or others for chosen, others in zip(named, rest, strict=True)]


async def _named_lots(
    left: dict[UUID, Shelf], each: Arrived, given: Sequence[LotData], units: int, name: str
) -> tuple[LotUnits, ...]:
    """The given lots, subtracted from what is left in transit."""
    if not given:
        return ()
    place = ("lines", str(each.position))
    chosen = await known_lots(await stocked_variant(each.sku), given, units, *place)
    for index, lot in enumerate(chosen):
        shelf = left.get(lot.lot_id, Shelf(lot.lot_id, 0))
        if lot.quantity > shelf.quantity:
            raise Invalid(
                (
                    f"Only {shelf.quantity} more units of this lot are in transit. Reduce the "
                    "quantity, or list other lots."
                ),
                *place,
                name,
                str(index),
                code=ProblemCode.NOT_ENOUGH,
                available=shelf.quantity,
            )
        left[lot.lot_id] = replace(shelf, quantity=shelf.quantity - lot.quantity)
    return chosen
