"""The nouns of the catalogue."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog import models, pricing, queries
from app.catalog.lifecycle import ProductStatus, lifecycle
from app.channels import queries as channels
from app.core import clock
from app.core.graphql.node import Node
from app.core.graphql.policy import field, needs
from app.core.graphql.scalars import CurrencyCode, Metadata, Money, arg, doc, graphql_enum, money, serves

graphql_enum(ProductStatus, "Where a product stands in its life.")

STAFF_ONLY = needs(Permission.CATALOG_VIEW_ALL)
ChannelCode = Annotated[
    str | None, arg("The channel's code; left out, the channel that this was reached through.")
]
Quantity = Annotated[int, arg("How many are bought: larger steps may cost less each.")]


@strawberry.type(description="A shelf of the catalogue.")
class Category(Node):
    is_type_of = serves(models.Category)

    slug: str = doc("Its name in URLs, unique.")
    name: str = doc("What people call it.")

    @field()
    async def parent(self, root: strawberry.Parent[Any], info: strawberry.Info) -> "Category | None":
        """The shelf that it stands in."""
        if root.parent_id is None:
            return None
        return await info.context.load(queries.categories_by_id, root.parent_id)


async def unit_price(root: Any, info: strawberry.Info, channel: str | None, quantity: int) -> Money | None:
    """A variant's price in the channel asked for, or the one that it was reached through."""
    terms = root.in_channel
    if channel is not None and (terms is None or terms.code != channel):
        terms = await channels.by_code(channel, info.context.actor, "channel")
    if terms is None:
        return None
    candidates = await info.context.load(queries.prices_by_variant, (root.id, terms.id))
    chosen = pricing.choose(candidates, quantity, clock.now())
    return money(chosen.amount_minor, terms.currency) if chosen else None


@strawberry.type(description="The unit that is sold and stocked, known by its SKU.")
class Variant(Node):
    is_type_of = serves(models.Variant)

    sku: str = doc("Its stock keeping unit, unique; never changes.")
    name: str = doc("What tells it apart from the product's other variants; may be empty.")
    barcode: str | None = doc("Its GTIN, with a valid check digit.")
    options: Metadata = doc('What tells it apart, for programs: `{"size": "L"}`.')
    weight_grams: int | None = doc("Its weight in grams.")
    tracks_stock: bool = doc("False for services and fees, which never run out.")
    metadata: Metadata = doc("Whatever the shop keeps with it; public.")
    external_reference: str | None = doc("Its key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")

    @field(STAFF_ONLY)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Whatever staff keep with it; null for others."""
        return root.private_metadata

    @field()
    async def product(self, root: strawberry.Parent[Any], info: strawberry.Info) -> "Product":
        """The product that it is a variant of."""
        found = await info.context.load(queries.products_by_id, root.product_id)
        return queries.shown_in(found, root.in_channel)

    @field()
    async def price(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        channel: ChannelCode = None,
        quantity: Quantity = 1,
    ) -> Money | None:
        """What one unit costs now; null where it is not for sale."""
        return await unit_price(root, info, channel, quantity)


@strawberry.type(description="What a shop window shows: one thing in one or more variants.")
class Product(Node):
    is_type_of = serves(models.Product)

    slug: str = doc("Its name in URLs, unique.")
    name: str = doc("What people call it.")
    description: str = doc("What it is, in the shop's words.")
    status: ProductStatus = doc("Where it stands in its life. Storefronts see published products only.")
    tax_class: str = doc("Which tax rate applies to it.")
    image_url: str = doc("The address of its picture; may be empty.")
    tags: list[str] = doc("Words to group it by.")
    metadata: Metadata = doc("Whatever the shop keeps with it; public.")
    external_reference: str | None = doc("Its key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When it was made.")
    updated_at: datetime = doc("When it last changed.")

    @field(STAFF_ONLY)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Whatever staff keep with it; null for others."""
        return root.private_metadata

    @field()
    async def category(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Category | None:
        """The shelf that it stands on."""
        if root.category_id is None:
            return None
        return await info.context.load(queries.categories_by_id, root.category_id)

    @field()
    async def variants(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[Variant]:
        """What can be bought of it."""
        return await info.context.load(queries.variants_by_product, (root.id, root.in_channel))

    @field(STAFF_ONLY)
    def next_steps(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[str] | None:
        """What can be done with it from where it stands; null for others than staff."""
        return [step.name for step in lifecycle.steps_from(root.status)]


@strawberry.type(description="A set of prices of one channel.")
class PriceList(Node):
    is_type_of = serves(models.PriceList)

    code: str = doc("Its short name, unique.")
    name: str = doc("What people call it.")
    currency: CurrencyCode = doc("The currency of its prices.")
    priority: int = doc("Of several lists that apply, the highest decides.")
    is_active: bool = doc("Whether its prices are in force.")
