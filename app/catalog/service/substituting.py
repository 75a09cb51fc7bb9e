"""Substitutes for variants that are out of stock during picking."""

from collections.abc import Sequence
from uuid import UUID

from app.catalog import queries
from app.catalog.events import VariantUpdated
from app.catalog.lifecycle import Composition
from app.catalog.models import Substitute, Variant
from app.core.database import delete_where, insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes

MOST_SUBSTITUTES = 20


@command
async def set_substitutes(
    uow: UnitOfWork, id: UUID, skus: Sequence[str], *, expected_version: int | None = None
) -> Variant:
    """Replace the substitutes of a variant, preferred first.

    Raises:
        NotFound, StaleVersion.
        Invalid: too many.
        ValidationFailed: SKUs that cannot replace it.
    """
    variant = await queries.locked_variant(id)
    refuse_stale(variant, expected_version)
    if len(skus) > MOST_SUBSTITUTES:
        raise Invalid(
            f"A variant can have at most {MOST_SUBSTITUTES} substitutes.",
            "substitutes",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_SUBSTITUTES,
        )
    problems = Problems()
    found = await queries.variants_by_sku(list(skus))
    for index, sku in enumerate(skus):
        path, other = ("substitutes", str(index)), found.get(sku)
        if other is None:
            problems.add("There is no variant with this SKU.", *path, code=ProblemCode.NOT_FOUND)
        elif other.id == variant.id or sku in skus[:index]:
            problems.add(
                ("A variant cannot be its own substitute, and each substitute can be listed only once."),
                *path,
                code=ProblemCode.REPEATED,
            )
        elif other.composition is Composition.BUNDLE or not other.tracks_stock:
            problems.add("A substitute must have stock of its own.", *path, code=ProblemCode.WRONG_KIND)
    problems.refuse_if_any()
    await delete_where(Substitute, "variant_id = $1", variant.id)
    await insert(
        [
            Substitute(id=new_id(), variant_id=variant.id, instead_id=found[sku].id, rank=rank)
            for rank, sku in enumerate(skus)
        ]
    )
    await write_changes(variant, {}, uow.at)
    uow.announce(VariantUpdated(subject_id=variant.product_id, sku=variant.sku, changed=["substitutes"]))
    return variant
