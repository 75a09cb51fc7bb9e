"""Shipping methods through the graph."""

from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import queries, service
from app.channels.lifecycle import FreeFromBasis, ShippingTax
from app.channels.schema.amounts import in_currency
from app.channels.schema.types import MANAGE, ShippingMethod
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import CountryCode, MoneyInput, arg, doc


@strawberry.input(
    description="A shipping method to add or change, found by its code. What is left out stays as it is, "
    "null takes away what can be empty; a new one needs a name and a price."
)
class ShippingMethodSetInput:
    channel: str = doc("The channel's code.")
    code: str = doc("The method's code.")
    name: str | None = doc("What the buyer is shown.", default=strawberry.UNSET)
    price: MoneyInput | None = doc("What it costs, in the channel's currency.", default=strawberry.UNSET)
    free_from: MoneyInput | None = doc(
        "Lines worth this much ship free; null: it always costs.", default=strawberry.UNSET
    )
    free_from_basis: FreeFromBasis | None = doc(
        "Which worth `freeFrom` is compared with; BEFORE_DISCOUNT for a new one.", default=strawberry.UNSET
    )
    tax_mode: ShippingTax | None = doc(
        "At which rates it is taxed; CLASS for a new one.", default=strawberry.UNSET
    )
    tax_class: str | None = doc(
        "The tax class whose rate it has with CLASS; `standard` for a new one.", default=strawberry.UNSET
    )
    transit_days: int | None = doc(
        "Working days from leaving to arriving; 2 for a new one.", default=strawberry.UNSET
    )
    countries: list[CountryCode] | None = doc(
        "Where it goes (ISO 3166-1); null: everywhere.", default=strawberry.UNSET
    )
    is_active: bool | None = doc(
        "Whether it is offered. Orders that were placed keep one that is not any more.",
        default=strawberry.UNSET,
    )


@strawberry.type
class ShippingMutation:
    @mutation("ShippingMethodSetResult", ShippingMethod, policy=MANAGE)
    async def shipping_method_set(
        self, info: strawberry.Info, input: Annotated[ShippingMethodSetInput, arg("The method.")]
    ) -> Any:
        """Add or change a channel's shipping method, or switch it off and on."""
        actor = info.context.actor
        channel = await queries.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        said = changes_of(input, nullable=("free_from", "countries"), besides=("channel", "code"))
        for name in ("price", "free_from"):
            if name in said:
                said[f"{name}_minor"] = in_currency(said.pop(name), channel.currency, name)
        return await service.set_shipping_method(actor, channel, code=input.code, **said)
