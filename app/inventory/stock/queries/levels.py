"""Queries of stock levels and of the stock ledger."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from tortoise.expressions import F, Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.catalog.queries import components_of
from app.core import clock
from app.core.actor import Actor
from app.core.database import among, fetch, is_postgres, read_locked, rows_by_id, uuid_of
from app.core.loading import grouped, in_order
from app.core.scope import Scope
from app.inventory.locations.queries import days_of, location_ids, within
from app.inventory.stock.models import StockLevel, StockMovement
from app.inventory.stock.queries.costs import level_values
from app.inventory.stock.queries.reservations import expired_by_level

M = TypeVar("M", bound=Model)


def visible_to(actor: Actor) -> QuerySet[StockLevel]:
    """The levels of the locations for which an actor may see stock."""
    return within(StockLevel.all(), actor.scope_of(Permission.STOCK_VIEW))


def of_levels(rows: QuerySet[M], scope: Scope) -> QuerySet[M]:
    """The rows of a level among `rows` whose location a scope covers."""
    if scope.is_everywhere:
        return rows
    return rows.filter(level_id__in=Subquery(within(StockLevel.all(), scope).values("id")))


def movements_visible_to(actor: Actor) -> QuerySet[StockMovement]:
    """The movements at the locations for which an actor may see stock."""
    return of_levels(StockMovement.all(), actor.scope_of(Permission.STOCK_VIEW))


async def locked_levels(variant_ids: Iterable[UUID], location_ids: Iterable[UUID]) -> list[StockLevel]:
    """The levels of variants at locations, locked in the common order."""
    return await (
        StockLevel.filter(variant_id__in=list(variant_ids), location_id__in=list(location_ids))
        .order_by("id")
        .select_for_update()
    )


async def locked_levels_by_id(ids: Iterable[UUID]) -> list[StockLevel]:
    return await read_locked(StockLevel, f"{among('id', 1)} ORDER BY id", list(ids))


async def locked_levels_of_claimant(claimant_id: UUID) -> list[StockLevel]:
    """The levels with reservations of a claimant, locked in the order of their ids."""
    kept = "SELECT level_id FROM reservation WHERE claimant_id = $1"
    return await read_locked(StockLevel, f"id IN ({kept}) ORDER BY id", claimant_id)


async def level_of(variant_id: UUID, location_id: UUID) -> StockLevel | None:
    return await StockLevel.get_or_none(variant_id=variant_id, location_id=location_id)


async def level_ids_at(location_id: UUID, variant_ids: Iterable[UUID]) -> list[UUID]:
    """The existing levels of some variants at a location."""
    rows = StockLevel.filter(location_id=location_id, variant_id__in=list(variant_ids))
    return list(await rows.values_list("id", flat=True))  # type: ignore[arg-type]


async def levels_of(ids: Iterable[UUID]) -> list[StockLevel]:
    return await StockLevel.filter(id__in=list(ids))


async def levels_by_id(ids: list[UUID]) -> Sequence[StockLevel | None]:
    """Batch: the level of each id, with its expired reservations."""
    rows = await with_expired(await StockLevel.filter(id__in=ids))
    return in_order(ids, {row.id: row for row in rows})


async def with_expired(levels: list[StockLevel]) -> list[StockLevel]:
    """The levels with the quantities of their expired reservations."""
    expired = await expired_by_level([level.id for level in levels])
    for level in levels:
        level.expired = expired.get(level.id, 0)
    return levels


async def availability_with_bundles(
    keys: Sequence[tuple[UUID, UUID]], bundles: Collection[UUID]
) -> list[int]:
    """Batch: the units of a (variant, channel) that can be promised now; for a bundle, what its components
    allow.
    """
    parts = await components_of(list(bundles))
    asked = {
        (part.part_id, channel) for variant, channel in keys if variant in bundles for part in parts[variant]
    } | {key for key in keys if key[0] not in bundles}
    order = list(asked)
    there = dict(zip(order, await availability(order), strict=True)) if order else {}
    return [
        min((there[part.part_id, channel] // part.quantity for part in parts[variant]), default=0)
        if variant in bundles
        else there[variant, channel]
        for variant, channel in keys
    ]


async def availability(keys: Sequence[tuple[UUID, UUID]]) -> list[int]:
    """Batch: the units of a (variant, channel) that can be promised now, over the channel's locations."""
    rows = await fetch(
        f"""
        SELECT s.variant_id, c.channel_id, SUM(CASE WHEN {_PROMISABLE} > 0 THEN {_PROMISABLE} ELSE 0 END) AS n
        FROM stock_level s
        JOIN channel_location c ON c.location_id = s.location_id
        JOIN location p ON p.id = s.location_id AND p.is_active
        LEFT JOIN (
            SELECT level_id, SUM(quantity) AS quantity FROM reservation WHERE expires_at <= $3
            GROUP BY level_id
        ) e ON e.level_id = s.id
        WHERE {among("s.variant_id", 1)} AND {among("c.channel_id", 2)}
        GROUP BY s.variant_id, c.channel_id
        """,  # noqa: S608  # only column names are put in
        list({variant_id for variant_id, _ in keys}),
        list({channel_id for _, channel_id in keys}),
        clock.now(),
    )
    if is_postgres():
        found = {(row["variant_id"], row["channel_id"]): int(row["n"]) for row in rows}
    else:
        found = {(uuid_of(row["variant_id"]), uuid_of(row["channel_id"])): int(row["n"]) for row in rows}
    return [found.get(key, 0) for key in keys]


