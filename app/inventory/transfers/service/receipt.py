"""Goods that arrive with a transfer, in order or damaged, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.stock import queries as stock
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import ClaimantKind, StockBucket, StockReason, ValueAccount
from app.inventory.stock.lot_allocation import LotUnits, Shelf
from app.inventory.stock.models import CostFlow, CostLayer, StockLevel, ValueEntry
from app.inventory.stock.service.inbound import note_arrival
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.levels import locked_levels, stocked_variant
from app.inventory.stock.service.lot_numbers import LotData, known_lots
from app.inventory.stock.service.lots import split
from app.inventory.stock.service.units import in_pieces
from app.inventory.stock.service.valuing import Part
from app.inventory.stock.valuation import Draw, Layer, Share
from app.inventory.transfers import lifecycle, queries
from app.inventory.transfers.events import TransferReceived
from app.inventory.transfers.models import Transfer, TransferLine
from app.inventory.transfers.service.permissions import refuse_away_from


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was found of one SKU when a transfer was opened, in pieces, or in a unit such as a carton.

    `surplus` is how many of what was received had not been sent, in pieces.
    """

    sku: str
    received: int = 0
    damaged: int = 0
    missing: int = 0
    lots: Sequence[LotData] = ()  # which of them were received in order; left out, the first to expire
    damaged_lots: Sequence[LotData] = ()  # and which damaged
    unit: str | None = None
    surplus: int = 0
    position: int = 0  # where it stands in the input


@dataclass(slots=True)
class _Arrival:
    """The work of one receiving: moves at the destination, with what each unit is worth."""

    moves: list[Move] = field(default_factory=list)
    missing: list[tuple[UUID, int, int]] = field(default_factory=list)  # level, units, what they are worth
    layers: list[CostLayer] = field(default_factory=list)
    flows: list[CostFlow] = field(default_factory=list)


@command
async def receive_transfer(
    uow: UnitOfWork,
    id: UUID,
    *,
    arrived: Sequence[Arrived] | None = None,
    is_complete: bool = True,
    note: str = "",
    accepts_more: bool = False,
    expected_version: int | None = None,
) -> Transfer:
    """Take in what arrived, or came back: everything, or what was found of each SKU.

    When the receiving is complete, what neither arrived nor arrived damaged is missing, and written off. More
    than was sent is refused, unless `accepts_more`: then it is booked as found.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: a SKU that is not in it, or more than was sent.
    """
    checked_note(note, "note", longest=LONGEST_REMARK)
    transfer = await queries.locked_transfer(Permission.STOCK_MANAGE, uow.actor, id, "id")
    comes_back = transfer.status is lifecycle.TransferStatus.RETURNING
    await refuse_away_from(uow, transfer, LifecycleStep.RECEIVE)
    refuse_stale(transfer, expected_version)
    lifecycle.transfer_lifecycle.refuse_unless(
        transfer, lifecycle.receive_transfer, lifecycle.receive_returned
    )
    lines = await queries.transfer_lines(transfer.id)
    found = await _found(lines, arrived, is_complete, accepts_more)
    variants = [line.variant_id for line in lines]
    if comes_back:
        await stock.locked_levels(variants, [transfer.source_id, transfer.destination_id])
    on_the_way = await locked_levels(uow, variants, transfer.destination_id)
    levels = await locked_levels(uow, variants, transfer.source_id) if comes_back else on_the_way
    arrival = await _arrival(uow, lines, found, levels, on_the_way)
    await update_each(arrival.layers, "remaining", "remaining_minor", "is_open")
    await insert(arrival.flows)
    reference = Reference(ClaimantKind.TRANSFER.value, transfer.id, note)
    await _expect_less(uow, transfer, lines, found, levels)
    await apply(uow, list(levels.values()), arrival.moves, reference, "lines")
    await _write_off(uow, arrival, reference)
    for line in lines:
        each = found[line.variant_id]
        sent = each.received - each.surplus
        line.received += 0 if comes_back else sent
        line.returned += sent if comes_back else 0
        line.damaged += each.damaged
        line.missing += each.missing
        line.surplus += each.surplus
    await update_each(lines, "received", "returned", "damaged", "missing", "surplus")
    done = not any(line.on_the_way for line in lines)
    changes: dict[str, Any] = {}
    if done:
        step = lifecycle.receive_returned if comes_back else lifecycle.receive_transfer
        lifecycle.transfer_lifecycle.move(transfer, step)
        changes = {"status": transfer.status, "received_at": uow.at}
    await write_changes(transfer, changes, uow.at)
    _announce_arrival(uow, transfer, list(found.values()), done)
    return transfer


