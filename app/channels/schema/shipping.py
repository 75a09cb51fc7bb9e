"""Shipping methods through the graph."""

from typing import Annotated, Any

import strawberry

from app.channels import queries, service
from app.channels.schema.amounts import in_currency
from app.channels.schema.types import MANAGE, ShippingMethod
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import MoneyInput, arg, doc


@strawberry.input(description="A shipping method to add or change, found by its code.")
class ShippingMethodSetInput:
    channel: str = doc("The channel's code.")
    code: str = doc("The method's code.")
    name: str = doc("What the buyer is shown.")
    price: MoneyInput = doc("What it costs, in the channel's currency.")
    free_from: MoneyInput | None = doc("Lines worth this much ship free.", default=None)
    transit_days: int = doc("Working days from leaving to arriving.", default=2)
    countries: list[str] | None = doc("Where it goes (ISO 3166-1); null: everywhere.", default=None)
    is_active: bool = doc("Whether it is offered.", default=True)


@strawberry.type
class ShippingMutation:
    @mutation("ShippingMethodSetResult", ShippingMethod, policy=MANAGE)
    async def shipping_method_set(
        self, info: strawberry.Info, input: Annotated[ShippingMethodSetInput, arg("The method.")]
    ) -> Any:
        """Add or change a channel's shipping method."""
        actor = info.context.actor
        channel = await queries.by_code(input.channel, actor, "channel")
        price = in_currency(input.price, channel.currency, "price")
        assert price is not None
        return await service.set_shipping_method(
            actor,
            channel,
            code=input.code,
            name=input.name,
            price_minor=price,
            free_from_minor=in_currency(input.free_from, channel.currency, "free_from"),
            transit_days=input.transit_days,
            countries=input.countries,
            is_active=input.is_active,
        )
