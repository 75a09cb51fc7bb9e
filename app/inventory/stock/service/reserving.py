"""Reserving stock: the only code path by which stock is taken.

Levels are locked in the order of their ids by every command, so there is no deadlock. The UPDATE that takes
the stock repeats the condition that there is enough, and a constraint of the table enforces it again: a unit
is never sold twice, whatever the number of processes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.core.database import update_where
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.inventory.locations.service.capacity import on_later_days, use_capacity, with_capacity
from app.inventory.sourcing import Offer, Pick, Place, Plan, Policy, Site, SourcingDecision, choose
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import ClaimantKind, ReservationPriority, StockBucket, StockReason
from app.inventory.stock.models import Reservation, StockLevel
from app.inventory.stock.refusals import InsufficientStock, Shortage
from app.inventory.stock.service.displacing import displace, enough
from app.inventory.stock.service.expiring import set_expired_aside
from app.inventory.stock.service.ledger import Move, Reference, write
from app.inventory.stock.service.level_changes import LARGEST, take_if_free
from app.inventory.stock.service.promising import is_sold_ahead, is_unreleased, repeg
from app.inventory.stock.service.releasing import give_back_expired
from app.inventory.stock.service.usable_levels import usable


@dataclass(frozen=True, slots=True)
class ReservationResult:
    """What was reserved for a claimant, and how its locations were chosen."""

    reservations: list[Reservation]
    plan: Plan
    policy: Policy
    levels: Sequence[StockLevel] = ()  # of the demand in the channel, as they are afterwards

    @property
    def is_waiting(self) -> bool:
        """Whether a part of it is not in stock yet."""
        return any(row.waiting for row in self.reservations)

    @property
    def due_on(self) -> date | None:
        """The last ship date; None: unknown."""
        days = [row.due_on for row in self.reservations if row.waiting]
        if any(day is None for day in days):
            return None
        known = [day for day in (*days, self.plan.ships_on) if day is not None]
        return max(known, default=None)

    @property
    def decision(self) -> SourcingDecision:
        return SourcingDecision.of(self.plan, self.policy)


@command
async def reserve(
    uow: UnitOfWork,
    *,
    channel_id: UUID,
    demand: Mapping[UUID, int],
    claimant: UUID,
    expires_at: datetime | None = None,
    claimant_kind: ClaimantKind = ClaimantKind.ORDER,
    priority: ReservationPriority | None = None,
    to: Place | None = None,
    not_from: UUID | None = None,
    refused: Collection[tuple[UUID, UUID]] = (),
    adds_rows: bool = False,
) -> ReservationResult:
    """Reserve the demand of each variant for a claimant, all or nothing.

    Demand is summed by variant: the same SKU on two lines is one demand. `expires_at` None reserves
    permanently. Paid orders displace carts as needed: see `displacing`. The channel's sourcing policy chooses
    the locations; `to` is the destination, `not_from` is a location that is not used, `refused` are locations
    that are not used for a variant. `adds_rows`: the caller inserts the new rows with `uow.write_added`,
    unless this function must read them.

    Raises:
        InsufficientStock: every variant that falls short.
    """
    wanted = {variant: quantity for variant, quantity in demand.items() if quantity > 0}
    if not wanted:
        return ReservationResult([], Plan([]), Policy())
    stock = await queries.locked_levels_of_channel(channel_id, wanted, uow.at)
    if stock.some_expired:
        await give_back_expired(uow, stock.levels)
    await set_expired_aside(uow, stock.levels)
    levels = [level for level in stock.levels if (level.location_id, level.variant_id) not in refused]
    levels, sites = usable(levels, stock.sites, to)
    rank = priority or (ReservationPriority.CART if expires_at else ReservationPriority.ORDER)
    sites = [site for site in await with_capacity(sites) if site.id != not_from]
    plan = await chosen(wanted, levels, sites, stock.policy, to)
    if plan.short and rank is ReservationPriority.PAID:
        missing = {id: wanted[id] - max(0, there) for id, there in plan.short.items()}
        await _displace_carts(uow, levels, missing)
        plan = await chosen(wanted, levels, sites, stock.policy, to)
    if plan.short:
        raise await insufficient(wanted, plan.short)
    leaves = {each.site.id: each.site.ships_on for each in plan.candidates}
    reservations = await _take(
        uow, stock.levels, plan.picks, claimant, claimant_kind, expires_at, rank, leaves, adds_rows=adds_rows
    )
    await wait_for_stock(uow, stock, reservations)
    if expires_at is None:  # a cart is not fulfilled yet
        await use_capacity(plan)
    return ReservationResult(reservations, plan, stock.policy, stock.levels)


async def chosen(
    wanted: Mapping[UUID, int],
    levels: list[StockLevel],
    sites: list[Site],
    policy: Policy,
    to: Place | None,
    own: Mapping[UUID, int] | None = None,
) -> Plan:
    """A plan that ships at once if possible; else on a later day, including locations that are full until
    then.

    In both cases from stock first, then including backorders. `own` are units of levels that count as free.
    """
    plan = await _from(wanted, levels, sites, policy, to, own)
    if plan.short:
        later = await on_later_days(sites)
        if later != sites:
            return await _from(wanted, levels, later, policy, to, own)
    return plan


async def _from(
    wanted: Mapping[UUID, int],
    levels: list[StockLevel],
    sites: list[Site],
    policy: Policy,
    to: Place | None,
    own: Mapping[UUID, int] | None,
) -> Plan:
    return planned(wanted, levels, sites, await good_on_leaving(levels, sites), policy, to, own)


def planned(
    wanted: Mapping[UUID, int],
    levels: list[StockLevel],
    sites: list[Site],
    good: Mapping[UUID, int],
    policy: Policy,
    to: Place | None,
    own: Mapping[UUID, int] | None = None,
) -> Plan:
    """The plan from stock, else including backorders.

    `good` are the units, by level id, that are good when their location ships; `own` are units of levels that
    count as free.
    """
    plan = choose(wanted, _offers(levels, good, own or {}), sites, policy, to)
    if to is not None and to.pickup_at is not None:
        return plan  # only what is there can be picked up
    if plan.short and any(level.backorder_limit for level in levels):
        plan = choose(wanted, _offers(levels, good, own or {}, sold_ahead=True), sites, policy, to)
    return plan


async def good_on_leaving(levels: list[StockLevel], sites: list[Site]) -> dict[UUID, int]:
    """The free units, by level id, of levels where something expires before the location ships."""
    leaves = {site.id: site.ships_on for site in sites}
    days = {
        level.id: day
        for level in levels
        if level.next_expiry is not None
        and (day := leaves.get(level.location_id)) is not None
        and level.next_expiry < day
    }
    return await queries.free_until(days) if days else {}


async def wait_for_stock(
    uow: UnitOfWork,
    stock: queries.ChannelStock,
    reservations: list[Reservation],
    waited: Collection[UUID] = (),
) -> None:
    """Calculate what reservations wait for, where more is reserved than is in stock, or was: at the levels
    in `waited`.
    """
    taken = {row.level_id: row for row in reservations}
    local = {site.id: site.day for site in stock.sites}
    days = {level.id: local[level.location_id] for level in stock.levels}
    ahead = [
        level
        for level in stock.levels
        if level.id in taken and (level.id in waited or _must_wait(level, days[level.id]))
    ]
    if not ahead:
        return
    await repeg(uow, ahead, new=frozenset(row.claimant_id for row in reservations), days=days)
    fresh = {row.id: row for row in await queries.reservations_of_levels(level.id for level in ahead)}
    for row in reservations:
        if row.id in fresh:
            row.waiting, row.due_on = fresh[row.id].waiting, fresh[row.id].due_on


def reads_rows(level: StockLevel) -> bool:
    """Whether reservations and movements of a level are read after they are made: for its lots, or for what
    they wait for.
    """
    return level.is_tracked or level.preorder_until is not None or is_sold_ahead(level)


def _must_wait(level: StockLevel, today: date) -> bool:
    return is_sold_ahead(level) or is_unreleased(level, today)


async def insufficient(wanted: Mapping[UUID, int], short: Mapping[UUID, int]) -> InsufficientStock:
    skus = await queries.skus_of(short)
    return InsufficientStock(
        [Shortage(skus[id], wanted[id], max(0, total)) for id, total in sorted(short.items())]
    )


async def plan_for(
    channel_id: UUID, demand: Mapping[UUID, int], at: datetime, to: Place | None = None
) -> tuple[Plan, Policy]:
    """The sourcing of a demand now, without reserving."""
    stock = await queries.levels_of_channel(channel_id, demand, at)
    levels, sites = usable(stock.levels, stock.sites, to)
    return await chosen(demand, levels, await with_capacity(sites), stock.policy, to), stock.policy


@command
async def reserve_at(
    uow: UnitOfWork,
    *,
    location_id: UUID,
    demand: Mapping[UUID, int],
    claimant: UUID,
    claimant_kind: ClaimantKind,
    priority: ReservationPriority,
) -> list[Reservation]:
    """Reserve the demand of each variant at one location from stock on hand, all or nothing.

    Raises:
        InsufficientStock: every variant that falls short.
    """
    levels = await queries.locked_levels(demand, [location_id])
    await give_back_expired(uow, levels)
    await set_expired_aside(uow, levels)
    there = {level.variant_id: level for level in levels}
    short = {
        id: queries.available(there[id]) if id in there else 0
        for id, units in demand.items()
        if id not in there or queries.available(there[id]) < units
    }
    if short:
        raise await insufficient(demand, short)
    picks = [Pick(there[id].id, id, location_id, units) for id, units in demand.items()]
    return await _take(uow, levels, picks, claimant, claimant_kind, None, priority)


async def _displace_carts(uow: UnitOfWork, levels: list[StockLevel], missing: Mapping[UUID, int]) -> None:
    """Displace carts for the missing units of each variant."""
    by_id = {level.id: level for level in levels}
    held = [
        row
        for row in await queries.reservations_of_levels(by_id)
        if row.priority == ReservationPriority.CART and row.expires_at is not None
    ]
    for variant_id, units in missing.items():
        of_variant = [row for row in held if by_id[row.level_id].variant_id == variant_id]
        await displace(uow, levels, enough(of_variant, units), StockReason.RESERVATION)


@command
async def promote(uow: UnitOfWork, *, claimant: UUID, priority: ReservationPriority) -> int:
    """Change the priority of a claimant's reservations, for example when its order is paid; return their
    number.
    """
    return await update_where(Reservation, "priority = $2", "claimant_id = $1", claimant, int(priority))


def _offers(
    levels: list[StockLevel], good: Mapping[UUID, int], own: Mapping[UUID, int], *, sold_ahead: bool = False
) -> list[Offer]:
    """The offer of each level; for one in `good`, no more than is good on its ship date."""
    return [
        Offer(
            level.id,
            level.variant_id,
            level.location_id,
            min(queries.available(level), good.get(level.id, LARGEST))
            + own.get(level.id, 0)
            + (level.backorder_limit if sold_ahead else 0),
        )
        for level in levels
    ]


async def _take(
    uow: UnitOfWork,
    levels: list[StockLevel],
    picks: list[Pick],
    claimant: UUID,
    kind: ClaimantKind,
    expires_at: datetime | None,
    priority: ReservationPriority,
    leaves: Mapping[UUID, date | None] | None = None,
    *,
    adds_rows: bool = False,
) -> list[Reservation]:
    """Reserve picks at their levels; `leaves` are the ship dates of the locations."""
    await take_if_free(
        {level.id: level for level in levels}, {pick.level_id: pick.quantity for pick in picks}
    )
    rows = [
        Reservation(
            id=new_id(),
            level_id=pick.level_id,
            claimant_kind=kind.value,
            claimant_id=claimant,
            quantity=pick.quantity,
            expires_at=expires_at,
            priority=int(priority),
            due_on=(leaves or {}).get(pick.location_id),
            created_at=uow.at,
        )
        for pick in picks
    ]
    moves = [
        Move(p.level_id, StockBucket.AVAILABLE, StockBucket.RESERVED, p.quantity, StockReason.RESERVATION)
        for p in picks
    ]
    taken = {pick.level_id for pick in picks}
    adds_rows = adds_rows and not any(reads_rows(level) for level in levels if level.id in taken)
    await write(uow, moves, Reference(kind.value, claimant), levels, reserved=rows, adds_rows=adds_rows)
    return rows
