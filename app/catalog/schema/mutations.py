"""Writing the catalogue through the graph."""

from typing import Annotated, Any

import strawberry

from app.catalog import models, service
from app.catalog.lifecycle import ProductStatus
from app.catalog.schema.terms import CHANGES, CREATES, MANAGE_ALL, PRODUCT_NULLABLE, VARIANT_NULLABLE
from app.catalog.schema.types import Category, Product, Variant
from app.catalog.service import ProductData, VariantData
from app.channels.schema import MANAGE_ALL as MANAGE_ALL_CHANNELS
from app.channels.schema import TaxClass
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import CountryCode, ExpectedVersion, IdempotencyKey, Metadata, Text, arg, doc
from app.core.ids import row_id


@strawberry.input(description="A new variant.")
class VariantInput:
    sku: str = doc("Its SKU, unique; cannot be changed later.")
    name: Text = doc("What tells it apart; may be empty.", default="")
    barcode: str | None = doc("Its GTIN.", default=None)
    options: Metadata | None = doc("What tells it apart, for programs.", default=None)
    weight_grams: int | None = doc("Its weight in grams.", default=None)
    length_mm: int | None = doc("Its longest side as it is packed, in millimetres.", default=None)
    width_mm: int | None = doc("Its second side.", default=None)
    height_mm: int | None = doc("Its third side.", default=None)
    tracks_stock: bool = doc("False for services and fees.", default=True)
    external_reference: str | None = doc("Its key in another system, unique.", default=None)
    metadata: Metadata | None = doc("Whatever the shop keeps with it.", default=None)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=None)
    is_active: bool = doc("Whether it can be bought.", default=True)

    def data(self) -> VariantData:
        values = vars(self) | {
            "options": self.options or {},
            "metadata": self.metadata or {},
            "private_metadata": self.private_metadata or {},
        }
        return VariantData(**values)


@strawberry.input(description="A new product with its first variants.")
class ProductCreateInput:
    name: str = doc("What people call it.")
    slug: Text = doc("Its name in URLs; made from the name if empty.", default="")
    description: Text = doc("What it is.", default="")
    status: ProductStatus = doc("Where it begins.", default=ProductStatus.DRAFT)
    category: str | None = doc("The slug of its shelf.", default=None)
    tax_class: str = doc("Which tax rate applies.", default="standard")
    image_url: Text = doc("The address of its picture.", default="")
    tags: list[str] = doc("Words to group it by.", default_factory=list)
    barred_countries: list[CountryCode] | None = doc(
        "Where it must not be sent (ISO 3166-1): such an order is held.", default=None
    )
    minimum_age: int | None = doc(
        "From how many years on it may be sold; a younger buyer's order is held.", default=None
    )
    metadata: Metadata | None = doc("Whatever the shop keeps with it; public.", default=None)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=None)
    external_reference: str | None = doc("Its key in another system, unique.", default=None)
    variants: list[VariantInput] = doc("What can be bought of it.", default_factory=list)

    def data(self) -> ProductData:
        values = vars(self) | {
            "metadata": self.metadata or {},
            "private_metadata": self.private_metadata or {},
            "variants": [variant.data() for variant in self.variants],
        }
        return ProductData(**values)


