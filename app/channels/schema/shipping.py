"""Shipping method mutations."""

from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.channels import models, queries, service
from app.channels.lifecycle import FreeFromBasis, ShippingTax
from app.channels.schema.amounts import in_currency
from app.channels.schema.types import MANAGE, ShippingMethod
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import CountryCode, MoneyInput, arg, doc


@strawberry.input(
    description="Input for creating or updating a shipping method, identified by its code. Omitted "
    "fields keep their values; null clears optional fields. A new shipping method "
    "needs a name and a price."
)
class ShippingMethodSetInput:
    channel: str = doc("Code of the channel.")
    code: str = doc("Code of the shipping method.")
    name: str | None = doc("Name shown to buyers.", default=strawberry.UNSET)
    price: MoneyInput | None = doc("Price in the currency of the channel.", default=strawberry.UNSET)
    free_from: MoneyInput | None = doc(
        "Value of the lines, in the currency of the channel, from which shipping is free; null for never.",
        default=strawberry.UNSET,
    )
    free_from_basis: FreeFromBasis | None = doc(
        "Value of the lines that is compared with `freeFrom`; BEFORE_DISCOUNT for a new shipping method.",
        default=strawberry.UNSET,
    )
    tax_mode: ShippingTax | None = doc(
        "How shipping costs are taxed; CLASS for a new shipping method.", default=strawberry.UNSET
    )
    tax_class: str | None = doc(
        "Tax class whose rate applies if `taxMode` is CLASS; `standard` for a new shipping method.",
        default=strawberry.UNSET,
    )
    transit_days: int | None = doc(
        "Transit time in working days; 2 for a new shipping method.", default=strawberry.UNSET
    )
    countries: list[CountryCode] | None = doc(
        "Destination countries (ISO 3166-1); null for all countries.", default=strawberry.UNSET
    )
    is_active: bool | None = doc(
        "Whether the shipping method is offered. Orders already placed keep a method that is no "
        "longer offered.",
        default=strawberry.UNSET,
    )


@strawberry.type
class ShippingMutation:
    @mutation("ShippingMethodSetResult", ShippingMethod, policy=MANAGE)
    async def shipping_method_set(
        self, info: strawberry.Info, input: Annotated[ShippingMethodSetInput, arg("The shipping method.")]
    ) -> models.ShippingMethod:
        """Create or update a shipping method of a channel, or activate or deactivate it."""
        actor = info.context.actor
        channel = await queries.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        changes = changes_of(input, nullable=("free_from", "countries"), besides=("channel", "code"))
        for name in ("price", "free_from"):
            if name in changes:
                changes[f"{name}_minor"] = in_currency(changes.pop(name), channel.currency, name)
        return await service.set_shipping_method(actor, channel, code=input.code, **changes)