async def _found(
    lines: Sequence[TransferLine],
    arrived: Sequence[Arrived] | None,
    is_complete: bool,
    accepts_more: bool,
) -> dict[UUID, Arrived]:
    """What was found of each variant; what is missing is worked out when nothing more is expected."""
    skus = await stock.skus_of(line.variant_id for line in lines)
    said = {each.sku: each for each in arrived or ()}
    names = [each.sku for each in arrived or ()]
    for index, sku in enumerate(names):
        if sku in names[:index]:
            raise Invalid(
                "This SKU stands in the list twice: add the two up.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.REPEATED,
            )
    unknown = [i for i, each in enumerate(arrived or ()) if each.sku not in skus.values()]
    if unknown:
        raise Invalid(
            "This SKU is not in the transfer.", "lines", str(unknown[0]), "sku", code=ProblemCode.NOT_FOUND
        )
    found = {}
    for line in lines:
        sku = skus[line.variant_id]
        open_units = line.on_the_way
        index = names.index(sku) if sku in said else 0
        each = said.get(sku) or Arrived(sku, received=open_units if arrived is None else 0)
        each = replace(await _in_pieces(each, index), position=index)
        over = each.received + each.damaged + each.missing - open_units
        if accepts_more and 0 < over <= each.received and not each.lots:
            each = replace(each, surplus=over)
        _refuse_more_than_sent(each, open_units)
        rest = open_units - (each.received - each.surplus) - each.damaged - each.missing
        missing = each.missing + (rest if is_complete else 0)
        found[line.variant_id] = replace(each, missing=missing)
    return found


async def _expect_less(
    uow: UnitOfWork,
    transfer: Transfer,
    lines: Sequence[TransferLine],
    found: Mapping[UUID, Arrived],
    levels: Mapping[UUID, StockLevel],
) -> None:
    """Take what arrived, or is known not to, off what is expected."""
    expected = {row.level_id: row for row in await stock.open_incoming_of(transfer.id)}
    for line in lines:
        level, each = levels[line.variant_id], found[line.variant_id]
        units = each.received - each.surplus + each.damaged + each.missing
        if units and level.id in expected:
            await note_arrival(uow, level, expected[level.id], units)


def _refuse_more_than_sent(each: Arrived, open_units: int) -> None:
    if min(each.received, each.damaged, each.missing) < 0:
        raise Invalid(
            "Quantities are zero or more.", "lines", str(each.position), code=ProblemCode.TOO_SMALL, minimum=0
        )
    if each.received - each.surplus + each.damaged + each.missing > open_units:
        raise Invalid(
            f"Only {open_units} of {each.sku} are on the way. If more did come in order, say so with "
            "acceptOverReceipt; units of lots are added with stockAdjust, as FOUND.",
            "lines",
            str(each.position),
            code=ProblemCode.NOT_ENOUGH,
            available=open_units,
        )


async def _in_pieces(each: Arrived, index: int) -> Arrived:
    """What was found, in pieces.

    Raises:
        Invalid: a unit that the SKU has not.
    """
    if each.unit is None:
        return each
    variant = await stocked_variant(each.sku, "lines", str(index), "sku")
    size = await in_pieces(variant, 1, each.unit, "lines", str(index))
    sizes = {name: getattr(each, name) * size for name in ("received", "damaged", "missing")}
    return replace(each, unit=None, **sizes)


