"""Reads of what is expected, and of demand that waits for stock."""

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
    """What is expected that an actor may see: in the locations in which it sees stock."""
    return of_levels(IncomingStock.all(), actor.scope_of(Permission.STOCK_VIEW))


async def incoming(permission: Permission, actor: Actor, id: UUID, *path: str) -> IncomingStock:
    """What is expected, by its id, for something that needs a permission in its location.

    Raises:
        NotFound: there is nothing that this actor may see and where it has the permission.
    """
    rows = of_levels(incoming_visible_to(actor), actor.scope_of(permission))
    found = await rows.get_or_none(id=id)
    if found is None:
        raise NotFound.of("incoming stock", *path)
    return found


async def incoming_by_id(id: UUID) -> IncomingStock:
    """The same, read again under its level's lock."""
    return await IncomingStock.get(id=id)


async def open_incoming_of(source_id: UUID) -> list[IncomingStock]:
    return await IncomingStock.filter(source_id=source_id, is_open=True).order_by("id")


async def locked_backlog(variant_ids: Iterable[UUID]) -> list[Backlog]:
    """The demand that waits for stock of variants, locked; whoever is served first in front."""
    rows = await Backlog.filter(variant_id__in=list(variant_ids)).order_by("id").select_for_update()
    return sorted(rows, key=lambda row: (-row.priority, row.created_at, row.id))


async def variants_waited_for(level_ids: Iterable[UUID]) -> list[UUID]:
    """Of which of the variants of some levels stock is waited for."""
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
    """The locations that would not send something to a claimant, each with the variant."""
    rows = SourceRefusal.filter(claimant_id=claimant_id).values_list("location_id", "variant_id")
    return frozenset((location_id, variant_id) for location_id, variant_id in await rows)


async def there_is_a_backlog() -> bool:
    """Whether any demand waits for stock: mostly none does."""
    return await Backlog.all().exists()
