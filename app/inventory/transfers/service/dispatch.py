"""Moving goods between locations: they leave one, are on their way, and arrive in the other, or not all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import insert, update_each
from app.core.days import checked_coming_day
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note, checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import ClaimantKind, ReservationPriority, StockReason, ValueAccount
from app.inventory.stock.models import CostFlow, CostLayer, StockLevel
from app.inventory.stock.refusals import InsufficientStock
from app.inventory.stock.service.inbound import expect_at
from app.inventory.stock.service.ledger import Reference
from app.inventory.stock.service.levels import (
    checked_quantity,
    locked_levels,
    stocked_variant,
    stocked_variants,
)
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.stock.service.releasing import release
from app.inventory.stock.service.reserving import reserve_at
from app.inventory.stock.service.shipping import Left, issue
from app.inventory.stock.service.units import in_pieces
from app.inventory.stock.service.valuing import Drawn
from app.inventory.transfers import lifecycle, queries
from app.inventory.transfers.events import TransferCancelled, TransferCreated, TransferShipped
from app.inventory.transfers.models import Transfer, TransferLine
from app.inventory.transfers.service.permissions import refuse_away_from

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class TransferItem:
    """So much of a SKU to be moved, in pieces or in a unit such as a carton."""

    sku: str
    quantity: int
    unit: str | None = None


@dataclass(slots=True)
class TransferData:
    source: Location
    destination: Location
    lines: Sequence[TransferItem]
    expected_on: date | None = None
    note: str = ""
    external_reference: str | None = None


@command
async def create_transfer(uow: UnitOfWork, data: TransferData) -> Transfer:
    """Prepare a transfer. Its goods are reserved where they are, so that nobody sells them meanwhile.

    Raises:
        NotFound: no such SKU.
        Invalid, ValidationFailed: the same location twice, a supplier's, quantities that cannot be.
        InsufficientStock: every SKU of which less is available at the source.
        AlreadyExists: there is a transfer with this external reference.
    """
    _refuse_bad(data)
    if data.external_reference and await queries.transfer_reference_is_taken(data.external_reference):
        raise AlreadyExists("There is a transfer with this external reference already.", "external_reference")
    variants = await stocked_variants(
        [(line.sku, ("lines", str(i), "sku")) for i, line in enumerate(data.lines)]
    )
    pieces = [
        checked_quantity(
            await in_pieces(variant, line.quantity, line.unit, "lines", str(index)),
            "lines",
            str(index),
            "quantity",
        )
        for index, (line, variant) in enumerate(zip(data.lines, variants, strict=True))
    ]
    transfer = Transfer(
        id=new_id(),
        source_id=data.source.id,
        destination_id=data.destination.id,
        expected_on=data.expected_on,
        note=data.note,
        external_reference=data.external_reference,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([transfer])
    await insert(
        [
            TransferLine(
                id=new_id(),
                transfer_id=transfer.id,
                position=i,
                variant_id=variant.id,
                quantity=units,
            )
            for i, (units, variant) in enumerate(zip(pieces, variants, strict=True), 1)
        ]
    )
    demand = {variant.id: units for variant, units in zip(variants, pieces, strict=True)}
    try:
        await reserve_at(
            uow,
            location_id=data.source.id,
            demand=demand,
            claimant=transfer.id,
            claimant_kind=ClaimantKind.TRANSFER,
            priority=ReservationPriority.TRANSFER,
        )
    except InsufficientStock as refusal:
        short = [variant.sku for variant in variants].index(refusal.shortages[0].sku)
        refusal.path = ("lines", str(short), "quantity")
        raise
    uow.is_new(transfer.id)
    uow.announce(
        TransferCreated(
            subject_id=transfer.id,
            source_id=data.source.id,
            destination_id=data.destination.id,
            units=sum(demand.values()),
        )
    )
    return transfer


def _refuse_bad(data: TransferData) -> None:
    problems = Problems()
    if data.source.id == data.destination.id:
        problems.add(
            "Goods are moved from one location to another one.",
            "destination",
            code=ProblemCode.CONTRADICTION,
            field="source",
        )
    for name in ("source", "destination"):
        if getattr(data, name).kind is LocationKind.DROP_SHIP:
            problems.add(
                "What is there belongs to the supplier: order it to a location of yours by purchase order.",
                name,
                code=ProblemCode.WRONG_KIND,
            )
    if not 1 <= len(data.lines) <= MOST_LINES:
        problems.add(
            f"A transfer has 1 to {MOST_LINES} lines.",
            "lines",
            code=ProblemCode.WRONG_COUNT,
            minimum=1,
            maximum=MOST_LINES,
        )
    if data.expected_on is not None:
        with problems.caught():
            checked_coming_day(data.expected_on, "expected_on")
    with problems.caught():
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    with problems.caught():
        checked_note(data.note, "note", longest=LONGEST_REMARK)
    seen = set()
    for index, line in enumerate(data.lines):
        with problems.caught("lines", str(index)):
            checked_quantity(line.quantity, "quantity")
        if line.sku in seen:
            problems.add(
                "This SKU stands on another line already.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.REPEATED,
            )
        seen.add(line.sku)
    problems.refuse()


@command
async def ship_transfer(
    uow: UnitOfWork,
    id: UUID,
    *,
    quantities: Mapping[str, int] | None = None,
    units_of: Mapping[str, str] | None = None,
    picked: Mapping[str, Sequence[LotData]] | None = None,
    expected_on: date | None = None,
    expected_version: int | None = None,
) -> Transfer:
    """Let a transfer leave: all of it, or so many of each SKU; what stays behind is free again.

    `units_of` are the units that quantities are in, by SKU, where they are not in pieces.

    `picked` says which lots or serial numbers were picked of a SKU; left out, those kept for the transfer.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: a SKU that is not in it, or more than was prepared.
        InsufficientStock: less is on the shelf than is to leave.
    """
    transfer = await queries.locked_transfer(Permission.STOCK_MANAGE, uow.actor, id, "id")
    await refuse_away_from(uow, transfer, LifecycleStep.SHIP)
    refuse_stale(transfer, expected_version)
    lifecycle.transfer_lifecycle.move(transfer, lifecycle.ship_transfer)
    if expected_on is not None:
        checked_coming_day(expected_on, "expected_on")
    lines = await queries.transfer_lines(transfer.id)
    leaving = await _leaving(lines, quantities, units_of or {})
    # Both ends are locked together, in the usual order, before either is changed.
    arriving = await _levels_at_both_ends(uow, transfer, leaving)
    reference = Reference(ClaimantKind.TRANSFER.value, transfer.id)
    left = await issue(uow, reference, StockReason.TRANSFER_OUT, leaving, picked=picked)
    on_the_way = _on_the_way(lines, {id: level.id for id, level in arriving.items()}, left)
    await insert([layer for layer, _ in on_the_way])
    await insert([_flow(uow, transfer, arriving, layer, drawn) for layer, drawn in on_the_way])
    day = expected_on or transfer.expected_on
    if day is None:
        day = (await locations.days_of([transfer.destination_id], uow.at))[transfer.destination_id]
    for variant_id, units in leaving.items():
        await expect_at(uow, arriving[variant_id], units, day, source=("transfer", transfer.id))
    for line in lines:
        line.shipped = leaving.get(line.variant_id, 0)
    await update_each(lines, "shipped")
    await release(uow, claimant=transfer.id)
    changes: dict[str, Any] = {"status": transfer.status, "shipped_at": uow.at}
    if expected_on is not None:
        changes["expected_on"] = expected_on
    await write_changes(transfer, changes, uow.at)
    uow.announce(TransferShipped(subject_id=transfer.id, units=sum(leaving.values())))
    return transfer


async def _leaving(
    lines: Sequence[TransferLine], quantities: Mapping[str, int] | None, units_of: Mapping[str, str]
) -> dict[UUID, int]:
    """How many units of each variant leave.

    Raises:
        Invalid: a SKU that is not in the transfer, more than was prepared, or nothing at all.
    """
    if quantities is None:
        return {line.variant_id: line.quantity for line in lines}
    skus = await stock.skus_of(line.variant_id for line in lines)
    by_sku = {skus[line.variant_id]: line for line in lines}
    leaving = {}
    for index, (sku, units) in enumerate(quantities.items()):
        line = by_sku.get(sku)
        if line is None:
            raise Invalid(
                "This SKU is not in the transfer.", "lines", str(index), "sku", code=ProblemCode.NOT_FOUND
            )
        if sku in units_of:
            variant = await stocked_variant(sku, "lines", str(index), "sku")
            units = await in_pieces(variant, units, units_of[sku], "lines", str(index))
        if not 0 <= units <= line.quantity:
            raise Invalid(
                f"0 to {line.quantity} of it can leave.",
                "lines",
                str(index),
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=0,
                maximum=line.quantity,
            )
        leaving[line.variant_id] = units
    if not any(leaving.values()):
        raise Invalid(
            "Nothing would leave. Cancel the transfer instead.", "lines", code=ProblemCode.NO_CHANGE
        )
    return {id: units for id, units in leaving.items() if units}


async def _levels_at_both_ends(
    uow: UnitOfWork, transfer: Transfer, variant_ids: Mapping[UUID, int]
) -> dict[UUID, StockLevel]:
    """Lock the levels that goods leave and those they go to; returns the latter by variant."""
    await stock.locked_levels(variant_ids, [transfer.source_id, transfer.destination_id])
    return await locked_levels(uow, variant_ids, transfer.destination_id)


def _on_the_way(
    lines: Sequence[TransferLine], arriving: Mapping[UUID, UUID], left: Sequence[Left]
) -> list[tuple[CostLayer, Drawn]]:
    """The cost layers of what is in transit, each as old as it was, and what each was drawn from."""
    by_variant = {line.variant_id: line for line in lines}
    return [
        (
            CostLayer(
                id=new_id(),
                level_id=arriving[each.variant_id],
                received_at=drawn.draw.received_at,
                quantity=drawn.draw.quantity,
                value_minor=drawn.draw.value_minor,
                remaining=drawn.draw.quantity,
                remaining_minor=drawn.draw.value_minor,
                in_transit=True,
                origin_id=drawn.origin_id,
                reference_kind="transfer_line",
                reference_id=by_variant[each.variant_id].id,
            ),
            drawn,
        )
        for each in left
        for drawn in each.drawn
    ]


def _flow(
    uow: UnitOfWork, transfer: Transfer, arriving: Mapping[UUID, StockLevel], layer: CostLayer, drawn: Drawn
) -> CostFlow:
    """How what was drawn came to be in transit."""
    versions = {level.id: level.version for level in arriving.values()}
    return CostFlow(
        id=new_id(),
        layer_id=layer.id,
        level_id=layer.level_id,
        version=versions[layer.level_id],
        at=uow.at,
        quantity=layer.quantity,
        value_minor=layer.value_minor,
        account=ValueAccount.IN_TRANSIT,
        batch_id=drawn.share.batch_id,
        reason=StockReason.TRANSFER_OUT,
        reference_id=transfer.id,
    )


@command
async def cancel_transfer(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> Transfer:
    """Give up a transfer that has not left; its goods are free again.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    transfer = await queries.locked_transfer(Permission.STOCK_MANAGE, uow.actor, id, "id")
    await refuse_away_from(uow, transfer, LifecycleStep.CANCEL)
    refuse_stale(transfer, expected_version)
    lifecycle.transfer_lifecycle.move(transfer, lifecycle.cancel_transfer)
    await release(uow, claimant=transfer.id)
    await write_changes(transfer, {"status": transfer.status}, uow.at)
    uow.announce(TransferCancelled(subject_id=transfer.id))
    return transfer
