"""Catalog mutations."""

from typing import Annotated

import strawberry

from app.catalog import models
from app.catalog.lifecycle import ProductStatus
from app.catalog.schema.terms import (
    CHANGES,
    CREATES,
    IS_GIFT_CARD,
    MANAGE_ALL,
    PRODUCT_NULLABLE,
    VARIANT_NULLABLE,
)
from app.catalog.schema.types import Category, Product, Variant
from app.catalog.service import classing, products, shelving, substituting
from app.catalog.service import variants as variants_commands
from app.catalog.service.products import ProductData
from app.catalog.service.variants import VariantData
from app.channels.schema import MANAGE_ALL as MANAGE_ALL_CHANNELS
from app.channels.schema import TaxClass
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.once import Idempotent
from app.core.graphql.scalars import CountryCode, ExpectedVersion, Metadata, Text, arg, doc
from app.core.ids import row_id


@strawberry.input(description="Input for creating a variant.")
class VariantInput:
    sku: str = doc("Unique SKU. It cannot be changed later.")
    name: Text = doc(
        "Name that distinguishes the variant from other variants of the product; can be empty.", default=""
    )
    barcode: str | None = doc("GTIN.", default=None)
    options: Metadata | None = doc("Machine-readable options that distinguish the variant.", default=None)
    weight_grams: int | None = doc("Weight in grams.", default=None)
    length_mm: int | None = doc("Longest side when packed, in millimeters.", default=None)
    width_mm: int | None = doc("Width in millimeters.", default=None)
    height_mm: int | None = doc("Height in millimeters.", default=None)
    tracks_stock: bool = doc(
        "Whether stock is tracked; false for services and fees, and always false for gift cards.",
        default=True,
    )
    is_gift_card: bool = doc(IS_GIFT_CARD, default=False)
    external_reference: str | None = doc("Key in an external system, unique.", default=None)
    metadata: Metadata | None = doc("Custom JSON data; public.", default=None)
    private_metadata: Metadata | None = doc("Custom JSON data, visible to staff only.", default=None)
    is_active: bool = doc("Whether the variant can be bought.", default=True)

    def data(self) -> VariantData:
        values = vars(self) | {
            "options": self.options or {},
            "metadata": self.metadata or {},
            "private_metadata": self.private_metadata or {},
        }
        return VariantData(**values)


@strawberry.input(description="Input for creating a product with its first variants.")
class ProductCreateInput:
    name: str = doc("Display name.")
    slug: Text = doc("URL slug, unique; generated from the name if empty.", default="")
    description: Text = doc("Description of the product.", default="")
    status: ProductStatus = doc("Initial status.", default=ProductStatus.DRAFT)
    category: str | None = doc("Slug of the category.", default=None)
    tax_class: str = doc("Code of the tax class, which determines the tax rate.", default="standard")
    image_url: Text = doc("URL of the product image.", default="")
    tags: list[str] = doc("Tags for grouping.", default_factory=list)
    barred_countries: list[CountryCode] | None = doc(
        "Countries to which the product cannot be shipped (ISO 3166-1); orders to these countries "
        "are put on hold.",
        default=None,
    )
    minimum_age: int | None = doc(
        "Minimum age of the buyer in years; orders of younger buyers are put on hold.", default=None
    )
    metadata: Metadata | None = doc("Custom JSON data; public.", default=None)
    private_metadata: Metadata | None = doc("Custom JSON data, visible to staff only.", default=None)
    external_reference: str | None = doc("Key in an external system, unique.", default=None)
    variants: list[VariantInput] = doc("Variants of the product.", default_factory=list)

    def data(self) -> ProductData:
        values = vars(self) | {
            "metadata": self.metadata or {},
            "private_metadata": self.private_metadata or {},
            "variants": [variant.data() for variant in self.variants],
        }
        return ProductData(**values)


@strawberry.input(description="Input for updating a product; omitted fields keep their values.")
class ProductUpdateInput:
    id: strawberry.ID = doc("The product.")
    name: str | None = doc("Display name.", default=strawberry.UNSET)
    slug: str | None = doc("URL slug.", default=strawberry.UNSET)
    description: str | None = doc("Description of the product.", default=strawberry.UNSET)
    status: ProductStatus | None = doc(
        "New status, to publish, unpublish or archive the product.", default=strawberry.UNSET
    )
    category: str | None = doc("Slug of the category; null for none.", default=strawberry.UNSET)
    tax_class: str | None = doc(
        "Code of the tax class, which determines the tax rate.", default=strawberry.UNSET
    )
    image_url: str | None = doc("URL of the product image.", default=strawberry.UNSET)
    tags: list[str] | None = doc("Tags for grouping.", default=strawberry.UNSET)
    barred_countries: list[CountryCode] | None = doc(
        "Countries to which the product cannot be shipped.", default=strawberry.UNSET
    )
    minimum_age: int | None = doc("Minimum age of the buyer in years.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Custom JSON data; public.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc(
        "Custom JSON data, visible to staff only.", default=strawberry.UNSET
    )
    external_reference: str | None = doc(
        "Key in an external system, unique; null for none.", default=strawberry.UNSET
    )


