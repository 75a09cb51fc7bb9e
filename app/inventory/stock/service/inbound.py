"""Incoming stock: on order or in transit."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.actor import SYSTEM
from app.core.database import insert, update_each
from app.core.days import checked_coming_day
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.inventory.stock import queries
from app.inventory.stock.events import IncomingAnnounced, IncomingChanged
from app.inventory.stock.models import IncomingStock, StockLevel
from app.inventory.stock.service.level_changes import LevelDelta, change_levels
from app.inventory.stock.service.levels import checked_quantity, locked_level, locked_levels, stocked_variant
from app.inventory.stock.service.promising import is_sold_ahead, repeg


@command
async def expect(
    uow: UnitOfWork, *, sku: str, location: Location, quantity: int, expected_on: date, reference: str = ""
) -> IncomingStock:
    """Record units that are expected on a day. Backordered reservations are promised from them.

    Raises:
        NotFound: the SKU does not exist.
        Invalid: an invalid quantity or day.
    """
    checked_quantity(quantity, "quantity")
    checked_coming_day(expected_on, "expected_on")
    level = await locked_level(uow, await stocked_variant(sku), location)
    return await expect_at(uow, level, quantity, expected_on, reference=reference)


async def expect_at(
    uow: UnitOfWork,
    level: StockLevel,
    quantity: int,
    expected_on: date,
    *,
    source: tuple[str, UUID | None] = ("", None),
    reference: str = "",
) -> IncomingStock:
    """The same for a locked level."""
    row = IncomingStock(
        id=new_id(),
        level_id=level.id,
        quantity=quantity,
        expected_on=expected_on,
        source_kind=source[0],
        source_id=source[1],
        reference=reference,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([row])
    await _add_incoming(uow, level, quantity)
    if is_sold_ahead(level):
        await repeg(uow, [level])
    uow.is_new(row.id)
    uow.announce(IncomingAnnounced(subject_id=row.id, level_id=level.id, quantity=quantity))
    return row


async def _add_incoming(uow: UnitOfWork, level: StockLevel, change: int) -> None:
    await change_levels({level.id: level}, {level.id: LevelDelta(incoming=change)}, uow.at, "quantity")


@command
async def change_incoming(
    uow: UnitOfWork,
    id: UUID,
    *,
    expected_on: date | None = None,
    quantity: int | None = None,
    is_cancelled: bool = False,
    expected_version: int | None = None,
) -> IncomingStock:
    """Change the day or quantity of incoming stock, or cancel it.

    Reservations that it was to serve get new promises, and buyers are notified.

    Raises:
        NotFound, StaleVersion.
        Invalid: it was received already, or fewer units than were received.
    """
    seen = await queries.incoming(Permission.STOCK_MANAGE, uow.actor, id, "id")
    (level,) = await queries.locked_levels_by_id([seen.level_id])
    row = await queries.incoming_by_id(id)
    refuse_stale(row, expected_version)
    if not row.is_open:
        raise Invalid(
            "The incoming stock is already received or cancelled.", "id", code=ProblemCode.NOT_POSSIBLE_NOW
        )
    if row.source_kind:
        what = row.source_kind.replace("_", " ")
        raise Invalid(
            f"The incoming stock belongs to a {what}. Change that instead.",
            "id",
            code=ProblemCode.NOT_CHANGEABLE,
        )
    changes: dict[str, Any] = {}
    if expected_on is not None:
        changes["expected_on"] = checked_coming_day(expected_on, "expected_on")
    if quantity is not None:
        checked_quantity(quantity, "quantity")
        if quantity < row.received:
            raise Invalid(
                f"{row.received} units are already received.",
                "quantity",
                code=ProblemCode.TOO_SMALL,
                minimum=row.received,
            )
        changes["quantity"] = quantity
    await _change(uow, level, row, changes, is_cancelled)
    return row


async def _change(
    uow: UnitOfWork, level: StockLevel, row: IncomingStock, changes: dict[str, Any], is_cancelled: bool
) -> None:
    """Write changes of incoming stock at a locked level, and update promises."""
    open_before = row.quantity - row.received
    open_after = 0 if is_cancelled else changes.get("quantity", row.quantity) - row.received
    await write_changes(row, changes | {"is_open": open_after > 0}, uow.at)
    await _add_incoming(uow, level, open_after - open_before)
    if is_sold_ahead(level):
        await repeg(uow, [level])
    uow.announce(
        IncomingChanged(subject_id=row.id, level_id=level.id, expected_on=row.expected_on.isoformat())
    )


@command
async def expect_from(
    uow: UnitOfWork,
    *,
    location_id: UUID,
    units: Mapping[UUID, int],
    days: Mapping[UUID, date],
    source: tuple[str, UUID],
    reference: str = "",
) -> None:
    """Record expected units of variants from one source, such as a purchase order, each with its day."""
    levels = await locked_levels(uow, units, location_id)
    for variant_id, quantity in units.items():
        level = levels[variant_id]
        await expect_at(uow, level, quantity, days[variant_id], source=source, reference=reference)


@command
async def reschedule(uow: UnitOfWork, source_id: UUID, days: Mapping[UUID, date]) -> None:
    """Change the expected days of a source's open incoming stock, by variant; update promises."""
    for level, row in await _open_of(source_id):
        day = days[level.variant_id]
        if row.expected_on != day:
            await _change(uow, level, row, {"expected_on": day}, False)


