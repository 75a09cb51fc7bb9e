"""Reads of the inventory."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core import clock
from app.core.actor import Actor
from app.core.database import among, fetch, is_postgres, rows_by_id, uuid_of
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.inventory.models import ChannelLocation, Location, Reservation, StockLevel, StockMovement


def visible_to(actor: Actor) -> QuerySet[StockLevel]:
    """The levels that an actor may see. An actor bound to channels sees the locations they sell from."""
    if not actor.may(Permission.STOCK_VIEW):
        return StockLevel.filter(id__in=[])
    return (
        StockLevel.all()
        if actor.channels is None
        else StockLevel.filter(location_id__in=Subquery(_of_channels(actor.channels)))
    )


def scope_of(actor: Actor) -> Hashable:
    """Two actors of the same scope see the same levels: what `visible_to` depends on."""
    return actor.may(Permission.STOCK_VIEW), actor.channels


def locations_visible_to(actor: Actor) -> QuerySet[Location]:
    if not actor.may(Permission.STOCK_VIEW):
        return Location.filter(id__in=[])
    return (
        Location.all()
        if actor.channels is None
        else Location.filter(id__in=Subquery(_of_channels(actor.channels)))
    )


def movements_visible_to(actor: Actor) -> QuerySet[StockMovement]:
    rows = StockMovement.all()
    if actor.may(Permission.STOCK_VIEW) and actor.channels is None:
        return rows
    return rows.filter(level_id__in=Subquery(visible_to(actor).values("id")))


def _of_channels(channels: Iterable[UUID]) -> QuerySet[ChannelLocation]:
    return ChannelLocation.filter(channel_id__in=list(channels)).values("location_id")  # type: ignore[return-value]


async def location(actor: Actor, *path: str, id: UUID | None = None, code: str | None = None) -> Location:
    """A location by id or code.

    Raises:
        NotFound: there is none that this actor may see.
    """
    rows = locations_visible_to(actor)
    found = await (rows.get_or_none(id=id) if id is not None else rows.get_or_none(code=code or ""))
    if found is None:
        raise NotFound.of("location", *(path or ("location",)))
    return found


async def locked_location(id: UUID, actor: Actor) -> Location:
    found = await locations_visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("location", "id")
    return found


async def location_code_is_taken(code: str) -> bool:
    return await Location.filter(code=code).exists()


async def ranking(channel_id: UUID) -> list[UUID]:
    """The active locations that a channel sells from, the first choice first."""
    active = Location.filter(is_active=True).values("id")
    return [
        id
        for (id,) in await ChannelLocation.filter(channel_id=channel_id, location_id__in=Subquery(active))
        .order_by("rank", "location_id")
        .values_list("location_id")
    ]


async def channel_locations(channel_id: UUID) -> list[ChannelLocation]:
    return await ChannelLocation.filter(channel_id=channel_id).order_by("rank", "location_id")


async def forget_channel_locations(channel_id: UUID) -> None:
    await ChannelLocation.filter(channel_id=channel_id).delete()


async def locations_by_channel(ids: list[UUID]) -> list[list[Location]]:
    """Batch: the locations that each channel sells from, in its order."""
    links = await ChannelLocation.filter(channel_id__in=ids).order_by("rank", "location_id")
    found = {row.id: row for row in await Location.filter(id__in=[link.location_id for link in links])}
    return [
        [found[link.location_id] for link in links if link.channel_id == id and link.location_id in found]
        for id in ids
    ]


async def locations_by_id(ids: list[UUID]) -> Sequence[Location | None]:
    """Batch: the location of each id."""
    return in_order(ids, await rows_by_id(Location, ids))


async def locked_levels(variant_ids: Iterable[UUID], location_ids: Iterable[UUID]) -> list[StockLevel]:
    """The levels of variants in locations, locked in the one order that everybody locks them in."""
    return await (
        StockLevel.filter(variant_id__in=list(variant_ids), location_id__in=list(location_ids))
        .order_by("id")
        .select_for_update()
    )


def lock(table: str) -> str:
    """The end of a statement that locks the rows of a table. SQLite has one writer, which locks all."""
    return f"FOR UPDATE OF {table}" if is_postgres() else ""


async def locked_levels_of_channel(
    channel_id: UUID, variant_ids: Iterable[UUID], at: datetime
) -> tuple[list[StockLevel], list[UUID], bool]:
    """The levels of variants in the active locations that a channel sells from, locked in the usual order.

    Returns them, those locations with the channel's first choice first, and whether anything that is
    reserved of the levels has run out at the moment given.
    """
    records = await fetch(
        f"""
        SELECT s.*, c.rank AS place, EXISTS (
            SELECT 1 FROM reservation r WHERE r.level_id = s.id AND r.expires_at <= $3
        ) AS has_expired
        FROM stock_level s
        JOIN channel_location c ON c.location_id = s.location_id AND c.channel_id = $2
        JOIN location l ON l.id = s.location_id AND l.is_active
        WHERE {among("s.variant_id", 1)}
        ORDER BY s.id {lock("s")}
        """,  # noqa: S608  # only a column name is put in
        list(variant_ids),
        channel_id,
        at,
    )
    levels = [StockLevel.of_record(record) for record in records]
    ranked = sorted(
        {(record["place"], level.location_id) for record, level in zip(records, levels, strict=True)}
    )
    return levels, [location for _, location in ranked], any(record["has_expired"] for record in records)


async def locked_levels_by_id(ids: Iterable[UUID]) -> list[StockLevel]:
    return await StockLevel.filter(id__in=list(ids)).order_by("id").select_for_update()


async def level_of(variant_id: UUID, location_id: UUID) -> StockLevel | None:
    return await StockLevel.get_or_none(variant_id=variant_id, location_id=location_id)


async def levels_by_id(ids: list[UUID]) -> Sequence[StockLevel | None]:
    """Batch: the level of each id, with what has expired of its reservations."""
    rows = await with_expired(await StockLevel.filter(id__in=ids))
    return in_order(ids, {row.id: row for row in rows})


async def with_expired(levels: list[StockLevel]) -> list[StockLevel]:
    """The levels, each told how much of its reserved quantity is for claims that have run out."""
    expired = await expired_by_level([level.id for level in levels])
    for level in levels:
        level.expired = expired.get(level.id, 0)
    return levels


async def expired_by_level(ids: list[UUID], at: datetime | None = None) -> dict[UUID, int]:
    """How much of each level is reserved for claims that have run out and are not swept yet."""
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
    """The reservations of levels that have run out. Their levels are locked already."""
    return await Reservation.filter(level_id__in=list(ids), expires_at__lte=at)


async def levels_with_expired(at: datetime, limit: int) -> list[UUID]:
    rows = await Reservation.filter(expires_at__lte=at).limit(limit).values_list("level_id", flat=True)
    return [UUID(str(id)) for id in set(rows)]


async def reservations_of(claimant_id: UUID) -> list[Reservation]:
    return await Reservation.filter(claimant_id=claimant_id).order_by("level_id", "id")


async def drop_reservations(ids: Iterable[UUID]) -> int:
    return await Reservation.filter(id__in=list(ids)).delete()


async def keep_for_good(claimant_id: UUID) -> int:
    return await Reservation.filter(claimant_id=claimant_id).update(expires_at=None)


async def reservations_by_claimant(ids: list[UUID]) -> list[list[Reservation]]:
    """Batch: the open reservations of each claimant."""
    rows = await Reservation.filter(claimant_id__in=ids).order_by("id")
    return grouped(ids, rows, "claimant_id")


async def availability(keys: Sequence[tuple[UUID, UUID]]) -> list[int]:
    """Batch: how many of a (variant, channel) can be promised now, over the channel's locations."""
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
    """On hand − reserved − unavailable − safety stock; what has expired does not count as reserved."""
    return int(level.on_hand - level.reserved + level.expired - level.unavailable - level.safety_stock)


