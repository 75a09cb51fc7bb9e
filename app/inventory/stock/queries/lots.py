"""Queries of lots and serial numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.functions import Upper
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, read, uuid_of
from app.core.loading import grouped, in_order
from app.core.spelling import spelled
from app.inventory.locations.queries import days_of
from app.inventory.stock.lot_allocation import LotUnits, Shelf, is_expired
from app.inventory.stock.models import (
    Lot,
    LotAllocation,
    LotLevel,
    LotMovement,
    Reservation,
    StockLevel,
    StockMovement,
)
from app.inventory.stock.queries.levels import level_ids, of_levels


class AllocatedLot(NamedTuple):
    """Units of a lot allocated to a claimant."""

    number: str
    quantity: int
    expires_on: date | None


def lots_visible_to(actor: Actor) -> QuerySet[Lot]:
    """The lots that are or were at the locations for which an actor may see stock."""
    scope = actor.scope_of(Permission.STOCK_VIEW)
    if scope.is_everywhere:
        return Lot.all()
    return Lot.filter(id__in=Subquery(of_levels(LotLevel.all(), scope).values("lot_id")))


def lots_stocked_at(actor: Actor, code: Q) -> Q:
    """The condition that a lot is or was stocked at one of some locations whose stock an actor can see."""
    seen = of_levels(LotLevel.all(), actor.scope_of(Permission.STOCK_VIEW))
    return Q(id__in=Subquery(seen.filter(level_id__in=level_ids(code=code)).values("lot_id")))


def lots_on_hand(actor: Actor, is_on_hand: bool) -> Q:
    """The condition that a lot is, or is not, on hand at the locations whose stock an actor can see."""
    seen = of_levels(LotLevel.all(), actor.scope_of(Permission.STOCK_VIEW))
    has = Q(id__in=Subquery(seen.filter(on_hand__gt=0).values("lot_id")))
    return has if is_on_hand else ~has


async def lots_of_variant(variant_id: UUID, numbers: Iterable[str]) -> dict[str, Lot]:
    """The lots of a variant by number; in another case if that is unambiguous."""
    kept = {number: spelled(number) for number in numbers}
    rows = await Lot.filter(variant_id=variant_id, number__in=list(set(kept.values())))
    exact = {row.number: row for row in rows}
    found = {number: exact[own] for number, own in kept.items() if own in exact}
    others = {number: own.upper() for number, own in kept.items() if own not in exact}
    if others:
        alike: dict[str, list[Lot]] = {}
        for row in await read(
            Lot, f"variant_id = $1 AND {among('UPPER(number)', 2)}", variant_id, list(set(others.values()))
        ):
            alike.setdefault(row.number.upper(), []).append(row)
        found |= {number: alike[own][0] for number, own in others.items() if len(alike.get(own, ())) == 1}
    return found


def any_numbered(numbers: Sequence[str]) -> Q:
    """The condition that a lot has one of some numbers, ignoring case."""
    rows = Lot.annotate(capitals=Upper("number")).filter(capitals__in=[each.upper() for each in numbers])
    return Q(id__in=Subquery(rows.values("id")))


async def lot_numbered(rows: QuerySet[Lot], number: str) -> Lot | None:
    """The lot of one variant with a number; in another case if that is unambiguous."""
    exact = await rows.get_or_none(number=spelled(number))
    if exact is not None:
        return exact
    alike = await rows.filter(number__iexact=spelled(number)).limit(2)
    return alike[0] if len(alike) == 1 else None


async def lots_by_number(keys: list[tuple[UUID, str]]) -> Sequence[Lot | None]:
    """Batch: the lot of each variant and number."""
    rows = await Lot.filter(
        variant_id__in=list({variant for variant, _ in keys}), number__in=list({number for _, number in keys})
    )
    return in_order(keys, {(row.variant_id, row.number): row for row in rows})


async def lots_by_id(ids: list[UUID]) -> Sequence[Lot | None]:
    """Batch: the lot of each id."""
    return in_order(ids, {row.id: row for row in await Lot.filter(id__in=ids)})


async def lot_levels_of(level_ids: Iterable[UUID], named: Iterable[UUID]) -> list[LotLevel]:
    """The lots on hand at some levels, and the named ones. The caller has locked the levels."""
    wanted = Q(on_hand__gt=0) | Q(lot_id__in=list(named))
    return await LotLevel.filter(wanted, level_id__in=list(level_ids)).order_by("level_id", "lot_id")


async def shelves_of(level_id: UUID, today: date) -> list[Shelf]:
    """The free units of each lot of a level: not expired, set aside or allocated."""
    rows = await LotLevel.filter(level_id=level_id, on_hand__gt=0)
    return [
        Shelf(row.lot_id, row.shelf - row.allocated, row.expires_on)
        for row in rows
        if not is_expired(row.expires_on, today)
    ]


async def expired_lots(level_id: UUID, today: date) -> list[LotUnits]:
    """The expired units among the saleable stock of a level."""
    rows = await LotLevel.filter(level_id=level_id, expires_on__lt=today, on_hand__gt=0).order_by("lot_id")
    return [LotUnits(row.lot_id, row.shelf) for row in rows if row.shelf > 0]


async def locked_levels_with_expired_lots(
    days: Mapping[date, Sequence[UUID]], limit: int
) -> list[StockLevel]:
    """Levels with expired lots in saleable stock; `days` are the current dates at the locations."""
    q = Q(join_type="OR")
    for today, places in days.items():
        q |= Q(next_expiry__lt=today, location_id__in=places)
    return await StockLevel.filter(q).order_by("id").limit(limit).select_for_update() if days else []


async def free_until(levels: Mapping[UUID, date]) -> dict[UUID, int]:
    """The free units of lot-tracked levels that can still be sold on a day, each with its own day."""
    rows = await LotLevel.filter(level_id__in=list(levels), on_hand__gt=0)
    free = dict.fromkeys(levels, 0)
    for row in rows:
        if not is_expired(row.expires_on, levels[row.level_id]):
            free[row.level_id] += row.shelf - row.allocated
    return free


async def shelves_by_number(level_id: UUID, variant_id: UUID) -> dict[str, int]:
    """The saleable units of each lot of a variant at a level, by lot number."""
    rows = await LotLevel.filter(level_id=level_id, on_hand__gt=0)
    lots = await Lot.filter(id__in=[row.lot_id for row in rows], variant_id=variant_id)
    numbers = {lot.id: lot.number for lot in lots}
    return {numbers[row.lot_id]: row.shelf for row in rows if row.lot_id in numbers}


@dataclass(frozen=True, slots=True)
class LotAtLocation:
    """A lot as seen from a location: its units there, and the other locations."""

    number: str
    is_serial: bool
    is_expired: bool
    shelf: int
    where: str


async def lots_at_location(
    location_id: UUID, variant_id: UUID, numbers: Iterable[str], at: datetime
) -> dict[str, LotAtLocation]:
    """The lots of a variant with some numbers, as seen from a location, by the numbers given."""
    lots = await lots_of_variant(variant_id, numbers)
    rows = await LotLevel.filter(lot_id__in=[lot.id for lot in lots.values()], on_hand__gt=0)
    levels = StockLevel.filter(variant_id=variant_id, location_id=location_id)
    own = set(await levels.values_list("id", flat=True))
    today = (await days_of([location_id], at))[location_id]
    found = {}
    for number, lot in lots.items():
        here = [row for row in rows if row.lot_id == lot.id and row.level_id in own]
        there = [row for row in rows if row.lot_id == lot.id and row.level_id not in own]
        found[number] = LotAtLocation(
            lot.number,
            lot.is_serial,
            is_expired(lot.expires_on, today),
            sum(row.shelf for row in here),
            "it is set aside" if here else "it is at another location" if there else "none of it is on hand",
        )
    return found


async def kept_lots(claimant_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID, UUID], list[AllocatedLot]]:
    """The lots allocated to some claimants by claimant, location and variant, in the order of use."""
    rows = await fetch(
        f"""
        SELECT r.claimant_id, s.location_id, s.variant_id, a.quantity, l.number, l.expires_on, l.id
        FROM reservation r
        JOIN lot_allocation a ON a.reservation_id = r.id
        JOIN stock_level s ON s.id = a.level_id
        JOIN lot l ON l.id = a.lot_id
        WHERE {among("r.claimant_id", 1)}
        """,  # noqa: S608  # a column of ours
        list(claimant_ids),
    )
    found: dict[tuple[UUID, UUID, UUID], list[AllocatedLot]] = {}
    for row in sorted(rows, key=lambda row: (_day(row["expires_on"]) or date.max, str(row["id"]))):
        key = uuid_of(row["claimant_id"]), uuid_of(row["location_id"]), uuid_of(row["variant_id"])
        found.setdefault(key, []).append(
            AllocatedLot(row["number"], int(row["quantity"]), _day(row["expires_on"]))
        )
    return found


async def allocations_of_levels(level_ids: Iterable[UUID]) -> list[LotAllocation]:
    return await LotAllocation.filter(level_id__in=list(level_ids))


async def allocations_of(reservation_ids: Iterable[UUID]) -> list[LotAllocation]:
    return await LotAllocation.filter(reservation_id__in=list(reservation_ids)).order_by("lot_id")


async def lots_with_expiry(ids: Iterable[UUID]) -> dict[UUID, date | None]:
    return {row.id: row.expires_on for row in await Lot.filter(id__in=list(ids))}


async def lots_in_transit(transfer_id: UUID, variant_id: UUID) -> list[Shelf]:
    """The units of each lot of a variant that left with a transfer and have not arrived."""
    rows = await fetch(
        """
        SELECT t.lot_id, l.expires_on,
               SUM(CASE m.reason WHEN 'transfer_out' THEN t.quantity ELSE -t.quantity END) AS units
        FROM lot_movement t
        JOIN stock_movement m ON m.id = t.movement_id
        JOIN lot l ON l.id = t.lot_id
        WHERE m.reference_id = $1 AND l.variant_id = $2 AND m.reason IN ('transfer_out', 'transfer_in')
        GROUP BY t.lot_id, l.expires_on
        """,
        transfer_id,
        variant_id,
    )
    return [Shelf(uuid_of(row["lot_id"]), int(row["units"]), _day(row["expires_on"])) for row in rows]


async def lots_sold_to(reference_id: UUID, variant_id: UUID) -> list[Shelf]:
    """The units of each lot of a variant that were sold to a claimant and not returned."""
    rows = await fetch(
        """
        SELECT t.lot_id, l.expires_on,
               SUM(CASE m.reason WHEN 'sale' THEN t.quantity ELSE -t.quantity END) AS units
        FROM lot_movement t
        JOIN stock_movement m ON m.id = t.movement_id
        JOIN lot l ON l.id = t.lot_id
        WHERE m.reference_id = $1 AND l.variant_id = $2 AND m.reason IN ('sale', 'return')
        GROUP BY t.lot_id, l.expires_on
        """,
        reference_id,
        variant_id,
    )
    return [
        Shelf(uuid_of(row["lot_id"]), int(row["units"]), _day(row["expires_on"]))
        for row in rows
        if int(row["units"]) > 0
    ]


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


async def lot_changes_since(level_id: UUID, at: datetime) -> dict[UUID, int]:
    """The change of each lot's quantity on hand at a level since a time."""
    rows = await fetch(
        """
        SELECT t.lot_id, SUM(CASE WHEN m.to_bucket = 'outside' THEN -t.quantity
                                  WHEN m.from_bucket = 'outside' THEN t.quantity ELSE 0 END) AS change
        FROM lot_movement t JOIN stock_movement m ON m.id = t.movement_id
        WHERE t.level_id = $1 AND t.at > $2 GROUP BY t.lot_id
        """,
        level_id,
        at,
    )
    return {uuid_of(row["lot_id"]): int(row["change"]) for row in rows}


