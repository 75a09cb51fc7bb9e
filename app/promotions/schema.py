"""Discount codes through the graph."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Category, Product
from app.channels import queries as channels
from app.channels.schema import MANAGE, Channel
from app.channels.schema.amounts import in_currency
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter, StringFilter, range_q, string_q
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, EVERYBODYS, OWN_SCOPE, field, query
from app.core.graphql.scalars import CountryCode, Money, MoneyInput, arg, doc, graphql_enum, money, serves
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.promotions import models, queries, service
from app.promotions.lifecycle import DiscountKind

graphql_enum(DiscountKind, "How a discount code reckons.")

BY_CODE = Order(("code", "id"))
MOST_PRODUCTS = 1_000
MOST_CATEGORIES = 100
MOST_COUNTRIES = 250
NULLABLE = (
    "minimum", "usage_limit", "uses_per_customer", "products", "categories", "countries", "starts_at",
    "ends_at",
)  # fmt: skip


@strawberry.type(description="A code that takes something off an order: off its lines, or off its shipping.")
class Discount(Node):
    is_type_of = serves(models.Discount)

    code: str = doc("What the buyer types, in capitals.")
    kind: DiscountKind = doc("How it reckons.")
    percent: Decimal | None = doc("The percentage, for PERCENT.")
    usage_limit: int | None = doc("How many orders may use it; null for no limit.")
    used: int = doc("How many orders use it.")
    uses_per_customer: int | None = doc(
        "How many orders of one customer, or of one guest's e-mail address, may use it; null for no limit."
    )
    countries: list[CountryCode] | None = doc(
        "For FREE_SHIPPING: to where orders may go that use it; null: everywhere, and for other kinds."
    )
    starts_at: datetime | None = doc("From when it is good; null: no start.")
    ends_at: datetime | None = doc("Until when it is good; null: no end.")
    is_active: bool = doc("Whether it can be used. Orders that took it before keep it.")

    @field(reach=AROUND_IT)
    async def channel(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Channel:
        """The channel where it is good."""
        return await info.context.load(channels.channels_by_id, root.channel_id)

    @field()
    async def amount(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """How much it takes off, for AMOUNT."""
        if root.amount_minor is None:
            return None
        channel = await info.context.load(channels.channels_by_id, root.channel_id)
        return money(root.amount_minor, channel.currency)

    @field()
    async def minimum(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """The least that the lines that it is for must be worth before discounts; null: nothing."""
        if not root.minimum_minor:
            return None
        channel = await info.context.load(channels.channels_by_id, root.channel_id)
        return money(root.minimum_minor, channel.currency)

    @level_field(list[Product] | None, reach=OWN_SCOPE)
    async def products(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The products that it is for, beside those of `categories`; null where it names none. Without either
        it is for every line. Those that are not published are for whoever may see them."""
        actor = info.context.actor
        return await _named(roots, "products", lambda ids: catalog.visible_products(ids, actor))

    @level_field(list[Category] | None, reach=EVERYBODYS)
    async def categories(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The categories that it is for, with those in them; null where it names none."""
        return await _named(roots, "categories", catalog.categories_by_id)


async def _named(roots: Sequence[Any], column: str, batch: Any) -> list[Any]:
    """The rows that the ids in a column of codes name."""
    wanted = list(dict.fromkeys(id for root in roots for id in getattr(root, column) or ()))
    found = await batch([UUID(id) for id in wanted]) if wanted else []
    by_id = dict(zip(wanted, found, strict=True))
    return [
        None if getattr(root, column) is None else [by_id[id] for id in getattr(root, column) if by_id[id]]
        for root in roots
    ]


@strawberry.input(description="A new discount code.")
class DiscountCreateInput:
    channel: str = doc("The channel's code.")
    code: str = doc("What the buyer types; capitals and small letters are the same.")
    kind: DiscountKind = doc("How it reckons.")
    percent: Decimal | None = doc("For PERCENT: above 0, at most 100.", default=None)
    amount: MoneyInput | None = doc("For AMOUNT: how much, in the channel's currency.", default=None)
    minimum: MoneyInput | None = doc("The least that the lines that it is for must be worth.", default=None)
    usage_limit: int | None = doc("How many orders may use it.", default=None)
    uses_per_customer: int | None = doc(
        "How many orders of one customer may use it; guests are known by their e-mail address.", default=None
    )
    products: list[strawberry.ID] | None = doc(
        "Only for lines of these products, and of `categories`; with neither it is for every line.",
        most=MOST_PRODUCTS,
        default=None,
    )
    categories: list[str] | None = doc(
        "Only for lines of products in the categories with these slugs, or in those below them.",
        most=MOST_CATEGORIES,
        default=None,
    )
    countries: list[CountryCode] | None = doc(
        "For FREE_SHIPPING: only for orders that go to one of these; left out: everywhere.",
        most=MOST_COUNTRIES,
        default=None,
    )
    starts_at: datetime | None = doc("From when it is good.", default=None)
    ends_at: datetime | None = doc("Until when it is good.", default=None)


@strawberry.input(description="Changes of a discount code; what is left out stays.")
class DiscountUpdateInput:
    id: strawberry.ID = doc("The discount code.")
    percent: Decimal | None = doc("For PERCENT: above 0, at most 100.", default=strawberry.UNSET)
    amount: MoneyInput | None = doc(
        "For AMOUNT: how much, in the channel's currency.", default=strawberry.UNSET
    )
    minimum: MoneyInput | None = doc(
        "The least that the lines that it is for must be worth; null: nothing.", default=strawberry.UNSET
    )
    usage_limit: int | None = doc("How many orders may use it; null: no limit.", default=strawberry.UNSET)
    uses_per_customer: int | None = doc(
        "How many orders of one customer may use it, those that do already among them; null: no limit.",
        default=strawberry.UNSET,
    )
    products: list[strawberry.ID] | None = doc(
        "The products that it is for, instead of those before; null: none by name.",
        most=MOST_PRODUCTS,
        default=strawberry.UNSET,
    )
    categories: list[str] | None = doc(
        "The slugs of the categories that it is for, instead of those before; null: none by name.",
        most=MOST_CATEGORIES,
        default=strawberry.UNSET,
    )
    countries: list[CountryCode] | None = doc(
        "For FREE_SHIPPING: to where orders may go that use it; null: everywhere.",
        most=MOST_COUNTRIES,
        default=strawberry.UNSET,
    )
    starts_at: datetime | None = doc("From when it is good; null: no start.", default=strawberry.UNSET)
    ends_at: datetime | None = doc("Until when it is good; null: no end.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether it can be used.", default=strawberry.UNSET)


@strawberry.input(description="Which discount codes.")
class DiscountFilter:
    channel: list[str] | None = doc("Of the channel with one of these codes.", default=None)
    code: StringFilter | None = doc("By the code, in capitals.", default=None)
    is_active: bool | None = doc("Only those that can be used, or only those switched off.", default=None)
    ends_at: DateTimeFilter | None = doc("By until when they are good.", default=None)


def _conditions(given: DiscountFilter) -> Q:
    q = string_q("code", given.code) & range_q("ends_at", given.ends_at)
    if given.channel is not None:
        q &= channels.in_channels(given.channel)
    if given.is_active is not None:
        q &= Q(is_active=given.is_active)
    return q


def _product_ids(given: Sequence[strawberry.ID]) -> list[UUID]:
    return [row_id(id, "Product", "products", str(index)) for index, id in enumerate(given)]


@strawberry.type
class DiscountQuery:
    @query(MANAGE)
    async def discounts(
        self,
        info: strawberry.Info,
        filter: Annotated[DiscountFilter | None, arg("Which codes.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Discount]:
        """The discount codes, by code, those that are over or switched off too."""
        rows = queries.discounts_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(BY_CODE, first, after, last, before))


@strawberry.type
class DiscountMutation:
    @mutation("DiscountUpdateResult", Discount, policy=MANAGE)
    async def discount_update(
        self, info: strawberry.Info, input: Annotated[DiscountUpdateInput, arg("The changes.")]
    ) -> Any:
        """Change a discount code, or switch it off and on. Orders that took it keep it as it was."""
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
            assert channel is not None  # the database keeps it as long as it has codes
            for name in ("amount", "minimum"):
                if name in changes:
                    given = in_currency(changes.pop(name), channel.currency, name)
                    changes[f"{name}_minor"] = given if name == "amount" else given or 0
        return await service.update_discount(actor, id, changes)

    @mutation("DiscountCreateResult", Discount, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def discount_create(
        self, info: strawberry.Info, input: Annotated[DiscountCreateInput, arg("The new code.")]
    ) -> Any:
        """Add a discount code to a channel."""
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
