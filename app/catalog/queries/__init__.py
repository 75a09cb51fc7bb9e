"""Queries of the catalog."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.catalog.lifecycle import Tracking
from app.catalog.models import (
    Category,
    Price,
    PriceList,
    Product,
    Substitute,
    Variant,
    VariantUnit,
)
from app.catalog.queries.composing import (
    components_of,
    contains_component,
    is_component,
    unit,
    units_by_variant,
)
from app.catalog.queries.offers import offered
from app.catalog.queries.pricing import (
    locked_price,
    locked_price_list,
    price,
    price_list,
    price_lists,
    price_lists_by_id,
    prices,
    prices_by_variant,
    prices_of_lists,
    prices_of_skus,
)
from app.catalog.queries.shelving import Shelf, shelves_of
from app.catalog.queries.showing import (
    sees_all,
    visible_components,
    visible_products,
    visible_substitutes,
    visible_to,
    visible_variants,
)
from app.catalog.searching import WHOLE, terms_of
from app.channels.models import Channel
from app.core.actor import Actor
from app.core.database import among, fetch, is_postgres, read, rows_by_id
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound

P = TypeVar("P", Product, Variant)


def sold_in(channel: Channel, actor: Actor) -> QuerySet[Product]:
    """The products with a price in a channel."""
    lists = PriceList.filter(channel_id=channel.id, is_active=True).values("id")
    priced = Price.filter(price_list_id__in=Subquery(lists)).values("variant_id")
    variants = Variant.filter(id__in=Subquery(priced), is_active=True).values("product_id")
    return visible_to(actor).filter(id__in=Subquery(variants))


_LAST = chr(0x10FFFF)  # sorts after every possible continuation


def _begins_with(number: int) -> str:
    """The condition that a word begins with a term, written so that both databases use the index."""
    if is_postgres():
        return f"word ~>=~ ${number} AND word ~<~ ${number + 1}"
    return f"word GLOB ${number}"


async def found_by(search: str) -> list[UUID] | None:
    """The ids of the products in which every term is a word prefix or a SKU; None if there is no term."""
    terms = terms_of(search)
    if not terms:
        return None if not search.strip() else []
    conditions: list[str] = []
    values: list[str] = []
    for term in terms:
        begins = _begins_with(len(values) + 1)
        values += [term, term + _LAST] if is_postgres() else [f"{term}*"]
        values.append(f"{WHOLE}{term}")
        conditions.append(f"SELECT product_id FROM search_word WHERE {begins} OR word = ${len(values)}")  # noqa: S608  # only $n go in
    rows = await fetch(" INTERSECT ".join(conditions) + " LIMIT 2000", *values)
    return [UUID(str(row["product_id"])) for row in rows]


async def product(actor: Actor, *, id: UUID | None = None, slug: str | None = None) -> Product | None:
    rows = visible_to(actor)
    return await (rows.get_or_none(id=id) if id is not None else rows.get_or_none(slug=slug or ""))


async def locked_product(id: UUID) -> Product:
    """A product; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist.
    """
    found = await Product.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("product", "id")
    return found


async def product_by_slug(slug: str) -> Product | None:
    return await Product.select_for_update().get_or_none(slug=slug)


async def product_by_reference(reference: str) -> Product | None:
    return await Product.get_or_none(external_reference=reference)


async def variant(actor: Actor, *, id: UUID | None = None, sku: str | None = None) -> Variant | None:
    """A variant by id or SKU, if the actor may see its product."""
    found = await (Variant.get_or_none(id=id) if id is not None else Variant.get_or_none(sku=sku or ""))
    if found is None or sees_all(actor):
        return found
    public = await visible_to(actor).filter(id=found.product_id).exists()
    return found if public and found.is_active else None


async def locked_variant(id: UUID) -> Variant:
    found = await Variant.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("variant", "id")
    return found


async def tracking_of(id: UUID) -> Tracking:
    """Tracking of the units of a variant by lot or serial number."""
    found = await Variant.filter(id=id).first()
    return found.tracking if found else Tracking.NONE


async def variant_by_sku(sku: str) -> Variant | None:
    return await Variant.get_or_none(sku=sku)


async def variant_by_reference(reference: str) -> Variant | None:
    return await Variant.get_or_none(external_reference=reference)


async def variants_by_sku(skus: Sequence[str]) -> dict[str, Variant]:
    """The active variants of the SKUs."""
    rows = await read(Variant, f"{among('sku', 1)} AND is_active", list(skus))
    return {row.sku: row for row in rows}


async def variants_of_skus(skus: Sequence[str]) -> dict[str, Variant]:
    """The variants of the SKUs, including inactive ones."""
    return {row.sku: row for row in await read(Variant, among("sku", 1), list(skus))}


async def substitutes_by_variant(ids: list[UUID]) -> list[list[Variant]]:
    """Batch: the substitutes of each variant, preferred first."""
    rows = await read(Substitute, f"{among('variant_id', 1)} ORDER BY variant_id, rank", ids)
    found = {row.id: row for row in await variants_by_id([row.instead_id for row in rows]) if row}
    return [[found[row.instead_id] for row in own] for own in grouped(ids, rows, "variant_id")]


async def barcodes_of(ids: Collection[UUID]) -> list[tuple[UUID, str, int]]:
    """The barcodes of some variants, each with the number of pieces it stands for."""
    pieces = Variant.filter(id__in=list(ids), barcode__isnull=False)
    units = VariantUnit.filter(variant_id__in=list(ids), barcode__isnull=False)
    rows: list[tuple[Any, Any, Any]] = [
        (id, code, 1) for id, code in await pieces.values_list("id", "barcode")
    ]
    rows += await units.values_list("variant_id", "barcode", "quantity")
    return [(UUID(str(id)), str(code), int(count)) for id, code, count in rows]


async def sku_of_barcode(forms: Sequence[str], other_than: UUID | None) -> str | None:
    """The SKU of another active variant that has a barcode, itself or on one of its units."""
    rows = Variant.filter(barcode__in=list(forms), is_active=True)
    own = await (rows if other_than is None else rows.exclude(id=other_than)).order_by("id").first()
    if own is not None:
        return own.sku
    units = VariantUnit.filter(barcode__in=list(forms))
    unit = await (units if other_than is None else units.exclude(variant_id=other_than)).first()
    if unit is None:
        return None
    (variant,) = await variants_by_id([unit.variant_id])
    return variant.sku if variant else None


async def by_barcode(forms: Sequence[str], actor: Actor) -> tuple[Variant, VariantUnit | None] | None:
    """The active variant, or its unit, with one of some barcodes."""
    own = await Variant.filter(barcode__in=list(forms), is_active=True).order_by("id").first()
    if own is not None:
        return (own, None) if await variant(actor, id=own.id) is not None else None
    unit = await VariantUnit.filter(barcode__in=list(forms)).order_by("id").first()
    whole = await variant(actor, id=unit.variant_id) if unit is not None else None
    return (whole, unit) if whole is not None else None


async def variants_of_product(product_id: UUID) -> list[Variant]:
    return await Variant.filter(product_id=product_id).order_by("sort", "sku")


async def slug_is_taken(slug: str) -> bool:
    return await Product.filter(slug=slug).exists()


async def sku_is_taken(sku: str) -> bool:
    return await Variant.filter(sku=sku).exists()


async def reference_is_taken(model: type[Product] | type[Variant], reference: str) -> bool:
    return await model.filter(external_reference=reference).exists()


async def class_has_products(tax_class: str) -> bool:
    return await Product.filter(tax_class=tax_class).exists()


async def category_by_slug(slug: str) -> Category | None:
    return await Category.get_or_none(slug=slug)


async def categories_by_slug(slugs: Sequence[str]) -> dict[str, Category]:
    """The categories of some slugs, by slug."""
    return {row.slug: row for row in await read(Category, among("slug", 1), list(slugs))}


def categories() -> QuerySet[Category]:
    return Category.all()


async def categories_by_id(ids: list[UUID]) -> Sequence[Category | None]:
    """Batch: the category of each id."""
    return in_order(ids, await rows_by_id(Category, ids))


async def variants_by_id(ids: list[UUID]) -> Sequence[Variant | None]:
    """Batch: the variant of each id."""
    return in_order(ids, await rows_by_id(Variant, ids))


async def variants_by_product(ids: list[UUID]) -> list[list[Variant]]:
    """Batch: the active variants of each product."""
    rows = await read(Variant, f"{among('product_id', 1)} AND is_active ORDER BY sort, sku", ids)
    return grouped(ids, rows, "product_id")


def shown_in(row: P, channel: Channel | None) -> P:
    """A copy of a product or variant, shown under the terms of a channel."""
    shown = object.__new__(type(row))
    shown.__dict__.update(row.__dict__, in_channel=channel)
    return shown


def now_shown_in(rows: Sequence[Any], channel: Channel | None) -> None:
    """`shown_in` for freshly read rows that nothing else uses."""
    for row in rows:
        row.__dict__["in_channel"] = channel


def by_category(slug: str) -> Q:
    return Q(category_id__in=Subquery(Category.filter(slug=slug).values("id")))


__all__ = [
    "Shelf",
    "barcodes_of",
    "by_barcode",
    "by_category",
    "categories",
    "categories_by_id",
    "categories_by_slug",
    "category_by_slug",
    "class_has_products",
    "components_of",
    "contains_component",
    "found_by",
    "is_component",
    "locked_price",
    "locked_price_list",
    "locked_product",
    "locked_variant",
    "now_shown_in",
    "offered",
    "price",
    "price_list",
    "price_lists",
    "price_lists_by_id",
    "prices",
    "prices_by_variant",
    "prices_of_lists",
    "prices_of_skus",
    "product",
    "product_by_reference",
    "product_by_slug",
    "reference_is_taken",
    "sees_all",
    "shelves_of",
    "shown_in",
    "sku_is_taken",
    "sku_of_barcode",
    "slug_is_taken",
    "sold_in",
    "substitutes_by_variant",
    "tracking_of",
    "unit",
    "units_by_variant",
    "variant",
    "variant_by_reference",
    "variant_by_sku",
    "variants_by_id",
    "variants_by_product",
    "variants_by_sku",
    "variants_of_product",
    "variants_of_skus",
    "visible_components",
    "visible_products",
    "visible_substitutes",
    "visible_to",
    "visible_variants",
]
