"""How much of the stock the carts of visitors hold."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.core.database import among, fetch, uuid_of


async def held_by_visitors(
    variant_ids: Collection[UUID], channel_id: UUID, at: datetime, *, other_than: UUID
) -> dict[UUID, int]:
    """How many units of each variant the carts without a customer, but for one, keep of a channel's stock."""
    rows = await fetch(
        f"""
        SELECT s.variant_id, SUM(r.quantity) AS held
        FROM stock_level s
        JOIN channel_location c ON c.location_id = s.location_id AND c.channel_id = $2
        JOIN reservation r ON r.level_id = s.id AND r.expires_at > $3
        JOIN sales_order o ON o.id = r.claimant_id AND o.customer_id IS NULL AND o.status = 'draft'
        WHERE {among("s.variant_id", 1)} AND o.id <> $4
        GROUP BY s.variant_id
        """,  # noqa: S608  # only a column name is put in
        list(variant_ids),
        channel_id,
        at,
        other_than,
    )
    return {uuid_of(row["variant_id"]): int(row["held"]) for row in rows}
