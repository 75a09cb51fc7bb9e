"""Price list and price queries and mutations."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.catalog import models, queries
from app.catalog.schema.terms import MANAGE, SEES_ALL, Policy
from app.catalog.schema.types import Price, PriceList
from app.catalog.service import pricing
from app.channels import queries as channels
from app.channels.schema import MANAGE as MANAGE_CHANNELS
from app.core import refusals
from app.core.bulk import ErrorPolicy, RowStatus, Written, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.changes import changes_of
from app.core.graphql.conditions import conditions
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter, IntFilter
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import query
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.pagination import Order, PageArgs
from app.core.problems import ProblemCode
from app.core.uow import UnitOfWork

MOST_CHOICES = 100
_BY_ID = Order(("id",))
_BY_CREATION = Order(("created_at", "id"))


@strawberry.input(description="Input for creating a price list.")
class PriceListCreateInput:
    channel: str = doc("Code of the channel; the price list uses its currency.")
    code: str = doc("Unique short code.")
    name: str = doc("Display name.")
    priority: int = doc(
        "Priority of the price list; if several lists apply, the one with the highest priority is used.",
        default=0,
    )


@strawberry.input(description="A price in a bulk mutation.")
class PriceRowInput:
    sku: str = doc("SKU of the variant.")
    amount: Decimal = doc("Unit price in the currency of the price list.")
    min_quantity: int = doc("Minimum quantity for the price.", default=1)
    starts_at: datetime | None = doc("Start of the validity period; null for no start.", default=None)
    ends_at: datetime | None = doc("End of the validity period, exclusive; null for no end.", default=None)


@strawberry.input(description="Input for setting prices of one price list.")
class PriceBulkSetInput:
    price_list: str = doc("Code of the price list.")
    rows: list[PriceRowInput] = doc(
        "1 to 1,000 prices, each identified by SKU, `minQuantity`, `startsAt` and `endsAt`. A price "
        "for a limited time is stored alongside the permanent price."
    )


@strawberry.input(description="Input for updating a price list; omitted fields keep their values.")
class PriceListUpdateInput:
    id: strawberry.ID = doc("The price list.")
    name: str | None = doc("Display name.", default=strawberry.UNSET)
    priority: int | None = doc(
        "Priority of the price list; if several lists apply, the one with the highest priority is used.",
        default=strawberry.UNSET,
    )
    is_active: bool | None = doc("Whether the prices of the list are in effect.", default=strawberry.UNSET)


@strawberry.input(description="Filter conditions for prices.")
class PriceFilter:
    price_list: list[str] | None = doc("Filter by price list code.", default=None)
    sku: list[str] | None = doc("Filter by SKU.", default=None)
    min_quantity: IntFilter | None = doc("Filter by minimum quantity.", default=None)
    starts_at: DateTimeFilter | None = doc("Filter by the start of the validity period.", default=None)
    ends_at: DateTimeFilter | None = doc("Filter by the end of the validity period.", default=None)


def _chosen(name: str, choose: Callable[[list[str]], Q], given: list[str]) -> Q:
    """The condition of a field with a list of codes.

    Raises:
        Invalid: the list is too long.
    """
    if len(given) > MOST_CHOICES:
        raise refusals.Invalid(
            f"List at most {MOST_CHOICES} values.",
            "filter",
            name,
            code=ProblemCode.TOO_MANY,
            maximum=MOST_CHOICES,
        )
    return choose(given)


_conditions = conditions(
    PriceFilter,
    models.Price,
    price_list=partial(_chosen, "price_list", queries.prices_of_lists),
    sku=partial(_chosen, "sku", queries.prices_of_skus),
)


@strawberry.type
class PriceQuery:
    @query(SEES_ALL)
    async def prices(
        self,
        info: strawberry.Info,
        filter: Annotated[PriceFilter | None, arg("Filter conditions for prices.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Price]:
        """Prices of the channels that the caller can manage, including past and future prices, in order of
        creation."""
        rows = queries.prices(info.context.actor, Permission.CATALOG_VIEW_ALL)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_BY_ID, first, after, last, before))

    @query(MANAGE_CHANNELS)
    async def price_lists(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PriceList]:
        """Price lists of the channels that the caller can manage, oldest first."""
        rows = queries.price_lists(info.context.actor, Permission.CHANNELS_MANAGE)
        return await connection(rows, PageArgs(_BY_CREATION, first, after, last, before))


@strawberry.type
class PriceMutation:
    @mutation("PriceListUpdateResult", PriceList, policy=MANAGE)
    async def price_list_update(
        self, info: strawberry.Info, input: Annotated[PriceListUpdateInput, arg("The changes.")]
    ) -> models.PriceList:
        """Update a price list, or activate or deactivate it."""
        id = row_id(input.id, "PriceList", "id")
        return await pricing.update_price_list(info.context.actor, id, changes_of(input, besides=("id",)))

    @mutation("PriceBulkDeleteResult", BulkResult, policy=MANAGE)
    async def price_bulk_delete(
        self,
        info: strawberry.Info,
        ids: Annotated[list[strawberry.ID], arg("1 to 1,000 prices.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> BulkResult:
        """Delete prices from their price lists. Existing orders keep their prices."""

        async def delete(uow: UnitOfWork, id: strawberry.ID) -> Written:
            return RowStatus.DELETED, await pricing.delete_price(uow, row_id(id, "Price", "id"))

        return bulk_result(await write_rows(info.context.actor, ids, delete, error_policy, "ids"), "Price")

    @mutation("PriceListCreateResult", PriceList, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def price_list_create(
        self, info: strawberry.Info, input: Annotated[PriceListCreateInput, arg("The new price list.")]
    ) -> models.PriceList:
        """Create a price list in a channel."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.CATALOG_MANAGE, "channel")
        return await pricing.create_price_list(
            actor, channel, code=input.code, name=input.name, priority=input.priority
        )

    @mutation("PriceBulkSetResult", BulkResult, policy=MANAGE)
    async def price_bulk_set(
        self,
        info: strawberry.Info,
        input: Annotated[PriceBulkSetInput, arg("Price list and prices.")],
        error_policy: Policy = ErrorPolicy.REJECT_FAILED,
    ) -> BulkResult:
        """Set many prices of one price list."""
        actor = info.context.actor
        price_list = await queries.price_list(input.price_list)
        if price_list is None or not actor.scope_of(Permission.CATALOG_MANAGE).covers(price_list.channel_id):
            raise refusals.NotFound.of("price list", "price_list")

        async def write(uow: UnitOfWork, row: PriceRowInput) -> Written:
            amount = MoneyValue.of(row.amount, price_list.currency, "amount")
            return await pricing.set_price(
                uow,
                price_list,
                sku=row.sku,
                amount_minor=amount.minor,
                min_quantity=row.min_quantity,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )

        return bulk_result(await write_rows(actor, input.rows, write, error_policy, "rows"), "Price")
