"""The nouns of the channels."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import models, queries
from app.channels.calendar import MONDAY_TO_FRIDAY
from app.channels.lifecycle import ChannelKind, FreeFromBasis, ShippingTax, TaxRounding
from app.core.graphql.empty import none_if_empty
from app.core.graphql.node import Node
from app.core.graphql.policy import field, needs
from app.core.graphql.scalars import CountryCode, CurrencyCode, Money, arg, doc, graphql_enum, money, serves
from app.core.weekdays import Weekday

graphql_enum(ChannelKind, "What kind of place a channel is.")
graphql_enum(TaxRounding, "Where tax is rounded to the currency's smallest unit.")
graphql_enum(ShippingTax, "At which rates shipping is taxed.")
graphql_enum(FreeFromBasis, "Which worth of the lines makes shipping free.")

MANAGE = needs(Permission.CHANNELS_MANAGE)
MANAGE_ALL = needs(Permission.CHANNELS_MANAGE, everywhere=True)  # what belongs to every channel
_MANAGES_IT = needs(Permission.CHANNELS_MANAGE, channel="id")


@strawberry.type(description="A way to send an order.")
class ShippingMethod:
    is_type_of = serves(models.ShippingMethod)

    code: str = doc("Its code, for `OrderPlaceInput.shippingMethod`.")
    name: str = doc("What the buyer is shown.")
    transit_days: int = doc("Working days from leaving the location to arriving.")
    tax_mode: ShippingTax = doc("At which rates it is taxed.")
    tax_class: str = doc("The tax class whose rate it has, where `taxMode` is CLASS.")
    free_from_basis: FreeFromBasis = doc("Which worth of the lines makes it free; see `freeFrom`.")
    countries: list[CountryCode] | None = doc("Where it goes (ISO 3166-1); null: everywhere.")
    is_active: bool = doc("Whether it is offered.")

    @field()
    async def price(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money:
        """What it costs, in the channel's currency."""
        channel = await info.context.load(queries.channels_by_id, root.channel_id)
        return money(root.price_minor, channel.currency)

    @field()
    async def free_from(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """Lines worth this much ship free; null: it always costs."""
        if root.free_from_minor is None:
            return None
        channel = await info.context.load(queries.channels_by_id, root.channel_id)
        return money(root.free_from_minor, channel.currency)


@strawberry.type(description="A place where the company sells, with its currency and terms.")
class Channel(Node):
    is_type_of = serves(models.Channel)

    code: str = doc("Its short name, unique; never changes.")
    name: str = doc("What people call it.")
    kind: ChannelKind = doc("What kind of place it is.")
    currency: CurrencyCode = doc("The currency of every price and order in it; never changes.")
    prices_include_tax: bool = doc("Whether prices are shown with the tax in them.")
    tax_rounding: TaxRounding = doc("Where the tax of its orders is rounded; orders keep what it was.")
    default_country: CountryCode = doc("Whose tax applies before an address is known (ISO 3166-1).")
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
    handling_days: int = doc("Working days from order to leaving the location.")
    reservation_minutes: int | None = doc(
        "How long a draft keeps its stock; null: as long as the deployment's setting says."
    )
    time_zone: str = doc("The IANA time zone whose day counts for promises, prices and tax rates.")
    website_url: str | None = doc("The shop, which the tracking page links to; null: no link.")
    support_url: str | None = doc("Where buyers find help, which the tracking page links to; null: no link.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")

    @field()
    def working_days(self, root: strawberry.Parent[Any]) -> list[Weekday]:
        """The days of the week on which orders are worked on and carried."""
        return [Weekday(str(day)) for day in root.working_days or MONDAY_TO_FRIDAY]

    @field()
    def holidays(self, root: strawberry.Parent[Any]) -> list[date]:
        """Days on which nobody works, in order."""
        return [date.fromisoformat(day) for day in root.holidays or ()]

    @field(_MANAGES_IT)
    async def countries_without_tax_rate(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[CountryCode] | None:
        """Countries it sells to in which no tax rate is in force today, so that nothing is taxed there.

        Looked at are its default country and those that its shipping methods name; null for whoever may not
        manage this channel.
        """
        return await info.context.load(queries.untaxed_countries_by_channel, root.id)

    @field()
    async def shipping_methods(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        include_inactive: Annotated[
            bool, arg("Also those that are not offered any more; for who may manage this channel.")
        ] = False,
    ) -> list[ShippingMethod]:
        """The ways to send an order, the cheapest first."""
        if include_inactive and _MANAGES_IT.shows(info.context.actor, root):
            return await info.context.load(queries.all_methods_by_channel, root.id)
        return await info.context.load(queries.methods_by_channel, root.id)


@strawberry.type(description="The rate of a tax class in a country, or in one region of it.")
class TaxRate(Node):
    is_type_of = serves(models.TaxRate)

    country: CountryCode = doc("ISO 3166-1 code.")
    region: str | None = none_if_empty("The region that it is for; null for the whole country.")
    tax_class: str = doc("The class of goods or services.")
    name: str = doc("The tax's name on the invoice.")
    rate: Decimal = doc("The rate as a fraction: 0.2 is twenty percent.")
    valid_until: date | None = doc("The last day on which it applies; null: until a later one begins.")

    @field()
    def valid_from(self, root: strawberry.Parent[Any]) -> date | None:
        """The first day on which it applies, in the time zone of the order's channel; null: since ever."""
        return None if root.valid_from == date.min else root.valid_from


@strawberry.type(description="What is taxed alike.")
class TaxClass:
    code: str = doc("Its short name, as products and shipping methods say it.")
    name: str = doc("What people call it.")
    is_built_in: bool = doc("Whether it is always there, rather than added.")
