"""Previews reservations: which locations would ship a demand, and when. Nothing is reserved.

The plan is made by the functions that `reserve` uses, and the days by the pegging of the levels, so a preview
shows what a reservation at the same moment would get.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from app.core.ids import new_id
from app.inventory.locations.service.capacity import on_later_days, with_capacity
from app.inventory.sourcing import Pick, Place, Plan, Site
from app.inventory.stock import queries
from app.inventory.stock.in_hand import units_in_hand
from app.inventory.stock.lifecycle import ReservationPriority
from app.inventory.stock.models import IncomingStock, Reservation, StockLevel
from app.inventory.stock.pegging import Promise, Supply, peg
from app.inventory.stock.service.promising import else_on, in_order_of_service, is_unreleased
from app.inventory.stock.service.reserving import good_on_leaving, planned
from app.inventory.stock.service.usable_levels import usable

Own = Mapping[UUID, int]  # units by level


@dataclass(frozen=True, slots=True)
class DemandToPreview:
    """A demand by variant, its destination, and the cart whose own reservations count as free."""

    demand: Mapping[UUID, int]
    to: Place | None = None
    claimant: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReservationPreview:
    """What a reservation would get: the plan, and by variant the day on which its last unit ships."""

    plan: Plan
    days: Mapping[UUID, date | None] = field(default_factory=dict[UUID, date | None])  # None: unknown
    is_waiting: bool = False  # a part is not in stock yet

    @property
    def due_on(self) -> date | None:
        """The last ship date; None: unknown."""
        known = [day for day in self.days.values() if day is not None]
        return max(known, default=None) if len(known) == len(self.days) else None


async def preview_reservations(
    channel_id: UUID, wanted: Sequence[DemandToPreview], at: datetime
) -> list[ReservationPreview]:
    """Preview several demands in a channel, each as if it was the only new one.

    The number of statements does not depend on the number of demands.
    """
    variants = {variant for each in wanted for variant in each.demand}
    if not variants:
        return [ReservationPreview(Plan([])) for _ in wanted]
    stock = await queries.levels_of_channel(channel_id, variants, at)
    claimants = [each.claimant for each in wanted if each.claimant is not None]
    own = _by_claimant(await queries.valid_reservations_of(claimants, at))
    rounds = await _rounds(stock)
    plans = [_plan(each, stock, rounds, own.get(each.claimant, {})) for each in wanted]
    waiting = await _Waiting.read(stock, plans, at)
    return [
        waiting.preview(plan, each.claimant, own.get(each.claimant, {}))
        for plan, each in zip(plans, wanted, strict=True)
    ]


Round = tuple[list[Site], Mapping[UUID, int]]  # sites, and the units that are good when they ship


async def _rounds(stock: queries.ChannelStock) -> list[Round]:
    """The sites as they ship now and, if some are full, as they ship on a later day."""
    sites = await with_capacity(stock.sites)
    later = await on_later_days(sites)
    tried = [sites] if later == sites else [sites, later]
    return [(each, await good_on_leaving(stock.levels, each)) for each in tried]


def _plan(each: DemandToPreview, stock: queries.ChannelStock, rounds: Sequence[Round], own: Own) -> Plan:
    demand = {variant: units for variant, units in each.demand.items() if units > 0}
    plan = Plan([])
    for sites, good in rounds if demand else ():
        plan = planned(demand, *usable(stock.levels, sites, each.to), good, stock.policy, each.to, own)
        if not plan.short:
            break
    return plan


def _by_claimant(rows: Sequence[Reservation]) -> dict[UUID | None, dict[UUID, int]]:
    found: dict[UUID | None, dict[UUID, int]] = {}
    for row in rows:
        levels = found.setdefault(row.claimant_id, {})
        levels[row.level_id] = levels.get(row.level_id, 0) + row.quantity
    return found


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The levels of the channel, and what reservations of those that are sold in advance wait for."""

    levels: Mapping[UUID, StockLevel]
    today: Mapping[UUID, date]  # by location
    held: Sequence[Reservation]
    in_hand: Mapping[UUID, int]
    incoming: Sequence[IncomingStock]
    at: datetime

    @classmethod
    async def read(cls, stock: queries.ChannelStock, plans: Sequence[Plan], at: datetime) -> "_Waiting":
        today = {site.id: site.day for site in stock.sites}
        levels = {level.id: level for level in stock.levels}
        ahead = {
            pick.level_id: levels[pick.level_id]
            for plan in plans
            for pick in plan.picks
            if _may_wait(levels[pick.level_id], pick.quantity, today[pick.location_id])
        }
        if not ahead:
            return cls(levels, today, (), {}, (), at)
        held = [
            row
            for row in await queries.reservations_of_levels(ahead)
            if row.expires_at is None or row.expires_at > at
        ]
        in_hand = await units_in_hand(ahead, held)
        return cls(levels, today, held, in_hand, await queries.open_incoming(ahead), at)

    def preview(self, plan: Plan, claimant: UUID | None, own: Own) -> ReservationPreview:
        leaves = {each.site.id: each.site.ships_on for each in plan.candidates}
        days: dict[UUID, date | None] = {}
        waits = False
        for pick in plan.picks:
            waiting, due = self._due(pick, claimant, own)
            waits = waits or waiting > 0
            day = leaves.get(pick.location_id)
            if waiting:
                day = None if due is None else max(due, day or due)
            before = days.get(pick.variant_id, day)
            days[pick.variant_id] = None if day is None or before is None else max(day, before)
        return ReservationPreview(plan, days, waits)

    def _due(self, pick: Pick, claimant: UUID | None, own: Own) -> tuple[int, date | None]:
        """The units of a pick that would wait, and the day on which the last of them arrives."""
        level, today = self.levels[pick.level_id], self.today[pick.location_id]
        if not _may_wait(level, pick.quantity - own.get(level.id, 0), today):
            return 0, None
        new = Reservation(
            id=new_id(),
            level_id=level.id,
            claimant_id=claimant,
            quantity=pick.quantity,
            priority=int(ReservationPriority.ORDER),
            created_at=self.at,
        )
        others = [row for row in self.held if row.level_id == level.id and row.claimant_id != claimant]
        rows = in_order_of_service([*others, new])
        found = peg(
            [Promise(row.id, row.quantity, self.in_hand.get(row.id, 0)) for row in rows],
            level.on_hand - level.unavailable,
            [
                Supply(row.expected_on, row.quantity - row.received)
                for row in self.incoming
                if row.level_id == level.id and row.expected_on >= today
            ],
            else_on(level, today),
            is_released=not is_unreleased(level, today),
        )[new.id]
        return (found.waiting, found.due_on) if found else (0, None)


def _may_wait(level: StockLevel, more: int, today: date) -> bool:
    """Whether units of a level would wait for stock if `more` were reserved."""
    reserved = level.reserved - level.expired + more
    return bool(reserved > level.on_hand - level.unavailable) or is_unreleased(level, today)