def promisable(level: StockLevel) -> int:
    """What can be sold now: what is available, and what the backorder limit adds."""
    return available(level) + level.backorder_limit


async def levels_by_variant(ids: list[UUID]) -> list[list[StockLevel]]:
    """Batch: the levels of each variant."""
    rows = await with_expired(await StockLevel.filter(variant_id__in=ids).order_by("location_id"))
    return grouped(ids, rows, "variant_id")


async def skus_of(variant_ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = await Variant.filter(id__in=list(variant_ids)).values_list("id", "sku")
    return dict(rows)


async def differences() -> list[str]:
    """Every level that is not the sum of its movements and reservations; an empty list is good news."""
    signed = "CASE WHEN {to} THEN quantity ELSE 0 END - CASE WHEN {frm} THEN quantity ELSE 0 END"

    def total(bucket: str) -> str:
        return signed.format(to=f"to_bucket = '{bucket}'", frm=f"from_bucket = '{bucket}'")

    on_hand = signed.format(to="to_bucket <> 'outside'", frm="from_bucket <> 'outside'")
    rows = await fetch(
        f"""
        SELECT l.id, l.on_hand, l.reserved, l.unavailable,
               COALESCE(m.on_hand, 0) AS moved, COALESCE(m.reserved, 0) AS promised,
               COALESCE(m.unavailable, 0) AS aside, COALESCE(r.quantity, 0) AS claimed
        FROM stock_level l
        LEFT JOIN (
            SELECT level_id, SUM({on_hand}) AS on_hand, SUM({total("reserved")}) AS reserved,
                   SUM({total("unavailable")}) AS unavailable
            FROM stock_movement GROUP BY level_id
        ) m ON m.level_id = l.id
        LEFT JOIN (SELECT level_id, SUM(quantity) AS quantity FROM reservation GROUP BY level_id) r
            ON r.level_id = l.id
        WHERE l.on_hand <> COALESCE(m.on_hand, 0) OR l.reserved <> COALESCE(m.reserved, 0)
           OR l.unavailable <> COALESCE(m.unavailable, 0) OR l.reserved <> COALESCE(r.quantity, 0)
           OR l.reserved + l.unavailable > l.on_hand + l.backorder_limit
        """  # noqa: S608  # only our own bucket names are put in
    )
    return [
        f"level {row['id']}: on hand {row['on_hand']} (ledger {row['moved']}), reserved {row['reserved']} "
        f"(ledger {row['promised']}, reservations {row['claimed']}), unavailable {row['unavailable']} "
        f"(ledger {row['aside']})"
        for row in rows
    ]
