"""Discount codes in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Category, Product
from app.channels import queries as channels
from app.channels.schema import MANAGE, Channel
from app.channels.schema.amounts import in_currency
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.conditions import conditions
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter, StringFilter
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, EVERYBODYS, OWN_SCOPE, field, query
from app.core.graphql.scalars import CountryCode, Money, MoneyInput, arg, doc, graphql_enum, money, serves
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.promotions import models, queries, service
from app.promotions.lifecycle import DiscountKind

graphql_enum(DiscountKind, "Type of a discount code.")

BY_CODE = Order(("code", "id"))
MOST_PRODUCTS = 1_000
MOST_CATEGORIES = 100
MOST_COUNTRIES = 250
NULLABLE = (
    "minimum", "usage_limit", "uses_per_customer", "products", "categories", "countries", "starts_at",
    "ends_at",
)  # fmt: skip


@strawberry.type(description="A discount code, for the lines or the shipping of an order.")
class Discount(Node):
    is_type_of = serves(models.Discount)

    code: str = doc("The code that the buyer enters, in uppercase.")
    kind: DiscountKind = doc("Type of the discount.")
    percent: Decimal | None = doc("Percentage off, for PERCENT; null for other kinds.")
    usage_limit: int | None = doc("Maximum number of orders that can use the code; null for no limit.")
    used: int = doc("Number of orders that use the code.")
    uses_per_customer: int | None = doc(
        "Maximum number of orders per customer, or per guest's email address, that can use the code; "
        "null for no limit."
    )
    countries: list[CountryCode] | None = doc(
        "For FREE_SHIPPING: destination countries of orders that can use the code. Null for all "
        "countries, and for other kinds."
    )
    starts_at: datetime | None = doc("Start of the validity period; null for no start.")
    ends_at: datetime | None = doc("End of the validity period; null for no end.")
    is_active: bool = doc("Whether the code can be used. Orders that already use it keep the discount.")

    @field(reach=AROUND_IT)
    async def channel(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Channel:
        """Channel in which the code is valid."""
        return await info.context.load(channels.channels_by_id, root.channel_id)

    @field()
    async def amount(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """Amount off, for AMOUNT; null for other kinds."""
        if root.amount_minor is None:
            return None
        channel = await info.context.load(channels.channels_by_id, root.channel_id)
        return money(root.amount_minor, channel.currency)

    @field()
    async def minimum(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """Minimum value of the eligible lines before discounts; null for no minimum."""
        if not root.minimum_minor:
            return None
        channel = await info.context.load(channels.channels_by_id, root.channel_id)
        return money(root.minimum_minor, channel.currency)

    @level_field(list[Product] | None, reach=OWN_SCOPE)
    async def products(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Eligible products, in addition to those in `categories`; null if none are listed. Without products
        and categories, all lines are eligible. Unpublished products are returned only to callers who can see
        them."""
        actor = info.context.actor
        return await _named(roots, "products", lambda ids: catalog.visible_products(ids, actor))

    @level_field(list[Category] | None, reach=EVERYBODYS)
    async def categories(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Eligible categories, including their subcategories; null if none are listed."""
        return await _named(roots, "categories", catalog.categories_by_id)


async def _named(roots: Sequence[Any], column: str, batch: Any) -> list[Any]:
    """The rows with the ids in a column of codes."""
    wanted = list(dict.fromkeys(id for root in roots for id in getattr(root, column) or ()))
    found = await batch([UUID(id) for id in wanted]) if wanted else []
    by_id = dict(zip(wanted, found, strict=True))
    return [
        None if getattr(root, column) is None else [by_id[id] for id in getattr(root, column) if by_id[id]]
        for root in roots
    ]


@strawberry.input(description="Input for creating a discount code.")
class DiscountCreateInput:
    channel: str = doc("Code of the channel.")
    code: str = doc("The code that the buyer enters; not case-sensitive.")
    kind: DiscountKind = doc("Type of the discount.")
    percent: Decimal | None = doc("Percentage off, for PERCENT: greater than 0, up to 100.", default=None)
    amount: MoneyInput | None = doc("Amount off, for AMOUNT, in the currency of the channel.", default=None)
    minimum: MoneyInput | None = doc(
        "Minimum value of the eligible lines before discounts, in the currency of the channel.", default=None
    )
    usage_limit: int | None = doc("Maximum number of orders that can use the code.", default=None)
    uses_per_customer: int | None = doc(
        "Maximum number of orders per customer that can use the code; guests are identified by email "
        "address.",
        default=None,
    )
    products: list[strawberry.ID] | None = doc(
        "Eligible products, in addition to those in `categories`; with neither, all lines are eligible.",
        most=MOST_PRODUCTS,
        default=None,
    )
    categories: list[str] | None = doc(
        "Slugs of the eligible categories; their subcategories are included.",
        most=MOST_CATEGORIES,
        default=None,
    )
    countries: list[CountryCode] | None = doc(
        "For FREE_SHIPPING: destination countries of orders that can use the code; all countries if omitted.",
        most=MOST_COUNTRIES,
        default=None,
    )
    starts_at: datetime | None = doc("Start of the validity period.", default=None)
    ends_at: datetime | None = doc("End of the validity period.", default=None)


@strawberry.input(description="Input for updating a discount code; omitted fields keep their values.")
class DiscountUpdateInput:
    id: strawberry.ID = doc("The discount code.")
    percent: Decimal | None = doc(
        "Percentage off, for PERCENT: greater than 0, up to 100.", default=strawberry.UNSET
    )
    amount: MoneyInput | None = doc(
        "Amount off, for AMOUNT, in the currency of the channel.", default=strawberry.UNSET
    )
    minimum: MoneyInput | None = doc(
        "Minimum value of the eligible lines before discounts, in the currency of the channel; null for no "
        "minimum.",
        default=strawberry.UNSET,
    )
    usage_limit: int | None = doc(
        "Maximum number of orders that can use the code; null for no limit.", default=strawberry.UNSET
    )
    uses_per_customer: int | None = doc(
        "Maximum number of orders per customer that can use the code, including existing orders; "
        "null for no limit.",
        default=strawberry.UNSET,
    )
    products: list[strawberry.ID] | None = doc(
        "Eligible products, replacing the current list; null for none.",
        most=MOST_PRODUCTS,
        default=strawberry.UNSET,
    )
    categories: list[str] | None = doc(
        "Slugs of the eligible categories, replacing the current list; null for none.",
        most=MOST_CATEGORIES,
        default=strawberry.UNSET,
    )
    countries: list[CountryCode] | None = doc(
        "For FREE_SHIPPING: destination countries of orders that can use the code; null for all countries.",
        most=MOST_COUNTRIES,
        default=strawberry.UNSET,
    )
    starts_at: datetime | None = doc(
        "Start of the validity period; null for no start.", default=strawberry.UNSET
    )
    ends_at: datetime | None = doc("End of the validity period; null for no end.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether the code can be used.", default=strawberry.UNSET)


@strawberry.input(description="Filter conditions for discount codes.")
class DiscountFilter:
    channel: list[str] | None = doc("Filter by channel code.", default=None)
    code: StringFilter | None = doc("Filter by code, in uppercase.", default=None)
    is_active: bool | None = doc("Filter by whether the code can be used.", default=None)
    ends_at: DateTimeFilter | None = doc("Filter by the end of the validity period.", default=None)


_conditions = conditions(DiscountFilter, models.Discount, channel=channels.in_channels)


def _product_ids(given: Sequence[strawberry.ID]) -> list[UUID]:
    return [row_id(id, "Product", "products", str(index)) for index, id in enumerate(given)]


@strawberry.type
class DiscountQuery:
    @query(MANAGE)
    async def discounts(
        self,
        info: strawberry.Info,
        filter: Annotated[DiscountFilter | None, arg("Filter conditions for discount codes.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Discount]:
        """Discount codes, sorted by code, including expired and deactivated codes."""
        rows = queries.discounts_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(BY_CODE, first, after, last, before))


@strawberry.type
class DiscountMutation:
    @mutation("DiscountUpdateResult", Discount, policy=MANAGE)
    async def discount_update(
        self, info: strawberry.Info, input: Annotated[DiscountUpdateInput, arg("The changes.")]
    ) -> models.Discount:
        """Update a discount code, or activate or deactivate it. Orders that already use it keep the discount
        as it was."""
        actor = info.context.actor
        id = row_id(input.id, "Discount", "id")
        changes = changes_of(input, nullable=NULLABLE, besides=("id",))
        if changes.get("products"):
            changes["products"] = _product_ids(changes["products"])
        if {"amount", "minimum"} & changes.keys():
            discount = await queries.discounts_visible_to(actor).get_or_none(id=id)
            if discount is None:
                raise refusals.NotFound.of("discount", "id")
            (channel,) = await channels.channels_by_id([discount.channel_id])
            assert channel is not None  # the foreign key guarantees that it exists
            for name in ("amount", "minimum"):
                if name in changes:
                    given = in_currency(changes.pop(name), channel.currency, name)
                    changes[f"{name}_minor"] = given if name == "amount" else given or 0
        return await service.update_discount(actor, id, changes)

    @mutation("DiscountCreateResult", Discount, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def discount_create(
        self, info: strawberry.Info, input: Annotated[DiscountCreateInput, arg("The new discount code.")]
    ) -> models.Discount:
        """Create a discount code in a channel."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        return await service.create_discount(
            actor,
            channel,
            code=input.code,
            kind=input.kind,
            percent=input.percent,
            amount_minor=in_currency(input.amount, channel.currency, "amount"),
            minimum_minor=in_currency(input.minimum, channel.currency, "minimum") or 0,
            usage_limit=input.usage_limit,
            uses_per_customer=input.uses_per_customer,
            products=None if input.products is None else _product_ids(input.products),
            categories=input.categories,
            countries=input.countries,
            starts_at=input.starts_at,
            ends_at=input.ends_at,
        )
