"""Creating and updating products."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.catalog import lifecycle, queries
from app.catalog.events import ProductCreated, ProductUpdated
from app.catalog.lifecycle import ProductStatus
from app.catalog.models import Product
from app.catalog.service.naming import SLUG, refuse_taken_reference, slug_of
from app.catalog.service.shelving import category_of, index
from app.catalog.service.variants import VariantData, add_variant, note_problems
from app.channels.service import checked_tax_class
from app.core.ids import new_id
from app.core.links import checked_link
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems, Refusal
from app.core.texts import checked_countries, checked_reference, checked_tags
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes


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
    barred_countries: list[str] | None = None  # ISO codes of countries to which it must not be sent
    minimum_age: int | None = None  # minimum age of the buyer in years
    metadata: dict[str, Any] = field(default_factory=dict)
    private_metadata: dict[str, Any] = field(default_factory=dict)
    external_reference: str | None = None
    variants: list[VariantData] = field(default_factory=list)


@command
async def create_product(uow: UnitOfWork, data: ProductData) -> Product:
    """Create a product with its first variants.

    Raises:
        ValidationFailed: every invalid field.
        AlreadyExists: the slug, a SKU or the reference is taken.
    """
    slug = data.slug or slug_of(data.name)
    problems = Problems()
    if not data.name.strip():
        problems.add("Enter a name.", "name", code=ProblemCode.REQUIRED)
    if not SLUG.match(slug) or len(slug) > 160:
        problems.add("Use only lowercase letters, digits and hyphens.", "slug", code=ProblemCode.MALFORMED)
    for place, variant in enumerate(data.variants):
        note_problems(variant, problems, "variants", str(place))
    with problems.caught():
        data.tags = checked_tags(data.tags, "tags")
    with problems.caught():
        data.barred_countries = checked_countries(data.barred_countries, "barred_countries")
    with problems.caught():
        data.tax_class = await checked_tax_class(data.tax_class, "tax_class")
    with problems.caught():
        data.image_url = checked_link(data.image_url, "image_url")
    with problems.caught():
        _checked_age(data.minimum_age)
    with problems.caught():
        data.external_reference = checked_reference(data.external_reference, "external_reference")
    skus = [variant.sku for variant in data.variants]
    for place, sku in enumerate(skus):
        if sku in skus[:place]:
            problems.add(
                "This SKU is listed twice.", "variants", str(place), "sku", code=ProblemCode.REPEATED
            )
    problems.refuse_if_any()
    category = await category_of(data.category)
    if await queries.slug_is_taken(slug):
        raise AlreadyExists(f"The slug {slug!r} is already in use.", "slug")
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
        created_at=uow.at,
        updated_at=uow.at,
    )
    uow.is_new(product.id)
    uow.announce(ProductCreated(subject_id=product.id, slug=slug))
    for place, variant in enumerate(data.variants):
        try:
            await add_variant(uow, product, variant, sort=place)
        except Refusal as refusal:
            raise refusal.under("variants", str(place)) from None
    await index(product, category)
    return product


@command
async def update_product(
    uow: UnitOfWork, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Product:
    """Update a product. `category` is a slug or None.

    Raises:
        NotFound, StaleVersion, AlreadyExists, Invalid, IllegalTransition.
    """
    product = await queries.locked_product(id)
    refuse_stale(product, expected_version)
    await write(uow, product, await as_stored(product, changes))
    await index(product)
    return product


async def write(uow: UnitOfWork, product: Product, written: Mapping[str, Any]) -> None:
    """Write columns of a locked product and record the event."""
    await write_changes(product, written, uow.at)
    changed = sorted(name.removesuffix("_id") for name in written)
    uow.announce(ProductUpdated(subject_id=product.id, changed=changed))


async def as_stored(product: Product, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Changes as validated columns. `category` is a slug or None.

    Raises:
        NotFound, AlreadyExists, Invalid, IllegalTransition.
    """
    changes = dict(sent)
    if "category" in changes:
        category = await category_of(changes.pop("category"))
        changes["category_id"] = category.id if category else None
    if "status" in changes:
        _refuse_step(product, changes["status"])
    problems = Problems()
    if "name" in changes:
        changes["name"] = changes["name"].strip()
        if not changes["name"]:
            problems.add("Enter a name.", "name", code=ProblemCode.REQUIRED)
    if "external_reference" in changes:
        reference = checked_reference(changes["external_reference"], "external_reference")
        changes["external_reference"] = reference
        if reference != product.external_reference:
            await refuse_taken_reference(Product, reference)
    if "tax_class" in changes:
        with problems.caught():
            changes["tax_class"] = await checked_tax_class(changes["tax_class"], "tax_class")
    if "image_url" in changes:
        with problems.caught():
            changes["image_url"] = checked_link(changes["image_url"], "image_url")
    if "tags" in changes:
        with problems.caught():
            changes["tags"] = checked_tags(changes["tags"], "tags")
    if "barred_countries" in changes:
        with problems.caught():
            changes["barred_countries"] = checked_countries(changes["barred_countries"], "barred_countries")
    with problems.caught():
        _checked_age(changes.get("minimum_age"))
    if "slug" in changes and changes["slug"] != product.slug:
        if not SLUG.match(changes["slug"]):
            problems.add(
                "Use only lowercase letters, digits and hyphens.", "slug", code=ProblemCode.MALFORMED
            )
        elif await queries.slug_is_taken(changes["slug"]):
            raise AlreadyExists(f"The slug {changes['slug']!r} is already in use.", "slug")
    problems.refuse()
    return changes


def _checked_age(years: int | None) -> None:
    if years is not None and not 1 <= years <= 99:
        raise Invalid(
            "The minimum age must be between 1 and 99 years, or null for no limit.",
            "minimum_age",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=99,
        )


def _refuse_step(product: Product, target: ProductStatus) -> None:
    """Raise IllegalTransition if the life cycle has no step to the target."""
    if product.status is target:
        return
    (step,) = [step for step in lifecycle.lifecycle.steps if step.target is target]
    lifecycle.lifecycle.refuse_unless(product, step)


@command
async def archive_product(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> Product:
    """Archive a product; archiving it again changes nothing."""
    changes = {"status": ProductStatus.ARCHIVED}
    return await update_product(uow, id, changes, expected_version=expected_version)
