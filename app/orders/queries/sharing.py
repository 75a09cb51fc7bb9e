"""Queries of the stock reserved by buyers' carts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.core.actor import ActorKind
from app.core.database import among, fetch, uuid_of
from app.inventory.stock.queries import sums

BUYERS = frozenset({ActorKind.PUBLIC, ActorKind.CUSTOMER})


async def held_by_buyers(
    variant_ids: Collection[UUID], channel_id: UUID, at: datetime, *, other_than: UUID
) -> dict[UUID, int]:
    """The units of each variant in a channel's stock that other buyers' carts have reserved."""
    rows = await fetch(
        f"""
        SELECT r.variant_id, SUM(r.quantity) AS held
        FROM {sums.reserved_in_channel("$2", "$3")} r
        JOIN sales_order o ON o.id = r.claimant_id AND o.status = 'draft'
        JOIN journal_entry j ON j.subject_id = o.id AND j.number = 1 AND {among("j.actor_kind", 5)}
        WHERE {among("r.variant_id", 1)} AND o.id <> $4
        GROUP BY r.variant_id
        """,  # noqa: S608  # only column names are put in
        list(variant_ids),
        channel_id,
        at,
        other_than,
        [kind.value for kind in BUYERS],
    )
    return {uuid_of(row["variant_id"]): int(row["held"]) for row in rows}
