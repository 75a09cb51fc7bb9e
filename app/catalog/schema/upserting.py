"""Bulk upsert of products."""

from typing import Annotated, Any

import strawberry

from app.catalog.lifecycle import ProductStatus
from app.catalog.schema.terms import IS_GIFT_CARD, MANAGE_ALL, PRODUCT_NULLABLE, VARIANT_NULLABLE, Policy
from app.catalog.service import upserting
from app.core import refusals
from app.core.bulk import ErrorPolicy, Written, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import CountryCode, Metadata, arg, doc
from app.core.uow import UnitOfWork


@strawberry.input(
    description="A variant from an external system, matched by external reference, else by SKU. "
    "Omitted fields keep their values; null clears optional fields."
)
class VariantUpsertInput:
    sku: str | None = doc(
        "SKU; required for a new variant and never changed for an existing one.", default=strawberry.UNSET
    )
    external_reference: str | None = doc("Key in an external system, unique.", default=strawberry.UNSET)
    name: str | None = doc(
        "Name that distinguishes the variant from other variants of the product; can be empty.",
        default=strawberry.UNSET,
    )
    barcode: str | None = doc("GTIN; null for none.", default=strawberry.UNSET)
    options: Metadata | None = doc(
        "Machine-readable options that distinguish the variant.", default=strawberry.UNSET
    )
    weight_grams: int | None = doc("Weight in grams; null if unknown.", default=strawberry.UNSET)
    length_mm: int | None = doc(
        "Longest side when packed, in millimeters; null if unknown.", default=strawberry.UNSET
    )
    width_mm: int | None = doc("Width in millimeters.", default=strawberry.UNSET)
    height_mm: int | None = doc("Height in millimeters.", default=strawberry.UNSET)
    tracks_stock: bool | None = doc(
        "Whether stock is tracked; false for services and fees. Used for a new variant and never "
        "changed for an existing one.",
        default=strawberry.UNSET,
    )
    is_active: bool | None = doc("Whether the variant can be bought.", default=strawberry.UNSET)
    is_gift_card: bool | None = doc(IS_GIFT_CARD, default=strawberry.UNSET)
    metadata: Metadata | None = doc("Custom JSON data; public.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc(
        "Custom JSON data, visible to staff only.", default=strawberry.UNSET
    )

    def changes(self) -> dict[str, Any]:
        return changes_of(self, nullable=(*VARIANT_NULLABLE, "sku"))


@strawberry.input(
    description="A product from an external system, matched by external reference, else by slug. "
    "Omitted fields keep their values; null clears optional fields."
)
class ProductUpsertInput:
    external_reference: str | None = doc("Key in an external system, unique.", default=strawberry.UNSET)
    slug: str | None = doc(
        "URL slug; generated from the name if a new product has none.", default=strawberry.UNSET
    )
    name: str | None = doc("Display name; required for a new product.", default=strawberry.UNSET)
    description: str | None = doc("Description of the product.", default=strawberry.UNSET)
    status: ProductStatus | None = doc(
        "Status, to publish, unpublish or archive the product; defaults to DRAFT for a new product.",
        default=strawberry.UNSET,
    )
    category: str | None = doc("Slug of the category; null for none.", default=strawberry.UNSET)
    tax_class: str | None = doc(
        "Code of the tax class, which determines the tax rate.", default=strawberry.UNSET
    )
    image_url: str | None = doc("URL of the product image.", default=strawberry.UNSET)
    tags: list[str] | None = doc("Tags for grouping.", default=strawberry.UNSET)
    barred_countries: list[CountryCode] | None = doc(
        "Countries to which the product cannot be shipped (ISO 3166-1); null for none.",
        default=strawberry.UNSET,
    )
    minimum_age: int | None = doc(
        "Minimum age of the buyer in years; null for no limit.", default=strawberry.UNSET
    )
    metadata: Metadata | None = doc("Custom JSON data; public.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc(
        "Custom JSON data, visible to staff only.", default=strawberry.UNSET
    )
    variants: list[VariantUpsertInput] | None = doc(
        "Variants to create or update; other variants are kept.", default=strawberry.UNSET
    )

    def changes(self) -> dict[str, Any]:
        changes = changes_of(self, nullable=PRODUCT_NULLABLE)
        if "variants" in changes:
            changes["variants"] = [
                _variant_changes(place, each) for place, each in enumerate(changes["variants"])
            ]
        return changes


def _variant_changes(place: int, given: VariantUpsertInput) -> dict[str, Any]:
    try:
        return given.changes()
    except refusals.Refusal as refusal:
        raise refusal.under("variants", str(place)) from None


@strawberry.type
class UpsertMutation:
    @mutation("ProductBulkUpsertResult", BulkResult, policy=MANAGE_ALL)
    async def product_bulk_upsert(
        self,
        info: strawberry.Info,
        input: Annotated[list[ProductUpsertInput], arg("1 to 1,000 products.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> BulkResult:
        """Create or update many products with their variants. Products are matched by external reference,
        else by slug; variants by external reference, else by SKU. Only the fields given in a row are changed.
        """

        async def write(uow: UnitOfWork, row: ProductUpsertInput) -> Written:
            return await upserting.upsert_product(uow, row.changes())

        outcomes = await write_rows(info.context.actor, input, write, error_policy, "input")
        return bulk_result(outcomes, "Product")