# `promisable`, for a level `s` and its expired reservations `e`.
_PROMISABLE = (
    "(s.on_hand - s.reserved + COALESCE(e.quantity, 0) - s.unavailable - s.safety_stock + s.backorder_limit)"
)


def available(level: StockLevel) -> int:
    """On hand − reserved − unavailable − safety stock; expired reservations do not count."""
    return int(level.on_hand - level.reserved + level.expired - level.unavailable - level.safety_stock)


def promisable(level: StockLevel) -> int:
    """The units that can be sold now: available plus backorder limit."""
    return available(level) + level.backorder_limit


async def levels_by_variant(ids: list[UUID]) -> list[list[StockLevel]]:
    """Batch: the levels of each variant."""
    rows = await with_expired(await StockLevel.filter(variant_id__in=ids).order_by("location_id"))
    return grouped(ids, rows, "variant_id")


async def skus_of(variant_ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = await Variant.filter(id__in=list(variant_ids)).values_list("id", "sku")
    return dict(rows)


async def variants_of_levels(ids: list[UUID]) -> list[Variant]:
    """Batch: the variant of each level."""
    levels = {level.id: level.variant_id for level in await levels_of(ids)}
    variants = await rows_by_id(Variant, list(set(levels.values())))
    return [variants[levels[id]] for id in ids]


async def values_by_level(ids: list[UUID]) -> list[int]:
    """Batch: the value of each level, in minor units of the currency of stock valuation."""
    found = await level_values(ids)
    return [found[id][1] for id in ids]


def variant_ids(q: Q) -> Subquery:
    """The ids of some variants, for a query that applies the scope."""
    return Subquery(Variant.filter(q).values("id"))


def level_ids(*, sku: Q | None = None, code: Q | None = None) -> Subquery:
    """The ids of the levels of some or all variants and locations, for a query that applies the scope."""
    rows = StockLevel.all()
    if sku is not None:
        rows = rows.filter(variant_id__in=variant_ids(sku))
    if code is not None:
        rows = rows.filter(location_id__in=location_ids(code))
    return Subquery(rows.values("id"))


async def locked_released_levels(days: Mapping[date, Sequence[UUID]]) -> list[StockLevel]:
    """The locked levels whose release day has come; `days` are the current dates at the locations."""
    q = Q(join_type="OR")
    for today, places in days.items():
        q |= Q(preorder_until__lte=today, location_id__in=places)
    return await StockLevel.filter(q).order_by("id").select_for_update() if days else []


async def days_by_level(ids: list[UUID]) -> list[date]:
    """Batch: the current date at each level's location."""
    places = {level.id: level.location_id for level in await levels_of(ids)}
    days = await days_of(set(places.values()), clock.now())
    return [days[places[id]] for id in ids]


def movements_of(level_id: UUID) -> QuerySet[StockMovement]:
    """The movements of a level that the caller may see."""
    return StockMovement.filter(level_id=level_id)


_BEYOND = 10**9  # larger than any quantity; added to one, it still fits into 32 bits


def available_q(least: int | None, most: int | None) -> Q:
    """The condition that a level's available quantity is within bounds, which are None for no bound."""
    least, most = (None if each is None else max(-_BEYOND, min(each, _BEYOND)) for each in (least, most))
    q = Q()
    if least is not None:
        q &= Q(on_hand__gte=F("reserved") + least + F("unavailable") + F("safety_stock"))
    if most is not None:
        q &= Q(on_hand__lte=F("reserved") + most + F("unavailable") + F("safety_stock"))
    return q


def low_q(is_low: bool) -> Q:
    """The condition that a level's available quantity is, or is not, at or below its reorder point."""
    kept = F("reserved") + F("unavailable") + F("safety_stock")
    if is_low:
        return Q(reorder_point__isnull=False, on_hand__lte=kept + F("reorder_point"))
    return Q(reorder_point__isnull=True) | Q(on_hand__gt=kept + F("reorder_point"))


async def bins_of(location_id: UUID, variant_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The bins of some variants at a location."""
    rows = StockLevel.filter(location_id=location_id, variant_id__in=list(variant_ids))
    return {UUID(str(id)): str(bin) for id, bin in await rows.values_list("variant_id", "bin")}
