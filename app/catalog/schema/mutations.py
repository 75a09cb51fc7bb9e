"""Writing the catalogue through the graph."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog import models, queries, service
from app.catalog.lifecycle import ProductStatus
from app.catalog.schema.types import Category, PriceList, Product, Variant
from app.catalog.service import ProductData, VariantData
from app.channels import queries as channels
from app.core import refusals
from app.core.bulk import ErrorPolicy, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.changes import changes_without_nulls
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, Metadata, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue

MANAGE = needs(Permission.CATALOG_MANAGE)
Policy = Annotated[ErrorPolicy, arg("What happens to the good rows when others are refused.")]
CREATES = (refusals.AlreadyExists, refusals.IdempotencyConflict)
CHANGES = (refusals.StaleVersion, refusals.AlreadyExists, refusals.IllegalTransition)


@strawberry.input(description="A new variant.")
class VariantInput:
    sku: str = doc("Its SKU, unique; cannot be changed later.")
    name: str = doc("What tells it apart; may be empty.", default="")
    barcode: str | None = doc("Its GTIN.", default=None)
    options: Metadata | None = doc("What tells it apart, for programs.", default=None)
    weight_grams: int | None = doc("Its weight in grams.", default=None)
    length_mm: int | None = doc("Its longest side as it is packed, in millimetres.", default=None)
    width_mm: int | None = doc("Its second side.", default=None)
    height_mm: int | None = doc("Its third side.", default=None)
    tracks_stock: bool = doc("False for services and fees.", default=True)
    external_reference: str | None = doc("Its key in another system, unique.", default=None)
    metadata: Metadata | None = doc("Whatever the shop keeps with it.", default=None)

    def data(self) -> VariantData:
        values = vars(self) | {"options": self.options or {}, "metadata": self.metadata or {}}
        return VariantData(**values)


@strawberry.input(description="A new product with its first variants.")
class ProductCreateInput:
    name: str = doc("What people call it.")
    slug: str = doc("Its name in URLs; made from the name if empty.", default="")
    description: str = doc("What it is.", default="")
    status: ProductStatus = doc("Where it begins.", default=ProductStatus.DRAFT)
    category: str | None = doc("The slug of its shelf.", default=None)
    tax_class: str = doc("Which tax rate applies.", default="standard")
    image_url: str = doc("The address of its picture.", default="")
    tags: list[str] = doc("Words to group it by.", default_factory=list)
    barred_countries: list[str] | None = doc(
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
    barred_countries: list[str] | None = doc("Where it must not be sent.", default=strawberry.UNSET)
    minimum_age: int | None = doc("From how many years on it may be sold.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Whatever the shop keeps with it.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=strawberry.UNSET)


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


@strawberry.input(description="A new category.")
class CategoryCreateInput:
    name: str = doc("What people call it.")
    slug: str = doc("Its name in URLs; made from the name if empty.", default="")
    parent: str | None = doc("The slug of the shelf that it stands in.", default=None)


@strawberry.input(description="A new price list.")
class PriceListCreateInput:
    channel: str = doc("The channel's code; the list has its currency.")
    code: str = doc("Its short name, unique.")
    name: str = doc("What people call it.")
    priority: int = doc("Of several lists that apply, the highest decides.", default=0)


@strawberry.input(description="One price of a bulk write.")
class PriceRowInput:
    sku: str = doc("The variant's SKU.")
    amount: Decimal = doc("What one unit costs, in the list's currency.")
    min_quantity: int = doc("From how many units on.", default=1)
    starts_at: datetime | None = doc("From when.", default=None)
    ends_at: datetime | None = doc("Until when.", default=None)


@strawberry.input(description="Prices to set in one list.")
class PriceBulkSetInput:
    price_list: str = doc("The price list's code.")
    rows: list[PriceRowInput] = doc("1 to 1,000 prices, each found by SKU and `minQuantity`.")


@strawberry.type
class CatalogMutation:
    @mutation("ProductCreateResult", Product, policy=MANAGE, refuses=CREATES)
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

    @mutation("ProductUpdateResult", Product, policy=MANAGE, refuses=CHANGES)
    async def product_update(
        self,
        info: strawberry.Info,
        input: Annotated[ProductUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a product."""
        names = ("name", "slug", "description", "status", "category", "tax_class", "image_url", "tags")
        nullable = ("category", "barred_countries", "minimum_age")
        changes = changes_without_nulls(
            input, nullable, *names, *nullable[1:], "metadata", "private_metadata"
        )
        id = row_id(input.id, "Product", "id")
        return await service.update_product(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("ProductArchiveResult", Product, policy=MANAGE, refuses=CHANGES)
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

    @mutation("ProductBulkUpsertResult", BulkResult, policy=MANAGE)
    async def product_bulk_upsert(
        self,
        info: strawberry.Info,
        input: Annotated[list[ProductCreateInput], arg("1 to 1,000 products, found by slug.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> Any:
        """Make or change many products with their variants; variants are found by SKU."""
        rows = [item.data() for item in input]
        outcomes = await write_rows(info.context.actor, rows, service.upsert_product, error_policy, "input")
        return bulk_result(outcomes, "Product")

    @mutation("VariantCreateResult", Variant, policy=MANAGE, refuses=CREATES)
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

    @mutation(
        "VariantUpdateResult", Variant, policy=MANAGE, refuses=(refusals.StaleVersion, refusals.AlreadyExists)
    )
    async def variant_update(
        self,
        info: strawberry.Info,
        input: Annotated[VariantUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a variant."""
        unknown = ("barcode", "weight_grams", "length_mm", "width_mm", "height_mm")
        names = ("name", "options", "is_active", "metadata", "private_metadata", *unknown)
        changes = changes_without_nulls(input, unknown, *names)
        id = row_id(input.id, "Variant", "id")
        return await service.update_variant(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("CategoryCreateResult", Category, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def category_create(
        self, info: strawberry.Info, input: Annotated[CategoryCreateInput, arg("The new category.")]
    ) -> Any:
        """Add a shelf to the catalogue."""
        return await service.create_category(info.context.actor, **vars(input))

    @mutation("VariantSubstitutesSetResult", Variant, policy=MANAGE, refuses=(refusals.StaleVersion,))
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

    @mutation("PriceListCreateResult", PriceList, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def price_list_create(
        self, info: strawberry.Info, input: Annotated[PriceListCreateInput, arg("The new price list.")]
    ) -> Any:
        """Add a price list to a channel."""
        actor = info.context.actor
        channel = await channels.by_code(input.channel, actor, "channel")
        return await service.create_price_list(
            actor, channel, code=input.code, name=input.name, priority=input.priority
        )

    @mutation("PriceBulkSetResult", BulkResult, policy=MANAGE)
    async def price_bulk_set(
        self,
        info: strawberry.Info,
        input: Annotated[PriceBulkSetInput, arg("The prices.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> Any:
        """Set many prices of one list."""
        actor = info.context.actor
        price_list = await queries.price_list(input.price_list)
        if price_list is None:
            raise refusals.NotFound.of("price list", "price_list")

        async def write(work: Any, row: PriceRowInput) -> Any:
            amount = MoneyValue.of(row.amount, price_list.currency, "amount")
            return await service.set_price(
                work,
                price_list,
                sku=row.sku,
                amount_minor=amount.minor,
                min_quantity=row.min_quantity,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )

        return bulk_result(await write_rows(actor, input.rows, write, error_policy, "rows"), "Price")