@strawberry.input(description="Changes of a product; what is left out stays.")
class ProductUpdateInput:
    id: strawberry.ID = doc("The product.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    slug: str | None = doc("Its name in URLs.", default=strawberry.UNSET)
    description: str | None = doc("What it is.", default=strawberry.UNSET)
    status: ProductStatus | None = doc("Publish, unpublish or archive it.", default=strawberry.UNSET)
    category: str | None = doc("The slug of its shelf; null for none.", default=strawberry.UNSET)
    tax_class: str | None = doc("Which tax rate applies.", default=strawberry.UNSET)
    image_url: str | None = doc("The address of its picture.", default=strawberry.UNSET)
    tags: list[str] | None = doc("Words to group it by.", default=strawberry.UNSET)
    barred_countries: list[CountryCode] | None = doc("Where it must not be sent.", default=strawberry.UNSET)
    minimum_age: int | None = doc("From how many years on it may be sold.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Whatever the shop keeps with it.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=strawberry.UNSET)
    external_reference: str | None = doc(
        "Its key in another system, unique; null for none.", default=strawberry.UNSET
    )


@strawberry.input(description="A new variant of a product.")
class VariantCreateInput:
    product_id: strawberry.ID = doc("The product.")
    variant: VariantInput = doc("The variant.")


@strawberry.input(description="Changes of a variant; what is left out stays.")
class VariantUpdateInput:
    id: strawberry.ID = doc("The variant.")
    name: str | None = doc("What tells it apart.", default=strawberry.UNSET)
    barcode: str | None = doc("Its GTIN; null for none.", default=strawberry.UNSET)
    options: Metadata | None = doc("What tells it apart, for programs.", default=strawberry.UNSET)
    weight_grams: int | None = doc("Its weight in grams; null for unknown.", default=strawberry.UNSET)
    length_mm: int | None = doc(
        "Its longest side as it is packed, in millimetres; null for unknown.", default=strawberry.UNSET
    )
    width_mm: int | None = doc("Its second side.", default=strawberry.UNSET)
    height_mm: int | None = doc("Its third side.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether it can be bought.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Whatever the shop keeps with it.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=strawberry.UNSET)
    external_reference: str | None = doc(
        "Its key in another system, unique; null for none.", default=strawberry.UNSET
    )


@strawberry.input(description="A new category.")
class CategoryCreateInput:
    name: str = doc("What people call it.")
    slug: Text = doc("Its name in URLs; made from the name if empty.", default="")
    parent: str | None = doc("The slug of the shelf that it stands in.", default=None)


@strawberry.type
class CatalogMutation:
    @mutation("ProductCreateResult", Product, policy=MANAGE_ALL, refuses=CREATES)
    async def product_create(
        self,
        info: strawberry.Info,
        input: Annotated[ProductCreateInput, arg("The new product.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Make a product with its first variants."""
        data = input.data()
        return await info.context.once_row(
            idempotency_key,
            "productCreate",
            data,
            lambda work: service.create_product(work, data),
            models.Product,
        )

    @mutation("ProductUpdateResult", Product, policy=MANAGE_ALL, refuses=CHANGES)
    async def product_update(
        self,
        info: strawberry.Info,
        input: Annotated[ProductUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a product."""
        changes = changes_of(input, nullable=PRODUCT_NULLABLE, besides=("id",))
        id = row_id(input.id, "Product", "id")
        return await service.update_product(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("ProductArchiveResult", Product, policy=MANAGE_ALL, refuses=CHANGES)
    async def product_archive(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The product.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Stop selling a product; old orders still show it."""
        product_id = row_id(id, "Product", "id")
        return await service.archive_product(
            info.context.actor, product_id, expected_version=expected_version
        )

    @mutation("VariantCreateResult", Variant, policy=MANAGE_ALL, refuses=CREATES)
    async def variant_create(
        self,
        info: strawberry.Info,
        input: Annotated[VariantCreateInput, arg("The new variant.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Add a variant to a product."""
        product_id, data = row_id(input.product_id, "Product", "product_id"), input.variant.data()
        return await info.context.once_row(
            idempotency_key,
            "variantCreate",
            [product_id, data],
            lambda work: service.create_variant(work, product_id, data),
            models.Variant,
        )

    @mutation("VariantUpdateResult", Variant, policy=MANAGE_ALL, refuses=(refusals.AlreadyExists,))
    async def variant_update(
        self,
        info: strawberry.Info,
        input: Annotated[VariantUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a variant."""
        changes = changes_of(input, nullable=VARIANT_NULLABLE, besides=("id",))
        id = row_id(input.id, "Variant", "id")
        return await service.update_variant(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("CategoryCreateResult", Category, policy=MANAGE_ALL, refuses=(refusals.AlreadyExists,))
    async def category_create(
        self, info: strawberry.Info, input: Annotated[CategoryCreateInput, arg("The new category.")]
    ) -> Any:
        """Add a shelf to the catalogue."""
        return await service.create_category(info.context.actor, **vars(input))

    @mutation("VariantSubstitutesSetResult", Variant, policy=MANAGE_ALL)
    async def variant_substitutes_set(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The variant.")],
        substitutes: Annotated[list[str], arg("The SKUs, the first choice first; empty for none.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Say what may be sent instead of a variant that a shelf turns out to lack, at no higher price."""
        return await service.set_substitutes(
            info.context.actor, row_id(id, "Variant", "id"), substitutes, expected_version=expected_version
        )

    @mutation("TaxClassDeleteResult", TaxClass, policy=MANAGE_ALL_CHANNELS)
    async def tax_class_delete(
        self, info: strawberry.Info, code: Annotated[str, arg("The class's code.")]
    ) -> Any:
        """Take away a tax class that was added and that no product, shipping method or tax rate is of."""
        row = await service.delete_tax_class(info.context.actor, code)
        return TaxClass(code=row.code, name=row.name, is_built_in=False)
