"""Price lists and prices through the graph."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.catalog import queries, service
from app.catalog.schema.terms import MANAGE, Policy
from app.catalog.schema.types import PriceList
from app.channels import queries as channels
from app.core import refusals
from app.core.bulk import ErrorPolicy, write_rows
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import arg, doc
from app.core.money import Money as MoneyValue


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
class PriceMutation:
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
