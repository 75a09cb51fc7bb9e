"""Writing products."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.catalog import lifecycle, queries
from app.catalog.events import ProductCreated, ProductUpdated
from app.catalog.lifecycle import ProductStatus
from app.catalog.models import Product
from app.catalog.service.naming import SLUG, refuse_taken_reference, slug_of
from app.catalog.service.shelving import category_of, index
from app.catalog.service.variants import VariantData, add_variant, upsert_variant, variant_problems
from app.core.bulk import RowStatus
from app.core.ids import new_id
from app.core.refusals import AlreadyExists, Invalid, Problems, Refusal
from app.core.texts import checked_countries, checked_tags
from app.core.versions import refuse_stale, write_changes
from app.core.work import Work, verb


@dataclass(slots=True)
class ProductData:
    name: str
    slug: str = ""
    description: str = ""
    status: ProductStatus = ProductStatus.DRAFT
    category: str | None = None
    tax_class: str = "standard"
    image_url: str = ""
    tags: list[str] = field(default_factory=list)
    barred_countries: list[str] | None = None  # ISO codes where it must not be sent
    minimum_age: int | None = None  # years from which on it may be sold
    metadata: dict[str, Any] = field(default_factory=dict)
    private_metadata: dict[str, Any] = field(default_factory=dict)
    external_reference: str | None = None
    variants: list[VariantData] = field(default_factory=list)


@verb
async def create_product(work: Work, data: ProductData) -> Product:
    """Make a product with its first variants.

    Raises:
        ValidationFailed: every field that cannot be taken.
        AlreadyExists: the slug, a SKU or the reference is taken.
    """
    slug = data.slug or slug_of(data.name)
    problems = Problems()
    if not data.name.strip():
        problems.add("Give the product a name.", "name")
    if not SLUG.match(slug) or len(slug) > 160:
        problems.add("A slug is made of small letters, digits and hyphens.", "slug")
    for place, variant in enumerate(data.variants):
        for message, name in variant_problems(variant):
            problems.add(message, "variants", str(place), name)
    with problems.caught():
        data.tags = checked_tags(data.tags, "tags")
    with problems.caught():
        data.barred_countries = checked_countries(data.barred_countries, "barred_countries")
    with problems.caught():
        _checked_age(data.minimum_age)
    skus = [variant.sku for variant in data.variants]
    for place, sku in enumerate(skus):
        if sku in skus[:place]:
            problems.add("This SKU stands in the list twice.", "variants", str(place), "sku")
    problems.refuse_if_any()
    category = await category_of(data.category)
    if await queries.slug_is_taken(slug):
        raise AlreadyExists(f"There is a product {slug!r} already.", "slug")
    await refuse_taken_reference(Product, data.external_reference)
    product = await Product.create(
        id=new_id(),
        slug=slug,
        name=data.name.strip(),
        description=data.description,
        status=data.status,
        category_id=category.id if category else None,
        tax_class=data.tax_class,
        image_url=data.image_url,
        tags=data.tags,
        barred_countries=data.barred_countries,
        minimum_age=data.minimum_age,
        metadata=data.metadata,
        private_metadata=data.private_metadata,
        external_reference=data.external_reference,
        created_at=work.at,
        updated_at=work.at,
    )
    work.born(product.id)
    work.announce(ProductCreated(subject_id=product.id, slug=slug))
    for place, variant in enumerate(data.variants):
        try:
            await add_variant(work, product, variant, sort=place)
        except Refusal as refusal:
            raise refusal.under("variants", str(place)) from None
    await index(product, category)
    return product


@verb
async def update_product(
    work: Work, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Product:
    """Change a product. `category` is a slug or None.

    Raises:
        NotFound, StaleVersion, AlreadyExists, Invalid, IllegalTransition.
    """
    product = await queries.locked_product(id)
    refuse_stale(product, expected_version)
    await write_changes(product, await _checked(product, dict(changes)), work.at)
    work.announce(ProductUpdated(subject_id=product.id, changed=sorted(changes)))
    await index(product)
    return product


async def _checked(product: Product, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes as columns, each allowed."""
    if "category" in changes:
        category = await category_of(changes.pop("category"))
        changes["category_id"] = category.id if category else None
    if "status" in changes:
        _move(product, changes["status"])
    if "name" in changes and not changes["name"].strip():
        raise Invalid("Give the product a name.", "name")
    if "tags" in changes:
        changes["tags"] = checked_tags(changes["tags"], "tags")
    if "barred_countries" in changes:
        changes["barred_countries"] = checked_countries(changes["barred_countries"], "barred_countries")
    _checked_age(changes.get("minimum_age"))
    if "slug" in changes and changes["slug"] != product.slug:
        if not SLUG.match(changes["slug"]):
            raise Invalid("A slug is made of small letters, digits and hyphens.", "slug")
        if await queries.slug_is_taken(changes["slug"]):
            raise AlreadyExists(f"There is a product {changes['slug']!r} already.", "slug")
    return changes


def _checked_age(years: int | None) -> None:
    if years is not None and not 1 <= years <= 99:
        raise Invalid("An age is 1 to 99 years; null for none.", "minimum_age")


def _move(product: Product, target: ProductStatus) -> None:
    if product.status is target:
        return
    steps = {
        ProductStatus.PUBLISHED: lifecycle.publish,
        ProductStatus.DRAFT: lifecycle.unpublish,
        ProductStatus.ARCHIVED: lifecycle.archive,
    }
    lifecycle.lifecycle.move(product, steps[target])


@verb
async def archive_product(work: Work, id: UUID, *, expected_version: int | None = None) -> Product:
    """Stop selling a product; archiving twice is the same as once."""
    changes = {"status": ProductStatus.ARCHIVED}
    return await update_product(work, id, changes, expected_version=expected_version)


@verb
async def upsert_product(work: Work, data: ProductData) -> tuple[RowStatus, UUID]:
    """Make or change a product, found by its slug; its variants are found by their SKUs."""
    existing = await queries.product_by_slug(data.slug or slug_of(data.name))
    if existing is None:
        return RowStatus.CREATED, (await create_product(work, data)).id
    wanted: dict[str, Any] = {
        "name": data.name.strip(),
        "description": data.description,
        "status": data.status,
        "tax_class": data.tax_class,
        "image_url": data.image_url,
        "tags": data.tags,
        "barred_countries": checked_countries(data.barred_countries, "barred_countries"),
        "minimum_age": data.minimum_age,
        "metadata": data.metadata,
    }
    changes = {name: value for name, value in wanted.items() if getattr(existing, name) != value}
    category = await category_of(data.category)
    if existing.category_id != (category.id if category else None):
        changes["category"] = data.category
    if changes:
        await update_product(work, existing.id, changes)
    touched = [await upsert_variant(work, existing, variant) for variant in data.variants]
    if any(touched):
        await index(existing)
    return (RowStatus.UPDATED if changes or any(touched) else RowStatus.UNCHANGED), existing.id
