"""Returning transfers before they have arrived."""

from datetime import date
from uuid import UUID

from app.access.permissions import Permission
from app.core.days import checked_coming_day
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.locations import queries as locations
from app.inventory.stock import queries as stock
from app.inventory.stock.service.inbound import expect_at, expect_no_more
from app.inventory.stock.service.levels import locked_levels
from app.inventory.transfers import lifecycle, queries
from app.inventory.transfers.events import TransferTurnedBack
from app.inventory.transfers.models import Transfer


@command
async def turn_transfer_back(
    uow: UnitOfWork, id: UUID, *, expected_on: date | None = None, expected_version: int | None = None
) -> Transfer:
    """Return the units in transit of a transfer to its source, where they are expected.

    `expected_on` is the expected day; None: today.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: an invalid day.
    """
    transfer = await queries.locked_transfer(Permission.STOCK_MANAGE, uow.actor, id, "id")
    refuse_stale(transfer, expected_version)
    lifecycle.transfer_lifecycle.move(transfer, lifecycle.turn_transfer_back)
    if expected_on is not None:
        checked_coming_day(expected_on, "expected_on")
    lines = [line for line in await queries.transfer_lines(transfer.id) if line.on_the_way]
    variants = [line.variant_id for line in lines]
    # Both ends are locked together, in the common order, before either is changed.
    await stock.locked_levels(variants, [transfer.source_id, transfer.destination_id])
    levels = await locked_levels(uow, variants, transfer.source_id)
    day = expected_on or (await locations.days_of([transfer.source_id], uow.at))[transfer.source_id]
    await expect_no_more(uow, transfer.id)
    for line in lines:
        await expect_at(uow, levels[line.variant_id], line.on_the_way, day, source=("transfer", transfer.id))
    await write_changes(transfer, {"status": transfer.status, "expected_on": day}, uow.at)
    units = sum(line.on_the_way for line in lines)
    uow.announce(TransferTurnedBack(subject_id=transfer.id, units=units, expected_on=day.isoformat()))
    return transfer
