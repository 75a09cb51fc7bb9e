"""GraphQL types of the catalog."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog import models, pricing, queries
from app.catalog.lifecycle import Composition, ProductStatus, Tracking
from app.catalog.next_steps import steps_of_product
from app.catalog.schema.terms import IS_GIFT_CARD, MANAGE_ALL
from app.channels import queries as channels
from app.channels.schema import Channel
from app.core import clock
from app.core.database import values_of
from app.core.graphql.empty import link_or_none, none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import Node
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, EVERYBODYS, OWN_SCOPE, PART_OF_IT, field, needs
from app.core.graphql.scalars import (
    CountryCode,
    CurrencyCode,
    Metadata,
    Money,
    arg,
    doc,
    graphql_enum,
    money,
    serves,
)

graphql_enum(Tracking, "Tracking of the units of a variant by lot or serial number.")
graphql_enum(Composition, "Composition of a variant.")
graphql_enum(ProductStatus, "Status of a product.")

STAFF_ONLY = needs(Permission.CATALOG_VIEW_ALL)
ChannelCode = Annotated[
    str | None, arg("Code of the channel; defaults to the channel through which the object was queried.")
]
Quantity = Annotated[int, arg("Quantity to buy; the price per unit can decrease with the quantity.")]


@strawberry.type(description="A category of the catalog.")
class Category(Node):
    is_type_of = serves(models.Category)

    slug: str = doc("URL slug, unique.")
    name: str = doc("Display name.")

    @field(reach=EVERYBODYS)
    async def parent(self, root: strawberry.Parent[Any], info: strawberry.Info) -> "Category | None":
        """Parent category; null for a top-level category."""
        if root.parent_id is None:
            return None
        return await info.context.load(queries.categories_by_id, root.parent_id)


async def terms_of(roots: Sequence[Any], info: strawberry.Info, channel: str | None) -> list[Any]:
    """The channel whose terms apply to each row: the requested one, else the one through which it was
    reached.

    Raises:
        NotFound: the channel does not exist, or the caller may not see it.
    """
    if channel is None:
        return [root.in_channel for root in roots]
    if all(root.in_channel is not None and root.in_channel.code == channel for root in roots):
        return [root.in_channel for root in roots]
    return [await channels.by_code(channel, info.context.actor, "channel")] * len(roots)


@strawberry.type(description="A component of a bundle or kit.")
class VariantComponent:
    is_type_of = serves(models.Component)

    quantity: int = doc("Number of units of the component in one bundle or kit.")

    @level_field("Variant", reach=OWN_SCOPE)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The component."""
        return [root.shown for root in roots]


@strawberry.type(description="A unit of measure in which a variant is purchased.")
class VariantUnit:
    is_type_of = serves(models.VariantUnit)

    code: str = doc("Code of the unit of measure, such as carton.")
    quantity: int = doc("Number of pieces in the unit.")
    barcode: str | None = doc("GTIN; null if there is none.")


@strawberry.type(description="Match for a barcode.")
class BarcodeMatch:
    variant: "Variant" = doc("The variant.")
    unit: VariantUnit | None = doc("Unit of measure that has the barcode; null for a single piece.")
    quantity: int = doc("Number of pieces in the unit.")


