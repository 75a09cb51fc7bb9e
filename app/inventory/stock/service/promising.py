"""Keeps the promises of a level consistent with stock on hand and incoming stock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.inventory.stock import queries, valuation
from app.inventory.stock.events import PromiseChanged
from app.inventory.stock.in_hand import units_in_hand
from app.inventory.stock.models import CommitmentMove, Reservation, StockLevel
from app.inventory.stock.pegging import Peg, Promise, Supply, peg
from app.inventory.stock.service.local_days import local_days


def is_sold_ahead(level: StockLevel) -> bool:
    """Whether more of a level is reserved than is in stock."""
    return bool(level.reserved > level.on_hand - level.unavailable)


def is_unreleased(level: StockLevel, today: date) -> bool:
    """Whether a level is a pre-order that does not ship yet."""
    return bool(level.preorder_until is not None and level.preorder_until > today)


def in_order_of_service(reservations: Iterable[Reservation]) -> list[Reservation]:
    """The order of service: highest priority first, then oldest."""
    return sorted(reservations, key=lambda row: (-row.priority, row.created_at, row.id))


async def repeg(
    uow: UnitOfWork,
    levels: Sequence[StockLevel],
    *,
    new: frozenset[UUID] = frozenset(),
    days: Mapping[UUID, date] | None = None,
) -> None:
    """Recalculate what each reservation of locked levels waits for, and record events for changes.

    `new` are claimants that are just being promised something; the caller notifies them. `days` are the
    current dates at the levels' locations, by level id, if known.
    """
    if not levels:
        return
    days = days or await local_days(levels, uow.at)
    by_id = {level.id: level for level in levels}
    held = in_order_of_service(await queries.reservations_of_levels(by_id))
    incoming = await queries.open_incoming(by_id)
    # Without stock, nothing is in hand.
    stocked = {level.id for level in levels if level.on_hand > level.unavailable}
    in_hand = await units_in_hand(by_id, (row for row in held if row.level_id in stocked))
    changed: list[tuple[Reservation, date | None]] = []
    for level in levels:
        today = days[level.id]
        own = [row for row in held if row.level_id == level.id]
        supplies = [
            Supply(i.expected_on, i.quantity - i.received)
            for i in incoming
            # The day of overdue stock is unknown.
            if i.level_id == level.id and i.expected_on >= today
        ]
        pegs = peg(
            [Promise(row.id, row.quantity, in_hand.get(row.id, 0)) for row in own],
            level.on_hand - level.unavailable,
            supplies,
            else_on(level, today),
            is_released=not is_unreleased(level, today),
        )
        changed += _changed(own, pegs, today, new)
    await update_each([row for row, _ in changed], "waiting", "due_on")
    told = [(row, before) for row, before in changed if row.claimant_id not in new]
    await _move_commitments(uow, told)
    for row, before in told:
        level = by_id[row.level_id]
        change_id = new_id()
        uow.is_new(change_id)
        uow.announce(
            PromiseChanged(
                subject_id=change_id,
                claimant_kind=row.claimant_kind,
                claimant_id=row.claimant_id,
                variant_id=level.variant_id,
                waiting=row.waiting,
                before_on=before.isoformat() if before else None,
                due_on=row.due_on.isoformat() if row.due_on else None,
            )
        )


def else_on(level: StockLevel, today: date) -> date | None:
    """The day for what incoming stock does not cover; None if the level has no lead time."""
    days: list[date] = []
    if level.preorder_until is not None and is_unreleased(level, today):
        days.append(level.preorder_until)
    if level.backorder_days is not None:
        days.append(today + timedelta(days=level.backorder_days))
    return max(days, default=None)


def _changed(
    rows: Sequence[Reservation], pegs: Mapping[UUID, Peg | None], today: date, new: frozenset[UUID]
) -> list[tuple[Reservation, date | None]]:
    """The rows whose waiting units or day have changed, each with its former day."""
    found = []
    for row in rows:
        wanted, before = pegs[row.id], row.due_on
        if wanted is not None:
            row_is_same = (row.waiting, row.due_on) == (wanted.waiting, wanted.due_on)
            waiting, day = wanted.waiting, wanted.due_on
        else:
            row_is_same = row.waiting == 0
            waiting, day = 0, today
        if not row_is_same:
            row.waiting, row.due_on = waiting, day
            found.append((row, before))
    return found


@command
async def commit_for(uow: UnitOfWork, *, claimant: UUID, on: date, location_id: UUID | None = None) -> None:
    """Record that a claimant's reserved units are due on another day: their value moves to that period.

    With `location_id`, only for units at that location.
    """
    held = await queries.reservations_of(claimant)
    levels = await queries.locked_levels_by_id({row.level_id for row in held}) if held else []
    known = {level.id for level in levels if location_id in (None, level.location_id)}
    rows = [row for row in await queries.reservations_of(claimant) if row.level_id in known]
    changed = [(row, row.due_on) for row in rows if row.due_on != on and not row.waiting]
    for row, _ in changed:
        row.due_on = on
    await update_each([row for row, _ in changed], "due_on")
    await _move_commitments(uow, changed)


async def _move_commitments(uow: UnitOfWork, changed: Sequence[tuple[Reservation, date | None]]) -> None:
    """Write the value that is committed for another day than before."""
    moved = [(row, before) for row, before in changed if row.due_on != before]
    values = await queries.level_values({row.level_id for row, _ in moved}) if moved else {}
    rows = []
    for row, before in moved:
        units, worth = values[row.level_id]
        quantity = min(row.quantity, units)
        rows.append(
            CommitmentMove(
                id=new_id(),
                level_id=row.level_id,
                claimant_kind=row.claimant_kind,
                claimant_id=row.claimant_id,
                quantity=row.quantity,
                amount_minor=valuation.share(worth, quantity, units) if units else 0,
                from_on=before,
                to_on=row.due_on,
                at=uow.at,
            )
        )
    await insert(rows)
