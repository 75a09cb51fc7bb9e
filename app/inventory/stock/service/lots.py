"""Lots and serial numbers: the lots of each movement, and the lots reserved for each claimant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from app.core.database import delete_each, insert, update_each, update_where
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork
from app.inventory.locations.clocks import last_day
from app.inventory.stock import queries
from app.inventory.stock.events import KeptLotsChanged
from app.inventory.stock.in_hand import units_in_hand
from app.inventory.stock.lifecycle import UNAVAILABLE, StockBucket, StockReason
from app.inventory.stock.lot_allocation import (
    Claim,
    LotUnits,
    Shelf,
    allot,
    is_expired,
    take,
)
from app.inventory.stock.models import Lot, LotAllocation, LotLevel, LotMovement, Reservation, StockLevel
from app.inventory.stock.models import StockMovement as MovementRow
from app.inventory.stock.service.local_days import local_days
from app.inventory.stock.service.promising import in_order_of_service

# For these reasons, the lots that expire first leave if none are given.
FIRST_EXPIRED = {StockReason.SALE, StockReason.TRANSFER_OUT, StockReason.ASSEMBLY}


async def follow(
    uow: UnitOfWork, written: Sequence[tuple[Any, MovementRow]], levels: Iterable[StockLevel], *path: str
) -> None:
    """Apply written movements to the lots of locked levels, and update the allocations.

    Changes of reservations were written before.

    Raises:
        Invalid: lots are missing for incoming or removed units, or a lot has too few units.
    """
    tracked = {level.id: level for level in levels if level.is_tracked}
    moved = [(move, row) for move, row in written if move.level_id in tracked]
    if not moved:
        return
    # with several lines, the path does not identify the line
    path = path if path == ("lines",) else (*path[:-1], "lots")
    named = {lot.lot_id for move, _ in moved for lot in move.lots}
    books = await _Books.of(uow, tracked, named)
    for move, row in moved:
        if _state(move.from_bucket) != _state(move.to_bucket):
            await books.move(move, row, *path)
    await books.close()


def _state(bucket: StockBucket) -> str:
    """The state of a lot's units: reserved ones are in the same state as available ones."""
    return "shelf" if bucket in (StockBucket.AVAILABLE, StockBucket.RESERVED) else bucket.value


_COLUMNS = ("on_hand", "damaged", "quarantined", "in_quality_check", "allocated")


def _quantities(row: LotLevel) -> list[int]:
    return [getattr(row, name) for name in _COLUMNS]


def _shelf(quantities: Sequence[int]) -> int:
    """`LotLevel.shelf` as of the result of `_quantities`."""
    on_hand, damaged, quarantined, in_quality_check, _ = quantities
    return on_hand - damaged - quarantined - in_quality_check