@strawberry.type(
    description="A variant of a product: the unit that is sold and stocked, identified by its SKU."
)
class Variant(Node):
    is_type_of = serves(models.Variant)

    sku: str = doc("Unique stock keeping unit. It cannot be changed.")
    name: str | None = none_if_empty(
        "Name that distinguishes the variant from other variants of the product; null for none."
    )
    barcode: str | None = doc("GTIN with a valid check digit; null if there is none.")
    options: Metadata = doc('Machine-readable options that distinguish the variant: `{"size": "L"}`.')
    weight_grams: int | None = doc("Weight in grams; null if unknown.")
    length_mm: int | None = doc("Longest side when packed, in millimeters; null if unknown.")
    width_mm: int | None = doc("Width when packed, in millimeters; null if unknown.")
    height_mm: int | None = doc("Height when packed, in millimeters; null if unknown.")
    tracks_stock: bool = doc(
        "Whether stock is tracked; false for services and fees, which are always available."
    )
    is_gift_card: bool = doc(IS_GIFT_CARD)
    composition: Composition = doc("Whether the variant is a simple item, a bundle or a kit.")
    tracking: Tracking = doc("Tracking of the units by lot or serial number.")
    tracks_expiry: bool = doc(
        "Whether lots have an expiry date; the lot with the earliest expiry date is used first."
    )
    metadata: Metadata = doc("Custom JSON data; public.")
    external_reference: str | None = doc("Key in an external system; null if there is none.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )

    @field(STAFF_ONLY)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Custom JSON data for staff; null for callers other than staff."""
        return root.private_metadata

    @level_field(list[VariantComponent])
    async def components(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Components of a bundle or kit that the caller can see; empty for other variants."""
        return await queries.visible_components(values_of(roots, "id"), info.context.actor)

    @level_field(list[VariantUnit])
    async def units(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Units of measure in which the variant is purchased, in addition to the piece."""
        return await info.context.load_many(queries.units_by_variant, values_of(roots, "id"))

    @level_field(list["Variant"], reach=OWN_SCOPE)
    async def substitutes(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Substitutes that can be shipped if the variant is missing during picking, in order of preference;
        limited to variants that the caller can see."""
        return await queries.visible_substitutes(values_of(roots, "id"), info.context.actor)

    @level_field("Product | None", reach=OWN_SCOPE)
    async def product(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The product; null if it is not published and the caller can see published products only."""
        found = await queries.visible_products(values_of(roots, "product_id"), info.context.actor)
        return [
            None if product is None else queries.shown_in(product, root.in_channel)
            for product, root in zip(found, roots, strict=True)
        ]

    @level_field(Money | None)
    async def price(
        roots: Sequence[Any], info: strawberry.Info, channel: ChannelCode = None, quantity: Quantity = 1
    ) -> list[Any]:
        """Current price per unit; null if the variant is not for sale."""
        terms = await terms_of(roots, info, channel)
        ids = values_of(roots, "id")
        keys = [(id, each.id) for id, each in zip(ids, terms, strict=True) if each is not None]
        found = iter(await queries.prices_by_variant(keys)) if keys else iter(())
        now = clock.now()
        return [
            _money(pricing.choose(next(found), quantity, now), each.currency) if each is not None else None
            for each in terms
        ]


def _money(price: pricing.Candidate | None, currency: str) -> Money | None:
    return money(price.amount_minor, currency) if price else None


@strawberry.type(description="A product of the catalog, with one or more variants.")
class Product(Node):
    is_type_of = serves(models.Product)

    slug: str = doc("URL slug, unique.")
    name: str = doc("Display name.")
    description: str | None = none_if_empty("Product description; null if there is none.")
    status: ProductStatus = doc("Status of the product. Storefronts see published products only.")
    tax_class: str = doc("Code of the tax class, which determines the tax rate.")
    image_url: str | None = link_or_none("URL of the product image; null if there is none.")
    tags: list[str] = doc("Tags for grouping.")
    barred_countries: list[CountryCode] | None = doc(
        "Countries to which the product cannot be shipped (ISO 3166-1); null for none."
    )
    minimum_age: int | None = doc("Minimum age of the buyer in years; null for no limit.")
    metadata: Metadata = doc("Custom JSON data; public.")
    external_reference: str | None = doc("Key in an external system; null if there is none.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime = doc("Date and time of the last change.")

    @field(STAFF_ONLY)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Custom JSON data for staff; null for callers other than staff."""
        return root.private_metadata

    @level_field(Category | None, reach=EVERYBODYS)
    async def category(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Category of the product; null if it has none."""
        ids = [root.category_id for root in roots]
        return await info.context.load_present(queries.categories_by_id, ids)

    @level_field(list[Variant], reach=PART_OF_IT)
    async def variants(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Variants of the product."""
        found: list[Any] = [None] * len(roots)
        # A product that is shown in two channels has separate rows for each.
        for channel in {id(root.in_channel): root.in_channel for root in roots}.values():
            places = [index for index, root in enumerate(roots) if root.in_channel is channel]
            ids = values_of([roots[index] for index in places], "id")
            for index, variants in zip(places, await queries.variants_by_product(ids), strict=True):
                queries.now_shown_in(variants, channel)
                found[index] = variants
        return found

    @field()
    def next_steps(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[NextStep]:
        """Steps that are possible in the current status; empty for callers other than staff."""
        actor = info.context.actor
        if not STAFF_ONLY.allows(actor) and not MANAGE_ALL.allows(actor):
            return []
        return [NextStep.of(each) for each in steps_of_product(root, partial(MANAGE_ALL.check, actor))]


@strawberry.type(description="A price list of one channel.")
class PriceList(Node):
    is_type_of = serves(models.PriceList)

    code: str = doc("Unique short code.")
    name: str = doc("Display name.")
    currency: CurrencyCode = doc("Currency of the prices.")
    priority: int = doc(
        "Priority of the price list; if several lists apply, the one with the highest priority is used."
    )
    is_active: bool = doc("Whether the prices of the list are in effect.")

    @level_field(Channel, reach=AROUND_IT)
    async def channel(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Channel of the price list."""
        return await info.context.load_many(channels.channels_by_id, values_of(roots, "channel_id"))


@strawberry.type(
    description="Unit price of a variant in a price list, from a minimum quantity, permanently or "
    "for a limited time. Unique for each price list, SKU, quantity and period."
)
class Price(Node):
    is_type_of = serves(models.Price)

    min_quantity: int = doc("Minimum quantity for the price.")
    starts_at: datetime | None = doc("Start of the validity period; null for no start.")
    ends_at: datetime | None = doc("End of the validity period, exclusive; null for no end.")

    @level_field(Money)
    async def amount(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Unit price in the currency of the price list."""
        lists = await info.context.load_many(queries.price_lists_by_id, values_of(roots, "price_list_id"))
        return [money(root.amount_minor, each.currency) for root, each in zip(roots, lists, strict=True)]

    @level_field(PriceList, reach=AROUND_IT)
    async def price_list(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The price list."""
        return await info.context.load_many(queries.price_lists_by_id, values_of(roots, "price_list_id"))

    @level_field(Variant, reach=ABOUT_IT)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The variant."""
        return await info.context.load_many(queries.variants_by_id, values_of(roots, "variant_id"))
