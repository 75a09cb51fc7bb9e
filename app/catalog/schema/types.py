"""The nouns of the catalogue."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.catalog import models, pricing, queries
from app.catalog.lifecycle import Composition, ProductStatus, Tracking
from app.catalog.next_steps import steps_of_product
from app.catalog.schema.terms import MANAGE_ALL
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

graphql_enum(Tracking, "By what the units of a variant are told apart.")
graphql_enum(Composition, "Of what a variant is made.")
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

    @field(reach=EVERYBODYS)
    async def parent(self, root: strawberry.Parent[Any], info: strawberry.Info) -> "Category | None":
        """The shelf that it stands in."""
        if root.parent_id is None:
            return None
        return await info.context.load(queries.categories_by_id, root.parent_id)


async def terms_of(roots: Sequence[Any], info: strawberry.Info, channel: str | None) -> list[Any]:
    """The channel in whose terms each row is shown: the one asked for, else the one it was reached through.

    Raises:
        NotFound: there is no such channel for this caller.
    """
    if channel is None:
        return [root.in_channel for root in roots]
    if all(root.in_channel is not None and root.in_channel.code == channel for root in roots):
        return [root.in_channel for root in roots]
    return [await channels.by_code(channel, info.context.actor, "channel")] * len(roots)


@strawberry.type(description="What is in a bundle or a kit.")
class VariantComponent:
    is_type_of = serves(models.Component)

    quantity: int = doc("How many units of it are in one.")

    @level_field("Variant", reach=OWN_SCOPE)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What."""
        return [root.shown for root in roots]


@strawberry.type(description="A unit in which a variant is bought.")
class VariantUnit:
    is_type_of = serves(models.VariantUnit)

    code: str = doc("What it is called, such as carton.")
    quantity: int = doc("How many pieces are in it.")
    barcode: str | None = doc("Its GTIN.")


@strawberry.type(description="What a barcode is on.")
class BarcodeMatch:
    variant: "Variant" = doc("The variant.")
    unit: VariantUnit | None = doc("The unit that it is on; null for a single piece.")
    quantity: int = doc("How many pieces that is.")


