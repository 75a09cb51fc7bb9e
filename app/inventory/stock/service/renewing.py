"""Renewing the reservations of a cart for another demand: only the differences are written.

The locations are chosen as if nothing was reserved for the cart, so the result is that of releasing all of
its reservations and reserving again. Unchanged units get the new time of expiry; their levels are not
written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.database import Change, delete_each, update_each
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.inventory.locations.service.capacity import with_capacity
from app.inventory.sourcing import Pick, Place, Plan, Policy
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import ClaimantKind, ReservationPriority, StockBucket, StockReason
from app.inventory.stock.models import Reservation, StockLevel
from app.inventory.stock.service.expiring import set_expired_aside
from app.inventory.stock.service.ledger import Move, Reference, write
from app.inventory.stock.service.level_changes import LevelDelta, change_levels, take_if_free
from app.inventory.stock.service.promising import is_sold_ahead
from app.inventory.stock.service.releasing import give_back, give_back_expired, release
from app.inventory.stock.service.reserving import (
    ReservationResult,
    chosen,
    insufficient,
    reads_rows,
    wait_for_stock,
)
from app.inventory.stock.service.usable_levels import usable

_RENEWED = ("quantity", "expires_at", "priority", "waiting", "due_on", "created_at")


@command
async def renew(
    uow: UnitOfWork,
    *,
    channel_id: UUID,
    demand: Mapping[UUID, int],
    claimant: UUID,
    expires_at: datetime,
    to: Place | None = None,
    adds_rows: bool = False,
) -> ReservationResult:
    """Reserve the demand of each variant until a time, instead of what is reserved for a claimant.

    All or nothing: if it falls short, the reservations stay as they are. `adds_rows`: the caller writes the
    reservations and movements with `uow.write_added`, unless this function must read them.

    Raises:
        InsufficientStock: every variant that falls short.
    """
    wanted = {variant: quantity for variant, quantity in demand.items() if quantity > 0}
    if not wanted:
        await release(uow, claimant=claimant)
        return ReservationResult([], Plan([]), Policy())
    stock = await queries.locked_levels_to_renew(channel_id, wanted, claimant, uow.at)
    if stock.some_expired:
        await give_back_expired(uow, stock.levels)
    await set_expired_aside(uow, stock.channel.levels)
    # Read after locking: the sweeper may have been first.
    held = await queries.reservations_of(claimant)
    levels, sites = usable(stock.channel.levels, stock.channel.sites, to)
    sites = await with_capacity(sites)
    plan = await chosen(wanted, levels, sites, stock.channel.policy, to, _by_level(held))
    if plan.short:
        raise await insufficient(wanted, plan.short)
    waited = [level.id for level in stock.levels if is_sold_ahead(level)]
    picked = {pick.level_id for pick in plan.picks}
    await _give_back_others(uow, held, picked, stock.levels)
    kept = [row for row in held if row.level_id in picked]
    rows = await _Renewal(
        uow, stock.channel.levels, kept, plan, claimant, expires_at, adds_rows=adds_rows and not waited
    ).write()
    await wait_for_stock(uow, stock.channel, rows, waited)
    return ReservationResult(rows, plan, stock.channel.policy, stock.channel.levels)


async def _give_back_others(
    uow: UnitOfWork, held: Sequence[Reservation], picked: set[UUID], levels: Sequence[StockLevel]
) -> None:
    """Release the reservations at levels that are not picked."""
    others = [row for row in held if row.level_id not in picked]
    ids = {row.level_id for row in others}
    await give_back(uow, others, [level for level in levels if level.id in ids])


def _by_level(rows: Sequence[Reservation]) -> dict[UUID, int]:
    units: dict[UUID, int] = {}
    for row in rows:
        units[row.level_id] = units.get(row.level_id, 0) + row.quantity
    return units


@dataclass(frozen=True, slots=True)
class _Renewal:
    """The reservations of a claimant at the picked levels, to be changed to what a plan picks there."""

    uow: UnitOfWork
    levels: list[StockLevel]
    held: Sequence[Reservation]
    plan: Plan
    claimant: UUID
    expires_at: datetime
    adds_rows: bool

    async def write(self) -> list[Reservation]:
        """Write the differences of levels and reservations; return the reservations."""
        before = _by_level(self.held)
        more = {pick.level_id: pick.quantity - before.get(pick.level_id, 0) for pick in self.plan.picks}
        taken = {id: units for id, units in more.items() if units > 0}
        freed = {id: -units for id, units in more.items() if units < 0}
        by_id = {level.id: level for level in self.levels}
        if freed:
            deltas = {id: LevelDelta(reserved=-units) for id, units in freed.items()}
            await change_levels(by_id, deltas, self.uow.at)
        await take_if_free(by_id, taken)
        renewed, new = self._rows()
        await self._write_rows(taken, freed, Change(renewed, _RENEWED), new)
        return [*renewed, *new]

    def _rows(self) -> tuple[list[Reservation], list[Reservation]]:
        """The existing and the new reservations, with the values to be written."""
        by_level = {row.level_id: row for row in self.held}
        leaves = {each.site.id: each.site.ships_on for each in self.plan.candidates}
        renewed: list[Reservation] = []
        new: list[Reservation] = []
        for pick in self.plan.picks:
            row = by_level.get(pick.level_id)
            (new if row is None else renewed).append(row := row or self._new(pick))
            row.quantity, row.waiting, row.due_on = pick.quantity, 0, leaves.get(pick.location_id)
            row.expires_at, row.priority = self.expires_at, int(ReservationPriority.CART)
            row.created_at = self.uow.at  # it is served after those that were made meanwhile
        return renewed, new

    def _new(self, pick: Pick) -> Reservation:
        return Reservation(
            id=new_id(),
            level_id=pick.level_id,
            claimant_kind=ClaimantKind.ORDER.value,
            claimant_id=self.claimant,
            quantity=pick.quantity,
            created_at=self.uow.at,
        )

    async def _write_rows(
        self, taken: Mapping[UUID, int], freed: Mapping[UUID, int], renewed: Change, new: list[Reservation]
    ) -> None:
        """Write the reservations, with the movements of the units that were taken and freed."""
        kept = {row.id for row in renewed.rows}
        await delete_each([row for row in self.held if row.id not in kept])  # several at one level
        picked = {pick.level_id for pick in self.plan.picks}
        adds = self.adds_rows and not any(reads_rows(each) for each in self.levels if each.id in picked)
        reference = Reference(ClaimantKind.ORDER.value, self.claimant)
        release_moves = [
            Move(id, StockBucket.RESERVED, StockBucket.AVAILABLE, units, StockReason.RELEASE)
            for id, units in freed.items()
        ]
        moves = [
            Move(id, StockBucket.AVAILABLE, StockBucket.RESERVED, units, StockReason.RESERVATION)
            for id, units in taken.items()
        ]
        if moves:
            await write(self.uow, release_moves, reference, self.levels, adds_rows=adds)
            await write(
                self.uow, moves, reference, self.levels, reserved=new, renewed=renewed, adds_rows=adds
            )
        elif release_moves:
            await write(self.uow, release_moves, reference, self.levels, renewed=renewed, adds_rows=adds)
        elif adds:
            self.uow.change(renewed)
        else:
            await update_each(renewed.rows, *renewed.columns)