async def lots_by_level(ids: list[UUID]) -> list[list[LotLevel]]:
    """Batch: the lots on hand at each level, in the order of use."""
    rows = await LotLevel.filter(level_id__in=ids, on_hand__gt=0)
    rows.sort(key=lambda row: (row.expires_on or date.max, row.lot_id))
    return grouped(ids, rows, "level_id")


async def levels_by_lot(ids: list[UUID]) -> list[list[LotLevel]]:
    """Batch: the levels at which each lot is on hand."""
    rows = await LotLevel.filter(lot_id__in=ids, on_hand__gt=0).order_by("level_id")
    return grouped(ids, rows, "lot_id")


async def lots_by_movement(ids: list[UUID]) -> list[list[LotMovement]]:
    """Batch: the lots of each movement."""
    rows = await LotMovement.filter(movement_id__in=ids).order_by("lot_id")
    return grouped(ids, rows, "movement_id")


async def allocations_by_level(ids: list[UUID]) -> list[list[LotAllocation]]:
    """Batch: the allocations of each level's lots."""
    rows = await LotAllocation.filter(level_id__in=ids).order_by("lot_id", "id")
    return grouped(ids, rows, "level_id")


def movements_of_lot(lot_id: UUID, actor: Actor) -> QuerySet[LotMovement]:
    """The movements of a lot that an actor may see."""
    return of_levels(LotMovement.filter(lot_id=lot_id), actor.scope_of(Permission.STOCK_VIEW))


async def movements_by_id(ids: list[UUID]) -> Sequence[StockMovement | None]:
    """Batch: the movement of each id."""
    return in_order(ids, {row.id: row for row in await StockMovement.filter(id__in=ids)})


async def reservations_by_id(ids: list[UUID]) -> Sequence[Reservation | None]:
    """Batch: the reservation of each id."""
    return in_order(ids, {row.id: row for row in await Reservation.filter(id__in=ids)})


async def is_stocked(variant_id: UUID) -> bool:
    """Whether any units of a variant are on hand, reserved or in transit. Its levels are locked."""
    rows = await fetch(
        "SELECT 1 AS found FROM stock_level "
        "WHERE variant_id = $1 AND (on_hand <> 0 OR reserved <> 0 OR incoming <> 0) LIMIT 1",
        variant_id,
    )
    return bool(rows)


async def locked_levels_of_variant(variant_id: UUID) -> list[StockLevel]:
    return await StockLevel.filter(variant_id=variant_id).order_by("id").select_for_update()