@strawberry.input(description="Input for creating a variant of a product.")
class VariantCreateInput:
    product_id: strawberry.ID = doc("The product.")
    variant: VariantInput = doc("The variant.")


@strawberry.input(description="Input for updating a variant; omitted fields keep their values.")
class VariantUpdateInput:
    id: strawberry.ID = doc("The variant.")
    name: str | None = doc(
        "Name that distinguishes the variant from other variants of the product.", default=strawberry.UNSET
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
    is_active: bool | None = doc("Whether the variant can be bought.", default=strawberry.UNSET)
    is_gift_card: bool | None = doc(
        f"{IS_GIFT_CARD} Only a variant without stock tracking can become one; orders that were placed "
        "before are not affected.",
        default=strawberry.UNSET,
    )
    metadata: Metadata | None = doc("Custom JSON data; public.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc(
        "Custom JSON data, visible to staff only.", default=strawberry.UNSET
    )
    external_reference: str | None = doc(
        "Key in an external system, unique; null for none.", default=strawberry.UNSET
    )


@strawberry.input(description="Input for creating a category.")
class CategoryCreateInput:
    name: str = doc("Display name.")
    slug: Text = doc("URL slug, unique; generated from the name if empty.", default="")
    parent: str | None = doc("Slug of the parent category.", default=None)


@strawberry.type
class CatalogMutation:
    @mutation("ProductCreateResult", Product, policy=MANAGE_ALL, refuses=CREATES, once=models.Product)
    async def product_create(
        self,
        info: strawberry.Info,
        input: Annotated[ProductCreateInput, arg("The new product.")],
    ) -> Idempotent:
        """Create a product with its first variants."""
        data = input.data()
        return Idempotent(
            lambda uow: products.create_product(uow, data),
            request=data,
        )

    @mutation("ProductUpdateResult", Product, policy=MANAGE_ALL, refuses=CHANGES)
    async def product_update(
        self,
        info: strawberry.Info,
        input: Annotated[ProductUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Product:
        """Update a product."""
        changes = changes_of(input, nullable=PRODUCT_NULLABLE, besides=("id",))
        id = row_id(input.id, "Product", "id")
        return await products.update_product(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("ProductArchiveResult", Product, policy=MANAGE_ALL, refuses=CHANGES)
    async def product_archive(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The product.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Product:
        """Archive a product: it is no longer sold, but existing orders still show it."""
        product_id = row_id(id, "Product", "id")
        return await products.archive_product(
            info.context.actor, product_id, expected_version=expected_version
        )

    @mutation("VariantCreateResult", Variant, policy=MANAGE_ALL, refuses=CREATES, once=models.Variant)
    async def variant_create(
        self,
        info: strawberry.Info,
        input: Annotated[VariantCreateInput, arg("The new variant.")],
    ) -> Idempotent:
        """Add a variant to a product."""
        product_id, data = row_id(input.product_id, "Product", "product_id"), input.variant.data()
        return Idempotent(
            lambda uow: variants_commands.create_variant(uow, product_id, data),
            request=[product_id, data],
        )

    @mutation("VariantUpdateResult", Variant, policy=MANAGE_ALL, refuses=(refusals.AlreadyExists,))
    async def variant_update(
        self,
        info: strawberry.Info,
        input: Annotated[VariantUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Variant:
        """Update a variant."""
        changes = changes_of(input, nullable=VARIANT_NULLABLE, besides=("id",))
        id = row_id(input.id, "Variant", "id")
        return await variants_commands.update_variant(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("CategoryCreateResult", Category, policy=MANAGE_ALL, refuses=(refusals.AlreadyExists,))
    async def category_create(
        self, info: strawberry.Info, input: Annotated[CategoryCreateInput, arg("The new category.")]
    ) -> models.Category:
        """Create a category in the catalog."""
        return await shelving.create_category(info.context.actor, **vars(input))

    @mutation("VariantSubstitutesSetResult", Variant, policy=MANAGE_ALL)
    async def variant_substitutes_set(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The variant.")],
        substitutes: Annotated[list[str], arg("SKUs in order of preference; empty for none.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Variant:
        """Set the variants that can be shipped, at no higher price, in place of a variant that is found
        missing during picking."""
        return await substituting.set_substitutes(
            info.context.actor, row_id(id, "Variant", "id"), substitutes, expected_version=expected_version
        )

    @mutation("TaxClassDeleteResult", TaxClass, policy=MANAGE_ALL_CHANNELS)
    async def tax_class_delete(
        self, info: strawberry.Info, code: Annotated[str, arg("Code of the tax class.")]
    ) -> TaxClass:
        """Delete a custom tax class that is not used by any product, shipping method or tax rate."""
        row = await classing.delete_tax_class(info.context.actor, code)
        return TaxClass(code=row.code, name=row.name, is_built_in=False)
