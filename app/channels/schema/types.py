"""The nouns of the channels."""

from decimal import Decimal
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.channels import models, queries
from app.channels.lifecycle import ChannelKind, DiscountKind
from app.core.graphql.node import Node
from app.core.graphql.policy import field, needs
from app.core.graphql.scalars import CurrencyCode, Money, doc, graphql_enum, money, serves

graphql_enum(ChannelKind, "What kind of place a channel is.")
graphql_enum(DiscountKind, "How a discount code reckons.")

MANAGE = needs(Permission.CHANNELS_MANAGE)


@strawberry.type(description="A way to send an order.")
class ShippingMethod:
    is_type_of = serves(models.ShippingMethod)

    code: str = doc("Its code, for `OrderPlaceInput.shippingMethod`.")
    name: str = doc("What the buyer is shown.")
    transit_days: int = doc("Working days from leaving the location to arriving.")

    @field()
    async def price(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money:
        """What it costs, in the channel's currency."""
        channel = await info.context.load(queries.channels_by_id, root.channel_id)
        return money(root.price_minor, channel.currency)


@strawberry.type(description="A place where the company sells, with its currency and terms.")
class Channel(Node):
    is_type_of = serves(models.Channel)

    code: str = doc("Its short name, unique; never changes.")
    name: str = doc("What people call it.")
    kind: ChannelKind = doc("What kind of place it is.")
    currency: CurrencyCode = doc("The currency of every price and order in it; never changes.")
    prices_include_tax: bool = doc("Whether prices are shown with the tax in them.")
    default_country: str = doc("Whose tax applies before an address is known (ISO 3166-1).")
    is_active: bool = doc("Whether it takes orders.")
    is_public: bool = doc("Whether visitors without credentials may browse it and order.")
    number_prefix: str = doc("What its order numbers begin with.")
    confirms_at_once: bool = doc("Whether an order that nothing holds is confirmed as it is placed.")
    cancel_minutes: int | None = doc(
        "How long a customer may cancel an order without asking; null: until the warehouse begins."
    )
    guest_order_days: int = doc(
        "For how many days after it was placed a guest can read an order with its `accessToken`."
    )
    version: int = doc("Goes up with each change; see `expectedVersion`.")

    @field()
    async def shipping_methods(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[ShippingMethod]:
        """The ways to send an order, the cheapest first."""
        return await info.context.load(queries.methods_by_channel, root.id)


@strawberry.type(description="The rate of a tax class in a country, or in one region of it.")
class TaxRate(Node):
    is_type_of = serves(models.TaxRate)

    country: str = doc("ISO 3166-1 code.")
    region: str = doc("The region that it is for; empty for the whole country.")
    tax_class: str = doc("The class of goods or services.")
    name: str = doc("The tax's name on the invoice.")
    rate: Decimal = doc("The rate as a fraction: 0.2 is twenty percent.")


@strawberry.type(description="A code that takes something off an order's lines.")
class Discount(Node):
    is_type_of = serves(models.Discount)

    code: str = doc("What the buyer types, in capitals.")
    kind: DiscountKind = doc("How it reckons.")
    percent: Decimal | None = doc("The percentage, for PERCENT.")
    usage_limit: int | None = doc("How many orders may use it; null for no limit.")
    used: int = doc("How many orders use it.")
