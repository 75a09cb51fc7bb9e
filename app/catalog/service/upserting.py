"""Creating or updating products from another system."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.catalog import queries
from app.catalog.models import Product, Variant
from app.catalog.service import products, variants
from app.catalog.service.naming import slug_of
from app.catalog.service.products import ProductData
from app.catalog.service.shelving import index
from app.catalog.service.variants import VariantData
from app.core.bulk import RowStatus
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Refusal
from app.core.texts import checked_reference
from app.core.uow import UnitOfWork, command
from app.core.versions import differing


@command
async def upsert_product(uow: UnitOfWork, changes: Mapping[str, Any]) -> tuple[RowStatus, UUID]:
    """Create or update a product, matched by external reference, else by slug.

    Omitted fields stay unchanged; None clears optional fields. `variants` contains the fields of each
    variant, matched by external reference, else by SKU; variants that are not listed stay.

    Raises:
        Invalid: a required field of a new row is missing.
        AlreadyExists: the slug or a SKU belongs to a row with another reference.
        ValidationFailed, IllegalTransition.
    """
    known = await _known(changes)
    if known is None:
        return RowStatus.CREATED, (await products.create_product(uow, _new(changes))).id
    product = await queries.locked_product(known.id)
    own = {name: value for name, value in changes.items() if name != "variants"}
    written = differing(product, await products.as_stored(product, own))
    if written:
        await products.write(uow, product, written)
    touched = await _variants(uow, product, changes.get("variants", ()))
    if not (written or touched):
        return RowStatus.UNCHANGED, product.id
    await index(product)
    return RowStatus.UPDATED, product.id


async def _known(changes: Mapping[str, Any]) -> Product | None:
    reference = checked_reference(changes.get("external_reference"), "external_reference")
    slug = changes.get("slug") or slug_of(changes.get("name") or "")
    if reference is None and not slug:
        raise Invalid(
            "Send an external reference, a slug or a name, by which the product is matched.",
            "slug",
            code=ProblemCode.REQUIRED,
        )
    found = await queries.product_by_reference(reference) if reference is not None else None
    if found is not None:
        return found
    found = await queries.product_by_slug(slug)
    if found is not None and reference is not None and found.external_reference not in (None, reference):
        raise AlreadyExists(
            (
                f"The slug {slug!r} belongs to the product with the external reference "
                f"{found.external_reference!r}, not {reference!r}."
            ),
            "slug",
        )
    return found


def _new(changes: Mapping[str, Any]) -> ProductData:
    given = {name: value for name, value in changes.items() if value is not None and name != "variants"}
    given.setdefault("name", "")  # so that it is reported with all other problems
    return ProductData(**given, variants=[_new_variant(each) for each in changes.get("variants", ())])


def _new_variant(changes: Mapping[str, Any]) -> VariantData:
    given = {name: value for name, value in changes.items() if value is not None}
    return VariantData(**({"sku": ""} | given))


async def _variants(uow: UnitOfWork, product: Product, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Create or update variants of a product; return whether anything changed."""
    touched, seen = False, set[UUID]()
    for place, changes in enumerate(rows):
        try:
            variant, changed = await _variant(uow, product, changes)
            if variant.id in seen:
                raise Invalid("This variant is listed twice.", "sku", code=ProblemCode.REPEATED)
        except Refusal as refusal:
            raise refusal.under("variants", str(place)) from None
        seen.add(variant.id)
        touched = touched or changed
    return touched


async def _variant(uow: UnitOfWork, product: Product, changes: Mapping[str, Any]) -> tuple[Variant, bool]:
    known = await _known_variant(changes)
    if known is None:
        return await variants.add_variant(uow, product, _new_variant(changes), sort=0), True
    if known.product_id != product.id:
        raise AlreadyExists(f"The SKU {known.sku!r} belongs to another product.", "sku")
    variant = await variants.lock_variant(known.id)
    written = differing(variant, await variants.as_stored(variant, changes))
    if written:
        await variants.change_variant(uow, variant, written)
    return variant, bool(written)


async def _known_variant(changes: Mapping[str, Any]) -> Variant | None:
    reference = checked_reference(changes.get("external_reference"), "external_reference")
    if reference is None and not changes.get("sku"):
        raise Invalid(
            "Send an external reference or a SKU, by which the variant is matched.",
            "sku",
            code=ProblemCode.REQUIRED,
        )
    found = await queries.variant_by_reference(reference) if reference is not None else None
    if found is not None or not changes.get("sku"):
        return found
    found = await queries.variant_by_sku(changes["sku"])
    if found is not None and reference is not None and found.external_reference not in (None, reference):
        raise AlreadyExists(
            (
                f"The SKU {found.sku!r} belongs to the variant with the external reference "
                f"{found.external_reference!r}, not {reference!r}."
            ),
            "sku",
        )
    return found
