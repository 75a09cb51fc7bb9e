"""The categories of variants."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from app.core.database import among, fetch, uuid_of


class Shelf(NamedTuple):
    """The product of a variant, and its category with all parent categories."""

    product_id: UUID
    categories: frozenset[UUID] = frozenset()


async def shelves_of(variant_ids: Collection[UUID]) -> dict[UUID, Shelf]:
    """The product and categories of each variant."""
    rows = await fetch(
        f"""
        WITH RECURSIVE around (variant_id, product_id, category_id) AS (
            SELECT v.id, p.id, p.category_id FROM variant v JOIN product p ON p.id = v.product_id
            WHERE {among("v.id", 1)}
            UNION
            SELECT a.variant_id, a.product_id, c.parent_id FROM around a
            JOIN category c ON c.id = a.category_id
        )
        SELECT variant_id, product_id, category_id FROM around
        """,  # noqa: S608  # only a column name is put in
        list(variant_ids),
    )
    found: dict[UUID, Shelf] = {}
    for row in rows:
        id = uuid_of(row["variant_id"])
        shelf = found.get(id) or Shelf(uuid_of(row["product_id"]))
        if row["category_id"] is not None:
            shelf = shelf._replace(categories=shelf.categories | {uuid_of(row["category_id"])})
        found[id] = shelf
    return found