@strawberry.type(description="The unit that is sold and stocked, known by its SKU.")
class Variant(Node):
    is_type_of = serves(models.Variant)

    sku: str = doc("Its stock keeping unit, unique; never changes.")
    name: str | None = none_if_empty("What tells it apart from the product's other variants; null for none.")
    barcode: str | None = doc("Its GTIN, with a valid check digit.")
    options: Metadata = doc('What tells it apart, for programs: `{"size": "L"}`.')
    weight_grams: int | None = doc("Its weight in grams.")
    length_mm: int | None = doc("Its longest side as it is packed, in millimetres.")
    width_mm: int | None = doc("Its second side.")
    height_mm: int | None = doc("Its third side.")
    tracks_stock: bool = doc("False for services and fees, which never run out.")
    composition: Composition = doc("Whether it is a thing of its own, a bundle or a kit.")
    tracking: Tracking = doc("By what its units are told apart.")
    tracks_expiry: bool = doc("Whether its lots say when they expire; the first to expire leaves first.")
    metadata: Metadata = doc("Whatever the shop keeps with it; public.")
    external_reference: str | None = doc("Its key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")

    @field(STAFF_ONLY)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Whatever staff keep with it; null for others."""
        return root.private_metadata

    @level_field(list[VariantComponent])
    async def components(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What a bundle or a kit is made of, as far as the caller may see it; empty for others."""
        return await queries.visible_components(values_of(roots, "id"), info.context.actor)

    @level_field(list[VariantUnit])
    async def units(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The units in which it is bought, besides the piece."""
        return await info.context.load_many(queries.units_by_variant, values_of(roots, "id"))

    @level_field(list["Variant"], reach=OWN_SCOPE)
    async def substitutes(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What may be sent instead of it when a shelf turns out empty, the first choice first: of that, what
        the caller may see."""
        return await queries.visible_substitutes(values_of(roots, "id"), info.context.actor)

    @level_field("Product | None", reach=OWN_SCOPE)
    async def product(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The product that it is a variant of; null if it is not published and the caller sees only what
        is."""
        found = await queries.visible_products(values_of(roots, "product_id"), info.context.actor)
        return [
            None if product is None else queries.shown_in(product, root.in_channel)
            for product, root in zip(found, roots, strict=True)
        ]

    @level_field(Money | None)
    async def price(
        roots: Sequence[Any], info: strawberry.Info, channel: ChannelCode = None, quantity: Quantity = 1
    ) -> list[Any]:
        """What one unit costs now; null where it is not for sale."""
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


@strawberry.type(description="What a shop window shows: one thing in one or more variants.")
class Product(Node):
    is_type_of = serves(models.Product)

    slug: str = doc("Its name in URLs, unique.")
    name: str = doc("What people call it.")
    description: str | None = none_if_empty("What it is, in the shop's words; null if nothing is said.")
    status: ProductStatus = doc("Where it stands in its life. Storefronts see published products only.")
    tax_class: str = doc("Which tax rate applies to it.")
    image_url: str | None = link_or_none("The address of its picture; null without one.")
    tags: list[str] = doc("Words to group it by.")
    barred_countries: list[CountryCode] | None = doc("Where it must not be sent (ISO 3166-1).")
    minimum_age: int | None = doc("From how many years on it may be sold; null: no limit.")
    metadata: Metadata = doc("Whatever the shop keeps with it; public.")
    external_reference: str | None = doc("Its key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When it was made.")
    updated_at: datetime = doc("When it last changed.")

    @field(STAFF_ONLY)
    def private_metadata(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Metadata | None:
        """Whatever staff keep with it; null for others."""
        return root.private_metadata

    @level_field(Category | None, reach=EVERYBODYS)
    async def category(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The shelf that it stands on."""
        ids = [root.category_id for root in roots]
        return await info.context.load_present(queries.categories_by_id, ids)

    @level_field(list[Variant], reach=PART_OF_IT)
    async def variants(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What can be bought of it."""
        found: list[Any] = [None] * len(roots)
        # A product that is shown in two channels has rows of its own in each.
        for channel in {id(root.in_channel): root.in_channel for root in roots}.values():
            places = [index for index, root in enumerate(roots) if root.in_channel is channel]
            ids = values_of([roots[index] for index in places], "id")
            for index, variants in zip(places, await queries.variants_by_product(ids), strict=True):
                queries.now_shown_in(variants, channel)
                found[index] = variants
        return found

    @field()
    def next_steps(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[NextStep]:
        """What can be done with it from where it stands; nothing for others than staff."""
        actor = info.context.actor
        if not STAFF_ONLY.allows(actor) and not MANAGE_ALL.allows(actor):
            return []
        return [NextStep.of(each) for each in steps_of_product(root, partial(MANAGE_ALL.check, actor))]


@strawberry.type(description="A set of prices of one channel.")
class PriceList(Node):
    is_type_of = serves(models.PriceList)

    code: str = doc("Its short name, unique.")
    name: str = doc("What people call it.")
    currency: CurrencyCode = doc("The currency of its prices.")
    priority: int = doc("Of several lists that apply, the highest decides.")
    is_active: bool = doc("Whether its prices are in force.")

    @level_field(Channel, reach=AROUND_IT)
    async def channel(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The channel whose prices they are."""
        return await info.context.load_many(channels.channels_by_id, values_of(roots, "channel_id"))


@strawberry.type(
    description="What one unit costs in a price list, from a quantity on, always or for a time. There is one "
    "for each list, SKU, quantity and time."
)
class Price(Node):
    is_type_of = serves(models.Price)

    min_quantity: int = doc("From how many units on.")
    starts_at: datetime | None = doc("From when; null: no start.")
    ends_at: datetime | None = doc("Until when; null: no end.")

    @level_field(Money)
    async def amount(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What one unit costs, in the list's currency."""
        lists = await info.context.load_many(queries.price_lists_by_id, values_of(roots, "price_list_id"))
        return [money(root.amount_minor, each.currency) for root, each in zip(roots, lists, strict=True)]

    @level_field(PriceList, reach=AROUND_IT)
    async def price_list(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The list that it is in."""
        return await info.context.load_many(queries.price_lists_by_id, values_of(roots, "price_list_id"))

    @level_field(Variant, reach=ABOUT_IT)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What costs it."""
        return await info.context.load_many(queries.variants_by_id, values_of(roots, "variant_id"))
