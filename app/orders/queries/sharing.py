"""Queries of the stock reserved by buyers' carts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.core.actor import ActorKind
from app.core.database import among, fetch, uuid_of

BUYERS = frozenset({ActorKind.PUBLIC, ActorKind.CUSTOMER})


async def held_by_buyers(
    variant_ids: Collection[UUID], channel_id: UUID, at: datetime, *, other_than: UUID
) -> dict[UUID, int]:
    """The units of each variant in a channel's stock that other buyers' carts have reserved."""
    rows = await fetch(
        f"""
        SELECT s.variant_id, SUM(r.quantity) AS held
        FROM stock_level s
        JOIN channel_location c ON c.location_id = s.location_id AND c.channel_id = $2
        JOIN reservation r ON r.level_id = s.id AND r.expires_at > $3
        JOIN sales_order o ON o.id = r.claimant_id AND o.status = 'draft'
        JOIN journal_entry j ON j.subject_id = o.id AND j.number = 1 AND {among("j.actor_kind", 5)}
        WHERE {among("s.variant_id", 1)} AND o.id <> $4
        GROUP BY s.variant_id
        """,  # noqa: S608  # only column names are put in
        list(variant_ids),
        channel_id,
        at,
        other_than,
        [kind.value for kind in BUYERS],
    )
    return {uuid_of(row["variant_id"]): int(row["held"]) for row in rows}
