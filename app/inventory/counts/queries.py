"""Queries of stock counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, rows_by_id, uuid_of
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.inventory.counts.models import StockCount, StockCountLine
from app.inventory.locations.queries import within
from app.inventory.stock.models import StockLevel


def counts_visible_to(actor: Actor) -> QuerySet[StockCount]:
    """The counts of the locations for which an actor may see stock."""
    return within(StockCount.all(), actor.scope_of(Permission.STOCK_VIEW))


async def locked_count(permission: Permission, actor: Actor, id: UUID, *path: str) -> StockCount:
    """A locked count, for an action that requires a permission at its location.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    rows = within(counts_visible_to(actor), actor.scope_of(permission))
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("stock count", *path)
    return found


async def count_lines(count_id: UUID) -> list[StockCountLine]:
    return await StockCountLine.filter(stock_count_id=count_id).order_by("id")


async def lines_by_count(ids: list[UUID]) -> list[list[StockCountLine]]:
    """Batch: the lines of each count."""
    rows = await StockCountLine.filter(stock_count_id__in=ids).order_by("id")
    return grouped(ids, rows, "stock_count_id")


async def levels_of_location(
    location_id: UUID, variant_ids: Sequence[UUID] | None, limit: int
) -> list[StockLevel]:
    """The levels of a location, for some variants or all."""
    rows = StockLevel.filter(location_id=location_id)
    if variant_ids is not None:
        rows = rows.filter(variant_id__in=list(variant_ids))
    return await rows.order_by("id").limit(limit)


async def levels_being_counted(level_ids: Iterable[UUID]) -> list[UUID]:
    """The levels among `level_ids` that an open count contains."""
    open_counts = StockCount.filter(status__in=["open", "submitted"]).values("id")
    rows = await StockCountLine.filter(
        level_id__in=list(level_ids), stock_count_id__in=Subquery(open_counts)
    ).values_list("level_id", flat=True)
    return sorted({UUID(str(id)) for id in rows})


async def changes_since(moments: Sequence[tuple[UUID, datetime]]) -> dict[UUID, int]:
    """The change of each level's quantity on hand since a time, from the ledger."""
    found: dict[UUID, int] = {}
    by_moment: dict[datetime, list[UUID]] = {}
    for level_id, moment in moments:
        by_moment.setdefault(moment, []).append(level_id)
    for moment, ids in by_moment.items():
        rows = await fetch(
            f"""
            SELECT level_id, SUM(CASE WHEN to_bucket <> 'outside' THEN quantity ELSE 0 END)
                - SUM(CASE WHEN from_bucket <> 'outside' THEN quantity ELSE 0 END) AS change
            FROM stock_movement WHERE {among("level_id", 1)} AND at > $2 GROUP BY level_id
            """,  # noqa: S608  # a column of ours
            ids,
            moment,
        )
        found |= {uuid_of(row["level_id"]): int(row["change"]) for row in rows}
    return found


async def counts_by_id(ids: list[UUID]) -> list[StockCount | None]:
    """Batch: the count of each id."""
    return list(in_order(ids, await rows_by_id(StockCount, ids)))
