"""Shipping of transfers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import insert, update_each
from app.core.days import checked_coming_day
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.steps import LifecycleStep
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.locations import queries as locations
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import ClaimantKind, StockReason, ValueAccount
from app.inventory.stock.models import CostFlow, CostLayer, StockLevel
from app.inventory.stock.service.inbound import expect_at
from app.inventory.stock.service.ledger import Reference
from app.inventory.stock.service.levels import (
    locked_levels,
    stocked_variant,
)
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.stock.service.releasing import release
from app.inventory.stock.service.shipping import IssuedUnits, issue
from app.inventory.stock.service.units_of_measure import in_pieces
from app.inventory.stock.service.valuing import Drawn
from app.inventory.transfers import lifecycle, queries
from app.inventory.transfers.events import TransferShipped
from app.inventory.transfers.models import Transfer, TransferLine
from app.inventory.transfers.service.permissions import refuse_away_from


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
    """Ship a transfer: all of it, or some units of each SKU; the rest is released.

    `units_of` are the units of the quantities by SKU, if not pieces.

    `picked` are the picked lots of a SKU; if omitted, the allocated ones.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: a SKU that is not in it, or more than was prepared.
        InsufficientStock: less is in stock than is to be shipped.
    """
    transfer = await queries.locked_transfer(Permission.STOCK_MANAGE, uow.actor, id, "id")
    await refuse_away_from(uow, transfer, LifecycleStep.SHIP)
    refuse_stale(transfer, expected_version)
    lifecycle.transfer_lifecycle.move(transfer, lifecycle.ship_transfer)
    if expected_on is not None:
        checked_coming_day(expected_on, "expected_on")
    lines = await queries.transfer_lines(transfer.id)
    leaving = await _leaving(lines, quantities, units_of or {})
    # Both ends are locked together, in the common order, before either is changed.
    arriving = await _levels_at_both_ends(uow, transfer, leaving)
    reference = Reference(ClaimantKind.TRANSFER.value, transfer.id)
    left = await issue(uow, reference, StockReason.TRANSFER_OUT, leaving, picked=picked)
    await _put_in_transit(uow, transfer, lines, arriving, left)
    await _expect(uow, transfer, arriving, leaving, expected_on)
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
    """The units of each variant to ship.

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
                "This SKU is not part of the transfer.",
                "lines",
                str(index),
                "sku",
                code=ProblemCode.NOT_FOUND,
            )
        if sku in units_of:
            variant = await stocked_variant(sku, "lines", str(index), "sku")
            units = await in_pieces(variant, units, units_of[sku], "lines", str(index))
        if not 0 <= units <= line.quantity:
            raise Invalid(
                f"The quantity must be between 0 and {line.quantity}.",
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
            "No units would be shipped. Cancel the transfer instead.", "lines", code=ProblemCode.NO_CHANGE
        )
    return {id: units for id, units in leaving.items() if units}


async def _levels_at_both_ends(
    uow: UnitOfWork, transfer: Transfer, variant_ids: Mapping[UUID, int]
) -> dict[UUID, StockLevel]:
    """Lock the levels at source and destination; return the latter by variant."""
    await stock.locked_levels(variant_ids, [transfer.source_id, transfer.destination_id])
    return await locked_levels(uow, variant_ids, transfer.destination_id)


async def _put_in_transit(
    uow: UnitOfWork,
    transfer: Transfer,
    lines: Sequence[TransferLine],
    arriving: Mapping[UUID, StockLevel],
    left: Sequence[IssuedUnits],
) -> None:
    on_the_way = _on_the_way(lines, {id: level.id for id, level in arriving.items()}, left)
    await insert([layer for layer, _ in on_the_way])
    await insert([_flow(uow, transfer, arriving, layer, drawn) for layer, drawn in on_the_way])


async def _expect(
    uow: UnitOfWork,
    transfer: Transfer,
    arriving: Mapping[UUID, StockLevel],
    leaving: Mapping[UUID, int],
    expected_on: date | None,
) -> None:
    """Expect the units at the destination, on the given day, the transfer's, or today there."""
    day = expected_on or transfer.expected_on
    if day is None:
        day = (await locations.days_of([transfer.destination_id], uow.at))[transfer.destination_id]
    for variant_id, units in leaving.items():
        await expect_at(uow, arriving[variant_id], units, day, source=("transfer", transfer.id))


def _on_the_way(
    lines: Sequence[TransferLine], arriving: Mapping[UUID, UUID], left: Sequence[IssuedUnits]
) -> list[tuple[CostLayer, Drawn]]:
    """The cost layers of units in transit, with their former age, and what each was drawn from."""
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
    """The flow of drawn units into transit."""
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