@dataclass(slots=True)
class _Books:
    """The lots of some levels while movements are applied."""

    uow: UnitOfWork
    levels: Mapping[UUID, StockLevel]
    rows: dict[tuple[UUID, UUID], LotLevel]  # by level and lot
    before: dict[UUID, list[int]]  # the former quantities
    days: Mapping[UUID, date]  # the current date at each level's location
    made: list[LotLevel] = field(default_factory=list)
    entries: list[LotMovement] = field(default_factory=list)

    @classmethod
    async def of(cls, uow: UnitOfWork, levels: Mapping[UUID, StockLevel], named: Iterable[UUID]) -> "_Books":
        rows = await queries.lot_levels_of(levels, named)
        by_key = {(row.level_id, row.lot_id): row for row in rows}
        expiring = {
            row.level_id for row in rows if row.expires_on is not None and row.expires_on < last_day(uow.at)
        }
        days = await local_days([levels[id] for id in expiring], uow.at)
        return cls(uow, levels, by_key, {row.id: _quantities(row) for row in rows}, days)

    async def move(self, move: Any, row: MovementRow, *path: str) -> None:
        lots: Sequence[LotUnits] = move.lots or self._first_expired(move)
        if sum(lot.quantity for lot in lots) != move.quantity:
            raise Invalid(
                "This SKU is tracked by lot or serial number. List the lots or serial numbers.",
                *path,
                code=ProblemCode.REQUIRED,
            )
        expiry = await self._expiry_of(lots)
        for lot in lots:
            there = self.rows.get((move.level_id, lot.lot_id))
            if there is None:
                there = self._make(move.level_id, lot.lot_id, expiry.get(lot.lot_id))
            await self._change(there, move, lot, *path)
            self.entries.append(
                LotMovement(
                    id=new_id(),
                    movement_id=row.id,
                    lot_id=lot.lot_id,
                    level_id=move.level_id,
                    quantity=lot.quantity,
                    at=row.at,
                )
            )

    def _first_expired(self, move: Any) -> list[LotUnits]:
        if move.reason not in FIRST_EXPIRED or _state(move.from_bucket) != "shelf":
            return []
        return take(self._free(move.level_id), move.quantity)

    def _free(self, level_id: UUID) -> list[Shelf]:
        return [
            Shelf(row.lot_id, row.shelf - row.allocated, row.expires_on)
            for row in self.rows.values()
            if row.level_id == level_id and not self._is_expired(row)
        ]

    def _is_expired(self, row: LotLevel) -> bool:
        """Whether a lot has expired at its location. One whose expiry date has begun nowhere has not."""
        today = self.days.get(row.level_id)
        return today is not None and is_expired(row.expires_on, today)

    async def _expiry_of(self, lots: Sequence[LotUnits]) -> dict[UUID, date | None]:
        known = {lot_id for _, lot_id in self.rows}
        missing = [lot.lot_id for lot in lots if lot.lot_id not in known]
        expiry = await queries.lots_with_expiry(missing) if missing else {}
        return expiry | {row.lot_id: row.expires_on for row in self.rows.values()}

    def _make(self, level_id: UUID, lot_id: UUID, expires_on: date | None) -> LotLevel:
        row = LotLevel(id=new_id(), lot_id=lot_id, level_id=level_id, expires_on=expires_on)
        self.rows[level_id, lot_id] = row
        self.made.append(row)
        return row

    async def _change(self, there: LotLevel, move: Any, lot: LotUnits, *path: str) -> None:
        for bucket, sign in ((move.from_bucket, -1), (move.to_bucket, 1)):
            if bucket in UNAVAILABLE:
                setattr(there, bucket.value, getattr(there, bucket.value) + sign * lot.quantity)
        change = (move.from_bucket is StockBucket.OUTSIDE) - (move.to_bucket is StockBucket.OUTSIDE)
        there.on_hand += change * lot.quantity
        if change:
            await self._count_serial(lot.lot_id, change, *path)
        if min(there.shelf, there.damaged, there.quarantined, there.in_quality_check) < 0:
            raise await _too_few(lot, _state(move.from_bucket), *path)

    async def _count_serial(self, lot_id: UUID, change: int, *path: str) -> None:
        """Count a serial number in or out. It is one unit, so it cannot be at two locations."""
        (lot,) = await queries.lots_by_id([lot_id])
        if lot is None or not lot.is_serial:
            return
        fits = "id = $1 AND units + $2 BETWEEN 0 AND 1"
        if not await update_where(Lot, "units = units + $2", fits, lot_id, change):
            where = "already on hand" if change > 0 else "not on hand"
            raise Invalid(
                f"The serial number {lot.number} is {where}.", *path, code=ProblemCode.NOT_POSSIBLE_NOW
            )

    async def close(self) -> None:
        """Update the allocations, and write the changes."""
        held = await queries.allocations_of_levels(self.levels)
        claims = in_order_of_service(await queries.reservations_of_levels(self.levels))
        gone: list[LotAllocation] = []
        changed: list[LotAllocation] = []
        new: list[LotAllocation] = []
        for level_id in self.levels:
            own = [row for row in held if row.level_id == level_id]
            wanted = await self._allotted(level_id, claims, own)
            self._record_replaced(level_id, claims, own, wanted)
            for row in own:
                units = wanted.pop((row.reservation_id, row.lot_id), 0)
                if not units:
                    gone.append(row)
                elif units != row.quantity:
                    row.quantity = units
                    changed.append(row)
            new += [
                LotAllocation(
                    id=new_id(), reservation_id=claim, lot_id=lot, level_id=level_id, quantity=units
                )
                for (claim, lot), units in wanted.items()
            ]
        kept = [row for row in self.rows.values() if row.id in self.before]
        await update_each([row for row in kept if _quantities(row) != self.before[row.id]], *_COLUMNS)
        await insert(self.made)
        await delete_each(gone)
        await update_each(changed, "quantity")
        await insert(new)
        await insert(self.entries)
        await self._note_expiry()

    def _record_replaced(
        self,
        level_id: UUID,
        claims: Sequence[Reservation],
        held: Sequence[LotAllocation],
        wanted: Mapping[tuple[UUID, UUID], int],
    ) -> None:
        """Record events for claimants whose allocated lots were replaced because theirs were removed."""
        lost = {
            row.lot_id
            for row in self.rows.values()
            if row.level_id == level_id and row.id in self.before and row.shelf < _shelf(self.before[row.id])
        }
        before = {(row.reservation_id, row.lot_id): row.quantity for row in held}
        for claim in (each for each in claims if each.level_id == level_id) if lost else ():
            fewer = any(
                wanted.get((id, lot_id), 0) < units
                for (id, lot_id), units in before.items()
                if id == claim.id and lot_id in lost
            )
            units = sum(
                max(0, now - before.get((id, lot_id), 0))
                for (id, lot_id), now in wanted.items()
                if id == claim.id
            )
            if fewer and units:
                self._announce(self.levels[level_id], claim, units)

    def _announce(self, level: StockLevel, claim: Reservation, units: int) -> None:
        change_id = new_id()
        self.uow.is_new(change_id)
        self.uow.announce(
            KeptLotsChanged(
                subject_id=change_id,
                reservation_id=claim.id,
                claimant_kind=claim.claimant_kind,
                claimant_id=claim.claimant_id,
                variant_id=level.variant_id,
                location_id=level.location_id,
                units=units,
            )
        )

    async def _allotted(
        self, level_id: UUID, claims: Sequence[Reservation], held: Sequence[LotAllocation]
    ) -> dict[tuple[UUID, UUID], int]:
        own = [row for row in self.rows.values() if row.level_id == level_id]
        shelves = [
            Shelf(row.lot_id, 0 if self._is_expired(row) else row.shelf, row.expires_on) for row in own
        ]
        waiting = [row for row in claims if row.level_id == level_id]
        in_hand: dict[UUID, int] = {}
        if 0 < sum(shelf.quantity for shelf in shelves) < sum(row.quantity for row in waiting):
            in_hand = await units_in_hand(self.levels, waiting)
        wanted = allot(
            [Claim(row.id, row.quantity, in_hand.get(row.id, 0), row.due_on) for row in waiting],
            shelves,
            {(row.reservation_id, row.lot_id): row.quantity for row in held},
        )
        for row in own:
            row.allocated = sum(units for (_, lot), units in wanted.items() if lot == row.lot_id)
        return wanted

    async def _note_expiry(self) -> None:
        """Set the earliest expiry date of each level."""
        for level in self.levels.values():
            days = [
                row.expires_on
                for row in self.rows.values()
                if row.level_id == level.id and row.expires_on is not None and row.shelf > 0
            ]
            first = min(days, default=None)
            if first != level.next_expiry:
                level.next_expiry = first
                await update_each([level], "next_expiry")


async def _too_few(lot: LotUnits, state: str, *path: str) -> Invalid:
    (known,) = await queries.lots_by_id([lot.lot_id])
    where = "on the shelf" if state == "shelf" else state.replace("_", " ")
    return Invalid(
        f"There are fewer than {lot.quantity} units of {known.number if known else 'this lot'} {where}.",
        *path,
        code=ProblemCode.NOT_POSSIBLE_NOW,
    )
