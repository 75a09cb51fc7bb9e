"""Queries of the stock that a channel may take from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.database import among, fetch, is_postgres, uuid_of
from app.inventory.locations.sites import policy_of, site_of
from app.inventory.sourcing import Policy, Site
from app.inventory.stock.models import StockLevel
from app.inventory.stock.pegging import Promisable, Supply, from_day, put_in, schedule, together
from app.inventory.stock.queries.expected import open_incoming
from app.inventory.stock.queries.levels import available, promisable, with_expired


def lock(table: str) -> str:
    """The clause that locks the rows of a table. On SQLite the single writer locks the whole database."""
    return f"FOR UPDATE OF {table}" if is_postgres() else ""


@dataclass(frozen=True, slots=True)
class ChannelStock:
    """The levels that a channel may take from, with their locations and its policy."""

    levels: list[StockLevel]
    sites: list[Site]
    policy: Policy
    some_expired: bool  # some reservations of the levels have expired


async def locked_levels_of_channel(
    channel_id: UUID, variant_ids: Iterable[UUID], at: datetime
) -> ChannelStock:
    """The levels of variants in the active locations of a channel, locked in the common order."""
    return await _levels_of_channel(channel_id, variant_ids, at, lock("s"))


async def levels_of_channel(channel_id: UUID, variant_ids: Iterable[UUID], at: datetime) -> ChannelStock:
    """The same without locks, for reading."""
    found = await _levels_of_channel(channel_id, variant_ids, at, "")
    await with_expired(found.levels)
    return found


# What is read with each level `s`: whether reservations expired by `$3`, its location, and the policy.
_BESIDE_LEVEL = """
    c.rank AS place,
    EXISTS (
        SELECT 1 FROM reservation r WHERE r.level_id = s.id AND r.expires_at <= $3
    ) AS has_expired,
    l.code, l.kind, l.address, l.countries, l.hours, l.pick_capacity, l.parcel_cost_minor, l.unit_cost_minor,
    p.strategy, p.split, p.drop_ship, p.max_parcels, p.min_parcel_units, p.ships_complete, p.earliest_first
"""


async def _levels_of_channel(
    channel_id: UUID, variant_ids: Iterable[UUID], at: datetime, end: str
) -> ChannelStock:
    records = await fetch(
        f"""
        SELECT s.*, {_BESIDE_LEVEL}
        FROM stock_level s
        JOIN channel_location c ON c.location_id = s.location_id AND c.channel_id = $2
        JOIN location l ON l.id = s.location_id AND l.is_active
        LEFT JOIN sourcing_policy p ON p.channel_id = c.channel_id
        WHERE {among("s.variant_id", 1)}
        ORDER BY s.id {end}
        """,  # noqa: S608  # only a column name is put in
        list(variant_ids),
        channel_id,
        at,
    )
    return _channel_stock(records, at)


def _channel_stock(records: Sequence[Mapping[str, Any]], at: datetime) -> ChannelStock:
    by_location = {record["location_id"]: record for record in records}
    return ChannelStock(
        levels=[StockLevel.of_record(record) for record in records],
        sites=sorted((site_of(record, at) for record in by_location.values()), key=lambda site: site.rank),
        policy=policy_of(records[0]) if records else Policy(),
        some_expired=any(record["has_expired"] for record in records),
    )


@dataclass(frozen=True, slots=True)
class StockToRenew:
    """Locked levels for a claimant's new demand: those of its channel, and all others it has reserved at."""

    channel: ChannelStock
    elsewhere: list[StockLevel]  # of variants or locations that are not used for the demand
    some_expired: bool  # some reservations of the levels have expired

    @property
    def levels(self) -> list[StockLevel]:
        return [*self.channel.levels, *self.elsewhere]


async def locked_levels_to_renew(
    channel_id: UUID, variant_ids: Collection[UUID], claimant_id: UUID, at: datetime
) -> StockToRenew:
    """The levels of variants in the active locations of a channel, and those with reservations of a claimant,
    locked at once in the common order.
    """
    there = f"""
        SELECT l.id FROM stock_level l
        JOIN channel_location c ON c.location_id = l.location_id AND c.channel_id = $2
        JOIN location p ON p.id = l.location_id AND p.is_active
        WHERE {among("l.variant_id", 1)}
        UNION SELECT level_id FROM reservation WHERE claimant_id = $4
    """  # noqa: S608  # only a column name is put in
    # An array on PostgreSQL, so that each level is found by its key, however many there are.
    which = f"s.id = ANY(ARRAY({there}))" if is_postgres() else f"s.id IN ({there})"
    records = await fetch(
        f"""
        SELECT s.*, {_BESIDE_LEVEL}
        FROM stock_level s
        LEFT JOIN channel_location c ON c.location_id = s.location_id AND c.channel_id = $2
        LEFT JOIN location l ON l.id = s.location_id AND l.is_active
        LEFT JOIN sourcing_policy p ON p.channel_id = $2
        WHERE {which}
        ORDER BY s.id {lock("s")}
        """,  # noqa: S608  # conditions of ours
        list(variant_ids),
        channel_id,
        at,
        claimant_id,
    )
    of_channel: list[Mapping[str, Any]] = []
    elsewhere: list[Mapping[str, Any]] = []
    for record in records:
        is_used = record["place"] is not None and record["code"] is not None
        is_wanted = is_used and uuid_of(record["variant_id"]) in variant_ids
        (of_channel if is_wanted else elsewhere).append(record)
    return StockToRenew(
        _channel_stock(of_channel, at),
        [StockLevel.of_record(record) for record in elsewhere],
        some_expired=any(record["has_expired"] for record in records),
    )


async def promisable_by_day(
    variant_ids: list[UUID], channel_id: UUID, today: date
) -> dict[UUID, tuple[list[Promisable], int]]:
    """The units of each variant that can be promised in a channel by day, over its locations; and the units
    that can be sold without a known day.

    `today` is the current date for the channel's buyers.
    """
    stock = await levels_of_channel(channel_id, variant_ids, clock.now())
    supplies = await open_incoming([level.id for level in stock.levels])
    found: dict[UUID, tuple[list[Promisable], int]] = {}
    for variant_id in variant_ids:
        schedules, most = [], 0
        for level in (each for each in stock.levels if each.variant_id == variant_id):
            own = [
                Supply(row.expected_on, row.quantity - row.received)
                for row in supplies
                if row.level_id == level.id
            ]
            schedules.append(_of_level(level, own, today))
            most += max(0, promisable(level))
        steps = together(schedules)
        last = steps[-1].quantity if steps else 0
        found[variant_id] = (steps or [Promisable(today, 0)], max(0, most - last))
    return found


def _of_level(level: StockLevel, incoming: list[Supply], today: date) -> list[Promisable]:
    steps = schedule(available(level), level.backorder_limit, incoming, today)
    if level.backorder_days is not None:
        day = today + timedelta(days=level.backorder_days)
        steps = put_in(steps, Promisable(day, max(0, promisable(level))))
    if level.preorder_until is not None and level.preorder_until > today:
        steps = from_day(steps, level.preorder_until)
    return steps
