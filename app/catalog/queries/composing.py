"""Queries of components and units of measure."""

from collections.abc import Sequence
from uuid import UUID

from app.catalog.models import Component, VariantUnit
from app.core.loading import grouped


async def components_of(ids: Sequence[UUID]) -> dict[UUID, list[Component]]:
    """The components of each bundle or kit."""
    found: dict[UUID, list[Component]] = {id: [] for id in ids}
    for row in await Component.filter(whole_id__in=list(ids)).order_by("id"):
        found[row.whole_id].append(row)
    return found


async def is_component(variant_id: UUID) -> bool:
    """Whether a variant is a component of another."""
    return await Component.filter(part_id=variant_id).exists()


async def units_by_variant(ids: list[UUID]) -> list[list[VariantUnit]]:
    """Batch: the units of measure of each variant."""
    return grouped(ids, await VariantUnit.filter(variant_id__in=ids).order_by("quantity", "id"), "variant_id")


async def unit(variant_id: UUID, code: str) -> VariantUnit | None:
    return await VariantUnit.get_or_none(variant_id=variant_id, code=code)


async def contains_component(id: UUID, part_id: UUID) -> bool:
    """Whether a variant contains another, directly or indirectly."""
    seen, open_ids = {id}, [id]
    while open_ids:
        found = await Component.filter(whole_id__in=open_ids).values_list("part_id", flat=True)
        parts = {UUID(str(part)) for part in found}
        if part_id in parts:
            return True
        open_ids = list(parts - seen)
        seen |= parts
    return False