@command
async def expect_no_more(uow: UnitOfWork, source_id: UUID) -> None:
    """Cancel the open incoming stock of a source."""
    for level, row in await _open_of(source_id):
        await _change(uow, level, row, {}, True)


async def _open_of(source_id: UUID) -> list[tuple[StockLevel, IncomingStock]]:
    """The open incoming stock of a source with its locked levels."""
    seen = await queries.open_incoming_of(source_id)
    levels = {row.id: row for row in await queries.locked_levels_by_id({row.level_id for row in seen})}
    return [(levels[row.level_id], row) for row in await queries.open_incoming_of(source_id)]


async def note_arrival(uow: UnitOfWork, level: StockLevel, row: IncomingStock, quantity: int) -> None:
    """Subtract received units from incoming stock at a locked level.

    Cancelled incoming stock may still be received.
    """
    open_before = max(0, row.quantity - row.received) if row.is_open else 0
    row.received += quantity
    open_after = max(0, row.quantity - row.received) if row.is_open else 0
    await write_changes(row, {"received": row.received, "is_open": open_after > 0}, uow.at)
    await _add_incoming(uow, level, open_after - open_before)


async def expect_again(uow: UnitOfWork, level: StockLevel, id: UUID, quantity: int, *, reopens: bool) -> None:
    """Expect units of incoming stock at a locked level again after a reversal.

    Completely received incoming stock is reopened if `reopens`; cancelled incoming stock stays cancelled.
    """
    row = await queries.incoming_by_id(id)
    open_before = max(0, row.quantity - row.received) if row.is_open else 0
    was_whole = not row.is_open and row.received >= row.quantity
    row.received = max(0, row.received - quantity)
    is_open = (row.is_open or (was_whole and reopens)) and row.received < row.quantity
    await write_changes(row, {"received": row.received, "is_open": is_open}, uow.at)
    await _add_incoming(uow, level, (row.quantity - row.received if is_open else 0) - open_before)


async def notice_overdue(limit: int = 200) -> int:
    """Update the promises of reservations that wait for overdue stock; return the number of levels."""
    return await _notice_overdue(SYSTEM, limit)


@command
async def _notice_overdue(uow: UnitOfWork, limit: int) -> int:
    ids = await queries.levels_with_overdue(await locations.locations_by_day(uow.at), limit)
    levels = await queries.locked_levels_by_id(ids) if ids else []
    await repeg(uow, levels)
    return len(levels)


async def release_preorders() -> int:
    """Release pre-orders whose release day has come; return the number of levels."""
    return await _release_preorders(SYSTEM)


@command
async def _release_preorders(uow: UnitOfWork) -> int:
    levels = await queries.locked_released_levels(await locations.locations_by_day(uow.at))
    for level in levels:
        level.preorder_until = None
    await update_each(levels, "preorder_until")
    await repeg(uow, levels)
    return len(levels)
