"""Queries of reservations."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.functions import Sum

from app.core import clock
from app.core.database import among, fetch, is_postgres, read, uuid_of
from app.inventory.stock.models import Reservation, StockLevel


async def expired_by_level(ids: list[UUID], at: datetime | None = None) -> dict[UUID, int]:
    """The units of each level in expired reservations that were not released yet."""
    if not ids:
        return {}
    rows = (
        await Reservation.filter(level_id__in=ids, expires_at__lte=at or clock.now())
        .annotate(total=Sum("quantity"))
        .group_by("level_id")
        .values_list("level_id", "total")
    )
    return {level_id: int(total) for level_id, total in rows}


async def locked_expired(ids: Iterable[UUID], at: datetime) -> list[Reservation]:
    """The expired reservations of locked levels."""
    return await Reservation.filter(level_id__in=list(ids), expires_at__lte=at)


async def levels_with_expired(at: datetime, limit: int) -> list[UUID]:
    rows = await Reservation.filter(expires_at__lte=at).limit(limit).values_list("level_id", flat=True)
    return [UUID(str(id)) for id in set(rows)]


async def levels_with_overdue(days: Mapping[date, Sequence[UUID]], limit: int) -> list[UUID]:
    """Levels with reservations that wait for overdue stock.

    `days` are the current dates at the locations.
    """
    found: set[UUID] = set()
    for today, places in days.items():
        there = Subquery(StockLevel.filter(location_id__in=places).values("id"))
        rows = Reservation.filter(waiting__gt=0, due_on__lt=today, level_id__in=there).limit(limit)
        found |= {UUID(str(id)) for id in await rows.values_list("level_id", flat=True)}
    return list(found)


async def reservations_of(claimant_id: UUID) -> list[Reservation]:
    return await read(Reservation, "claimant_id = $1 ORDER BY level_id, id", claimant_id)


async def valid_reservations_of(claimant_ids: Collection[UUID], at: datetime) -> list[Reservation]:
    """The reservations of claimants that have not expired."""
    if not claimant_ids:
        return []
    condition = f"{among('claimant_id', 1)} AND (expires_at IS NULL OR expires_at > $2)"
    return await read(Reservation, condition, list(claimant_ids), at)


async def reservations_of_levels(level_ids: Iterable[UUID]) -> list[Reservation]:
    return await Reservation.filter(level_id__in=list(level_ids))


async def reserved_by_variant(claimant_id: UUID) -> dict[UUID, int]:
    """The reserved or backlogged units of each variant of a claimant."""
    rows = await fetch(
        """
        SELECT variant_id, SUM(quantity) AS units FROM (
            SELECT s.variant_id, r.quantity FROM reservation r JOIN stock_level s ON s.id = r.level_id
            WHERE r.claimant_id = $1
            UNION ALL SELECT variant_id, quantity FROM backlog WHERE claimant_id = $1
        ) kept GROUP BY variant_id
        """,
        claimant_id,
    )
    return {uuid_of(row["variant_id"]): int(row["units"]) for row in rows}


@dataclass(frozen=True, slots=True)
class HeldUnits:
    """Reserved units of a variant at a location for a claimant; `ready` of them are in stock."""

    location_id: UUID
    variant_id: UUID
    quantity: int
    ready: int


@dataclass(frozen=True, slots=True)
class ReservationInfo:
    """The claimant and location of a reservation."""

    claimant_id: UUID
    level_id: UUID
    location_id: UUID
    variant_id: UUID


async def reservation_info(reservation_id: UUID) -> ReservationInfo | None:
    """The claimant and location of a reservation; None if it no longer exists."""
    rows = await fetch(
        "SELECT r.claimant_id, r.level_id, s.location_id, s.variant_id "
        "FROM reservation r JOIN stock_level s ON s.id = r.level_id WHERE r.id = $1",
        reservation_id,
    )
    names = ("claimant_id", "level_id", "location_id", "variant_id")
    return ReservationInfo(**{name: uuid_of(rows[0][name]) for name in names}) if rows else None


async def locked_ready_units(claimant_id: UUID, location_id: UUID) -> dict[UUID, int]:
    """The units of each variant reserved for a claimant at a location that are in stock.

    Their levels are locked in the common order, so that they stay until the caller commits.
    """
    end = "FOR UPDATE" if is_postgres() else ""
    rows = await fetch(
        "SELECT s.variant_id, r.quantity - r.waiting AS ready "
        "FROM stock_level s JOIN reservation r ON r.level_id = s.id "
        "WHERE r.claimant_id = $1 AND s.location_id = $2 ORDER BY s.id, r.id " + end,
        claimant_id,
        location_id,
    )
    units: dict[UUID, int] = {}
    for row in rows:
        id = uuid_of(row["variant_id"])
        units[id] = units.get(id, 0) + int(row["ready"])
    return units


async def held_units(claimant_id: UUID) -> list[HeldUnits]:
    """The permanent reservations of a claimant, by location and variant."""
    rows = await fetch(
        "SELECT l.location_id, l.variant_id, "
        "SUM(r.quantity) AS quantity, SUM(r.quantity - r.waiting) AS ready "
        "FROM reservation r JOIN stock_level l ON l.id = r.level_id "
        "WHERE r.claimant_id = $1 AND r.expires_at IS NULL "
        "GROUP BY l.location_id, l.variant_id ORDER BY l.location_id, l.variant_id",
        claimant_id,
    )
    return [
        HeldUnits(
            uuid_of(row["location_id"]), uuid_of(row["variant_id"]), int(row["quantity"]), int(row["ready"])
        )
        for row in rows
    ]