async def _arrival(
    uow: UnitOfWork,
    lines: Sequence[TransferLine],
    found: Mapping[UUID, Arrived],
    levels: Mapping[UUID, StockLevel],
    on_the_way: Mapping[UUID, StockLevel],
) -> _Arrival:
    """What comes in to `levels`; in transit it is counted with the levels that it was on the way to."""
    arrival = _Arrival()
    rows = await queries.transit_layers(line.id for line in lines)
    for line in lines:
        level, each = levels[line.variant_id], found[line.variant_id]
        transit = on_the_way[line.variant_id]
        if each.surplus and level.is_tracked:
            _refuse_more_than_sent(replace(each, surplus=0), line.on_the_way)
        own = [row for row in rows if row.reference_id == line.id]
        layers = [Layer(row.id, row.received_at, row.remaining, row.remaining_minor) for row in own]
        origins = {row.id: row.origin_id for row in own}
        lots = await _lots(line, level, each)
        for units, bucket, which in (
            (each.received - each.surplus, StockBucket.AVAILABLE, lots[0]),
            (each.damaged, StockBucket.DAMAGED, lots[1]),
        ):
            if units:
                parts = tuple(
                    Part(d.quantity, d.value_minor, d.received_at, origins[d.layer_id], share=Share(batch_id))
                    for d, batch_id in _leave(uow, arrival, line, transit, layers, units, is_lost=False)
                )
                arrival.moves.append(
                    Move(
                        level.id,
                        StockBucket.OUTSIDE,
                        bucket,
                        units,
                        StockReason.TRANSFER_IN,
                        parts=parts,
                        lots=which,
                    )
                )
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
    return arrival


def _leave(
    uow: UnitOfWork,
    arrival: _Arrival,
    line: TransferLine,
    level: StockLevel,
    layers: Sequence[Layer],
    units: int,
    *,
    is_lost: bool,
) -> list[tuple[Draw, UUID]]:
    """Take units out of transit; what was drawn, each with the batch in which it left."""
    drawn = []
    for draw in valuation.draw(layers, units):
        batch_id = new_id()
        arrival.flows.append(
            CostFlow(
                id=new_id(),
                layer_id=draw.layer_id,
                level_id=level.id,
                version=level.version + 1,  # that of what it becomes a part of
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
    """The lots of what arrived in order, and of what arrived damaged; where nobody says, the first to expire.

    Raises:
        Invalid: lots are named that are not on the way, or not as many.
    """
    if not level.is_tracked:
        return [(), ()]
    left = {lot.lot_id: lot for lot in await stock.lots_on_the_way(line.transfer_id, line.variant_id)}
    asked = ((each.lots, each.received, "lots"), (each.damaged_lots, each.damaged, "damaged_lots"))
    said = [await _said(left, each, given, units, name) for given, units, name in asked]
    sizes = [0 if chosen else units for chosen, (_, units, _) in zip(said, asked, strict=True)]
    rest = split(list(left.values()), *sizes)
    return [chosen or others for chosen, others in zip(said, rest, strict=True)]


async def _said(
    left: dict[UUID, Shelf], each: Arrived, given: Sequence[LotData], units: int, name: str
) -> tuple[LotUnits, ...]:
    """The lots that people named, taken off what is left on the way."""
    if not given:
        return ()
    place = ("lines", str(each.position))
    chosen = await known_lots(await stocked_variant(each.sku), given, units, *place)
    for index, lot in enumerate(chosen):
        shelf = left.get(lot.lot_id, Shelf(lot.lot_id, 0))
        if lot.quantity > shelf.quantity:
            raise Invalid(
                f"Of this lot {shelf.quantity} are on the way and not named yet. Name fewer, or other lots.",
                *place,
                name,
                str(index),
                code=ProblemCode.NOT_ENOUGH,
                available=shelf.quantity,
            )
        left[lot.lot_id] = replace(shelf, quantity=shelf.quantity - lot.quantity)
    return chosen


async def _write_off(uow: UnitOfWork, arrival: _Arrival, reference: Reference) -> None:
    """What is missing leaves the books from in transit: it was never on this shelf."""
    balances = await stock.level_values(level_id for level_id, _, _ in arrival.missing)
    await insert(
        [
            ValueEntry(
                id=new_id(),
                level_id=level_id,
                from_account=ValueAccount.IN_TRANSIT,
                to_account=ValueAccount.WRITE_OFF,
                quantity=units,
                amount_minor=worth,
                balance_quantity=balances[level_id][0],
                balance_minor=balances[level_id][1],
                reason=StockReason.LOSS,
                reference_kind=reference.kind,
                reference_id=reference.id,
                note=reference.note,
                at=uow.at,
            )
            for level_id, units, worth in arrival.missing
        ]
    )


def _announce_arrival(uow: UnitOfWork, transfer: Transfer, found: Sequence[Arrived], done: bool) -> None:
    uow.announce(
        TransferReceived(
            subject_id=transfer.id,
            received=sum(each.received for each in found),
            damaged=sum(each.damaged for each in found),
            missing=sum(each.missing for each in found),
            is_complete=done,
        )
    )
