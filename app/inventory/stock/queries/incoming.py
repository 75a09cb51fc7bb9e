"""Queries of incoming stock and of the backlog."""

from collections.abc import Iterable
from uuid import UUID

from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, uuid_of
from app.core.refusals import NotFound
from app.inventory.stock.models import Backlog, IncomingStock, SourceRefusal
from app.inventory.stock.queries.levels import of_levels


def incoming_visible_to(actor: Actor) -> QuerySet[IncomingStock]:
    """The incoming stock at the locations for which an actor may see stock."""
    return of_levels(IncomingStock.all(), actor.scope_of(Permission.STOCK_VIEW))


async def incoming(permission: Permission, actor: Actor, id: UUID, *path: str) -> IncomingStock:
    """Incoming stock by id, for an action that requires a permission at its location.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    rows = of_levels(incoming_visible_to(actor), actor.scope_of(permission))
    found = await rows.get_or_none(id=id)
    if found is None:
        raise NotFound.of("incoming stock", *path)
    return found


async def incoming_by_id(id: UUID) -> IncomingStock:
    """The same, read again after its level was locked."""
    return await IncomingStock.get(id=id)


async def open_incoming_of(source_id: UUID) -> list[IncomingStock]:
    return await IncomingStock.filter(source_id=source_id, is_open=True).order_by("id")


async def locked_backlog(variant_ids: Iterable[UUID]) -> list[Backlog]:
    """The locked backlog of variants, in order of service."""
    rows = await Backlog.filter(variant_id__in=list(variant_ids)).order_by("id").select_for_update()
    return sorted(rows, key=lambda row: (-row.priority, row.created_at, row.id))


async def variants_with_backlog(level_ids: Iterable[UUID]) -> list[UUID]:
    """The variants of some levels that have a backlog."""
    rows = await fetch(
        f"""
        SELECT DISTINCT b.variant_id FROM backlog b JOIN stock_level s ON s.variant_id = b.variant_id
        WHERE {among("s.id", 1)}
        """,  # noqa: S608  # a column of ours
        list(level_ids),
    )
    return sorted(uuid_of(row["variant_id"]) for row in rows)


async def backlog_of(claimant_id: UUID) -> list[Backlog]:
    return await Backlog.filter(claimant_id=claimant_id).order_by("id")


async def refusals_of(claimant_id: UUID) -> frozenset[tuple[UUID, UUID]]:
    """The locations that refused to ship to a claimant, each with the variant."""
    rows = SourceRefusal.filter(claimant_id=claimant_id).values_list("location_id", "variant_id")
    return frozenset((location_id, variant_id) for location_id, variant_id in await rows)


async def has_backlog() -> bool:
    """Whether there is any backlog; usually there is none."""
    return await Backlog.all().exists()


async def units_waited_for() -> dict[UUID, int]:
    """How many units of each variant reservations and the backlog wait for."""
    rows = await fetch(
        """
        SELECT variant_id, SUM(units) AS units FROM (
            SELECT l.variant_id, r.waiting AS units FROM reservation r
            JOIN stock_level l ON l.id = r.level_id WHERE r.waiting > 0
            UNION ALL SELECT variant_id, quantity FROM backlog
        ) wanted GROUP BY variant_id
        """
    )
    return {uuid_of(row["variant_id"]): int(row["units"]) for row in rows}
