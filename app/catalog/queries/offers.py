"""What is offered of SKUs in a channel."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from app.catalog.pricing import Candidate, Offered
from app.channels.tax import UNTAXED_CLASS
from app.core.database import among, fetch, moment_of, uuid_of


async def offered(skus: Sequence[str], channel_id: UUID) -> dict[str, Offered]:
    """The purchasable variants of some SKUs with every candidate price of a channel, in one read."""
    rows = await fetch(
        f"""
        SELECT v.sku, v.id, v.name, v.tracks_stock, v.composition, p.name AS product_name, p.tax_class,
               r.amount_minor, r.min_quantity, r.starts_at, r.ends_at, r.priority,
               p.barred_countries, p.minimum_age, v.is_gift_card
        FROM variant v
        JOIN product p ON p.id = v.product_id AND p.status = 'published'
        LEFT JOIN (
            SELECT price.*, l.priority FROM price
            JOIN price_list l ON l.id = price.price_list_id AND l.is_active AND l.channel_id = $2
        ) r ON r.variant_id = v.id
        WHERE {among("v.sku", 1)} AND v.is_active
        """,  # noqa: S608  # only a column name is put in
        list(skus),
        channel_id,
    )
    found: dict[str, Offered] = {}
    for row in rows:
        sku = row["sku"]
        offer = found.get(sku)
        if offer is None:
            offer = found[sku] = Offered(
                uuid_of(row["id"]),
                sku,
                row["name"],
                bool(row["tracks_stock"]),
                row["product_name"],
                UNTAXED_CLASS if row["is_gift_card"] else row["tax_class"],
                row["composition"] == "bundle",
                [],
                _countries(row["barred_countries"]),
                row["minimum_age"],
                bool(row["is_gift_card"]),
            )
        if row["amount_minor"] is not None:
            offer.prices.append(
                Candidate(
                    offer.variant_id,
                    row["amount_minor"],
                    row["min_quantity"],
                    moment_of(row["starts_at"]),
                    moment_of(row["ends_at"]),
                    row["priority"],
                )
            )
    return found


def _countries(stored: Any) -> frozenset[str]:
    """A JSON column from the driver: a text, or the list."""
    if not stored:
        return frozenset()
    return frozenset(orjson.loads(stored) if isinstance(stored, (str, bytes)) else stored)
