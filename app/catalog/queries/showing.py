"""Products and variants that an actor may see, for all relations that lead to them: lines, bundles,
substitutes.
"""

from collections.abc import Sequence
from uuid import UUID

from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog.lifecycle import ProductStatus
from app.catalog.models import Component, Product, Substitute, Variant
from app.core.actor import Actor
from app.core.database import among, read, rows_by_id
from app.core.loading import grouped, in_order

_ON_SHOW = "EXISTS (SELECT 1 FROM product p WHERE p.id = product_id AND p.status = 'published')"


def sees_all(actor: Actor) -> bool:
    """Whether an actor may see unpublished products. All channels share the catalog."""
    return actor.may(Permission.CATALOG_VIEW_ALL) or actor.may(Permission.CATALOG_MANAGE)


def visible_to(actor: Actor) -> QuerySet[Product]:
    """The products that an actor may see: staff see all, others the published ones."""
    return Product.all() if sees_all(actor) else Product.filter(status=ProductStatus.PUBLISHED)


async def visible_products(ids: Sequence[UUID], actor: Actor) -> list[Product | None]:
    """The product of each id; None for one that the actor may not see."""
    found = in_order(list(ids), await rows_by_id(Product, list(dict.fromkeys(ids))))
    if sees_all(actor):
        return found
    return [each if each and each.status is ProductStatus.PUBLISHED else None for each in found]


async def visible_variants(ids: Sequence[UUID], actor: Actor) -> list[Variant | None]:
    """The variant of each id; None for one that the actor may not see.

    Only staff see inactive variants and variants of unpublished products.
    """
    if not ids:
        return []
    distinct = list(dict.fromkeys(ids))
    if sees_all(actor):
        return in_order(list(ids), await rows_by_id(Variant, distinct))
    rows = await read(Variant, f"{among('id', 1)} AND is_active AND {_ON_SHOW}", distinct)
    return in_order(list(ids), {row.id: row for row in rows})


async def visible_substitutes(ids: Sequence[UUID], actor: Actor) -> list[list[Variant]]:
    """The substitutes of each variant that the actor may see, preferred first."""
    rows = await read(Substitute, f"{among('variant_id', 1)} ORDER BY variant_id, rank", list(ids))
    variants = await visible_variants([row.instead_id for row in rows], actor)
    found = {row.id: row for row in variants if row is not None}
    return [
        [found[row.instead_id] for row in own if row.instead_id in found]
        for own in grouped(list(ids), rows, "variant_id")
    ]


async def visible_components(ids: Sequence[UUID], actor: Actor) -> list[list[Component]]:
    """The components of each variant that the actor may see, each with its variant."""
    rows = await read(Component, f"{among('whole_id', 1)} ORDER BY id", list(ids))
    for row, variant in zip(rows, await visible_variants([row.part_id for row in rows], actor), strict=True):
        row.shown = variant
    return grouped(list(ids), [row for row in rows if row.shown is not None], "whole_id")
