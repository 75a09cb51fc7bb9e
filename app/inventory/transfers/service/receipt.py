"""Receipt of transfers: units that arrived in order or damaged, and units that are missing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import ClaimantKind, StockReason, ValueAccount
from app.inventory.stock.models import StockLevel, ValueEntry
from app.inventory.stock.service.inbound import note_arrival
from app.inventory.stock.service.ledger import Reference, apply
from app.inventory.stock.service.levels import locked_levels
from app.inventory.transfers import lifecycle, queries
from app.inventory.transfers.events import TransferReceived
from app.inventory.transfers.models import Transfer, TransferLine
from app.inventory.transfers.service.arrivals import Arrived, received_units
from app.inventory.transfers.service.permissions import refuse_away_from
from app.inventory.transfers.service.transit import Arrival, take_out_of_transit


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
    """Receive units that arrived or returned: all, or the given units of each SKU.

    When the receipt is complete, units that did not arrive are missing and written off. More than was shipped
    is refused, unless `accepts_more`: then the surplus is booked as found.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: a SKU that is not in it, or more than was shipped.
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
    found = await received_units(lines, arrived, is_complete, accepts_more)
    variants = [line.variant_id for line in lines]
    levels, on_the_way = await _locked_levels(uow, transfer, variants, comes_back)
    arrival = await take_out_of_transit(uow, lines, found, levels, on_the_way)
    await update_each(arrival.layers, "remaining", "remaining_minor", "is_open")
    await insert(arrival.flows)
    reference = Reference(ClaimantKind.TRANSFER.value, transfer.id, note)
    await _expect_less(uow, transfer, lines, found, levels)
    await apply(uow, list(levels.values()), arrival.moves, reference, "lines")
    await _write_off(uow, arrival, reference)
    _count(lines, found, comes_back)
    await update_each(lines, "received", "returned", "damaged", "missing", "surplus")
    done = await _write_progress(uow, transfer, lines, comes_back)
    _announce_arrival(uow, transfer, list(found.values()), done)
    return transfer


async def _locked_levels(
    uow: UnitOfWork, transfer: Transfer, variants: Sequence[UUID], comes_back: bool
) -> tuple[dict[UUID, StockLevel], dict[UUID, StockLevel]]:
    """The levels that the units come in to, and those with which they are counted in transit, by variant."""
    if comes_back:
        await stock.locked_levels(variants, [transfer.source_id, transfer.destination_id])
    on_the_way = await locked_levels(uow, variants, transfer.destination_id)
    levels = await locked_levels(uow, variants, transfer.source_id) if comes_back else on_the_way
    return levels, on_the_way


def _count(lines: Sequence[TransferLine], found: Mapping[UUID, Arrived], comes_back: bool) -> None:
    """Add what was found to the quantities of the lines."""
    for line in lines:
        each = found[line.variant_id]
        sent = each.received - each.surplus
        line.received += 0 if comes_back else sent
        line.returned += sent if comes_back else 0
        line.damaged += each.damaged
        line.missing += each.missing
        line.surplus += each.surplus


async def _write_progress(
    uow: UnitOfWork, transfer: Transfer, lines: Sequence[TransferLine], comes_back: bool
) -> bool:
    """Write the transfer, which is received once nothing of it is in transit; returns whether it is."""
    done = not any(line.on_the_way for line in lines)
    changes: dict[str, Any] = {}
    if done:
        step = lifecycle.receive_returned if comes_back else lifecycle.receive_transfer
        lifecycle.transfer_lifecycle.move(transfer, step)
        changes = {"status": transfer.status, "received_at": uow.at}
    await write_changes(transfer, changes, uow.at)
    return done


async def _expect_less(
    uow: UnitOfWork,
    transfer: Transfer,
    lines: Sequence[TransferLine],
    found: Mapping[UUID, Arrived],
    levels: Mapping[UUID, StockLevel],
) -> None:
    """Subtract received and missing units from incoming stock."""
    expected = {row.level_id: row for row in await stock.open_incoming_of(transfer.id)}
    for line in lines:
        level, each = levels[line.variant_id], found[line.variant_id]
        units = each.received - each.surplus + each.damaged + each.missing
        if units and level.id in expected:
            await note_arrival(uow, level, expected[level.id], units)


async def _write_off(uow: UnitOfWork, arrival: Arrival, reference: Reference) -> None:
    """Write off missing units from in transit, because they were never in stock here."""
    balances = await stock.level_values(level_id for level_id, _, _ in arrival.missing)
    entries = [
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
    await insert(entries)
    uow.book(entries)


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
