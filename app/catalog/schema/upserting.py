"""Writing many products at once through the graph."""

from typing import Annotated, Any

import strawberry

from app.catalog import service
from app.catalog.lifecycle import ProductStatus
from app.catalog.schema.terms import MANAGE_ALL, PRODUCT_NULLABLE, VARIANT_NULLABLE, Policy
from app.core import refusals
from app.core.bulk import ErrorPolicy, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import CountryCode, Metadata, arg, doc


@strawberry.input(
    description="A variant as another system has it: found by the external reference, else by the SKU. What "
    "is left out stays as it is; null takes away what can be empty."
)
class VariantUpsertInput:
    sku: str | None = doc("Its SKU; needed for a new one, and never changed.", default=strawberry.UNSET)
    external_reference: str | None = doc("Its key in another system, unique.", default=strawberry.UNSET)
    name: str | None = doc("What tells it apart; may be empty.", default=strawberry.UNSET)
    barcode: str | None = doc("Its GTIN; null for none.", default=strawberry.UNSET)
    options: Metadata | None = doc("What tells it apart, for programs.", default=strawberry.UNSET)
    weight_grams: int | None = doc("Its weight in grams; null for unknown.", default=strawberry.UNSET)
    length_mm: int | None = doc(
        "Its longest side as it is packed, in millimetres; null for unknown.", default=strawberry.UNSET
    )
    width_mm: int | None = doc("Its second side.", default=strawberry.UNSET)
    height_mm: int | None = doc("Its third side.", default=strawberry.UNSET)
    tracks_stock: bool | None = doc(
        "False for services and fees; said of a new one, and never changed.", default=strawberry.UNSET
    )
    is_active: bool | None = doc("Whether it can be bought.", default=strawberry.UNSET)
    metadata: Metadata | None = doc("Whatever the shop keeps with it; public.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=strawberry.UNSET)

    def said(self) -> dict[str, Any]:
        return changes_of(self, nullable=(*VARIANT_NULLABLE, "sku"))


@strawberry.input(
    description="A product as another system has it: found by the external reference, else by the slug. What "
    "is left out stays as it is; null takes away what can be empty."
)
class ProductUpsertInput:
    external_reference: str | None = doc("Its key in another system, unique.", default=strawberry.UNSET)
    slug: str | None = doc(
        "Its name in URLs; a new product without one has it made from the name.", default=strawberry.UNSET
    )
    name: str | None = doc("What people call it; needed for a new one.", default=strawberry.UNSET)
    description: str | None = doc("What it is.", default=strawberry.UNSET)
    status: ProductStatus | None = doc(
        "Publish, unpublish or archive it; a new one is a DRAFT unless this says more.",
        default=strawberry.UNSET,
    )
    category: str | None = doc("The slug of its shelf; null for none.", default=strawberry.UNSET)
    tax_class: str | None = doc("Which tax rate applies.", default=strawberry.UNSET)
    image_url: str | None = doc("The address of its picture.", default=strawberry.UNSET)
    tags: list[str] | None = doc("Words to group it by.", default=strawberry.UNSET)
    barred_countries: list[CountryCode] | None = doc(
        "Where it must not be sent (ISO 3166-1); null for nowhere.", default=strawberry.UNSET
    )
    minimum_age: int | None = doc(
        "From how many years on it may be sold; null for no limit.", default=strawberry.UNSET
    )
    metadata: Metadata | None = doc("Whatever the shop keeps with it; public.", default=strawberry.UNSET)
    private_metadata: Metadata | None = doc("Whatever staff keep with it.", default=strawberry.UNSET)
    variants: list[VariantUpsertInput] | None = doc(
        "Variants to add or change; those that are not named stay.", default=strawberry.UNSET
    )

    def said(self) -> dict[str, Any]:
        said = changes_of(self, nullable=PRODUCT_NULLABLE)
        if "variants" in said:
            said["variants"] = [_variant_said(place, each) for place, each in enumerate(said["variants"])]
        return said


def _variant_said(place: int, given: VariantUpsertInput) -> dict[str, Any]:
    try:
        return given.said()
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
    ) -> Any:
        """Make or change many products with their variants.

        A product is found by its external reference, else by its slug; a variant by its external reference,
        else by its SKU. A row changes what it says and nothing else.
        """

        async def write(work: Any, row: ProductUpsertInput) -> Any:
            return await service.upsert_product(work, row.said())

        outcomes = await write_rows(info.context.actor, input, write, error_policy, "input")
        return bulk_result(outcomes, "Product")
