"""GraphQL types of channels."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import models, queries
from app.channels.calendar import MONDAY_TO_FRIDAY
from app.channels.lifecycle import (
    CaptureRule,
    CartMerge,
    ChannelKind,
    FreeFromBasis,
    RefundOrder,
    ShippingTax,
    TaxRounding,
)
from app.core.graphql.empty import none_if_empty
from app.core.graphql.node import Node
from app.core.graphql.policy import field, needs
from app.core.graphql.scalars import CountryCode, CurrencyCode, Money, arg, doc, graphql_enum, money, serves
from app.core.weekdays import Weekday

graphql_enum(ChannelKind, "Type of channel.")
graphql_enum(CartMerge, "Rule for a second cart of a customer who signs in.")
graphql_enum(RefundOrder, "Order in which a refund is distributed over the payments of an order.")
graphql_enum(CaptureRule, "When the payments of an order by payment gateways are captured.")
graphql_enum(TaxRounding, "Level at which tax is rounded to the smallest unit of the currency.")
graphql_enum(ShippingTax, "How shipping costs are taxed.")
graphql_enum(FreeFromBasis, "Order value that is compared with the free shipping threshold.")

MANAGE = needs(Permission.CHANNELS_MANAGE)
MANAGE_ALL = needs(Permission.CHANNELS_MANAGE, everywhere=True)  # for what belongs to all channels
_MANAGES_IT = needs(Permission.CHANNELS_MANAGE, channel="id")


@strawberry.type(description="A shipping method.")
class ShippingMethod:
    is_type_of = serves(models.ShippingMethod)

    code: str = doc("Code of the shipping method, for `OrderPlaceInput.shippingMethod`.")
    name: str = doc("Name shown to buyers.")
    transit_days: int = doc("Transit time in working days.")
    tax_mode: ShippingTax = doc("How shipping costs are taxed.")
    tax_class: str = doc("Tax class whose rate applies if `taxMode` is CLASS.")
    free_from_basis: FreeFromBasis = doc("Value of the lines that is compared with `freeFrom`.")
    countries: list[CountryCode] | None = doc("Destination countries (ISO 3166-1); null for all countries.")
    is_active: bool = doc("Whether the shipping method is offered.")

    @field()
    async def price(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money:
        """Price in the currency of the channel."""
        channel = await info.context.load(queries.channels_by_id, root.channel_id)
        return money(root.price_minor, channel.currency)

    @field()
    async def free_from(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """Value of the lines from which shipping is free; null if shipping is never free."""
        if root.free_from_minor is None:
            return None
        channel = await info.context.load(queries.channels_by_id, root.channel_id)
        return money(root.free_from_minor, channel.currency)


@strawberry.type(description="A sales channel with its own currency and terms.")
class Channel(Node):
    is_type_of = serves(models.Channel)

    code: str = doc("Unique short code; cannot be changed.")
    name: str = doc("Display name.")
    kind: ChannelKind = doc("Type of channel.")
    currency: CurrencyCode = doc("Currency of all prices and orders in the channel; cannot be changed.")
    prices_include_tax: bool = doc("Whether prices include tax.")
    tax_rounding: TaxRounding = doc(
        "Level at which the tax of the channel's orders is rounded; existing orders keep their setting."
    )
    default_country: CountryCode = doc(
        "Country whose tax rates apply until an address is known (ISO 3166-1)."
    )
    is_active: bool = doc("Whether the channel accepts orders.")
    is_public: bool = doc("Whether unauthenticated visitors can browse the channel and place orders.")
    number_prefix: str = doc("Prefix of the channel's order numbers.")
    confirms_at_once: bool = doc(
        "Whether orders without holds are confirmed automatically when they are placed."
    )
    cancel_minutes: int | None = doc(
        "Number of minutes after placement during which a customer can cancel an order without a "
        "request, as long as the warehouse has not started work; null for no time limit."
    )
    payment_minutes: int | None = doc(
        "Number of minutes after placement after which an order that is neither paid nor authorized is "
        "cancelled, unless it was released to a location; null for no limit."
    )
    refund_order: RefundOrder = doc(
        "Which payments of an order a refund is taken from, unless the request says otherwise."
    )
    capture: CaptureRule = doc(
        "When the payments of an order by payment gateways are captured; orders that were placed before keep "
        "their setting (`Order.captureRule`)."
    )
    guest_order_days: int = doc(
        "Number of days after placement during which a guest can read an order with its `accessToken`."
    )
    cart_merge: CartMerge = doc(
        "What `orderDraftMerge` does if the customer who signed in has another cart in the channel."
    )
    handling_days: int = doc(
        "Handling time in working days, from the order to its departure from the location."
    )
    reservation_minutes: int | None = doc(
        "Number of minutes for which a draft order reserves stock; null for the default of the deployment."
    )
    time_zone: str = doc(
        "IANA time zone that determines the current date for promises, prices and tax rates."
    )
    website_url: str | None = doc("URL of the shop, linked from the tracking page; null for no link.")
    support_url: str | None = doc("URL of the support page, linked from the tracking page; null for no link.")
    default_language: str = doc(
        "Language of orders without a `language`, and of messages about them (BCP 47)."
    )
    languages: list[str] | None = doc(
        "Languages of messages to buyers, in addition to the default language (BCP 47); null for "
        "every language that has templates."
    )
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )

    @field()
    def working_days(self, root: strawberry.Parent[Any]) -> list[Weekday]:
        """Days of the week on which orders are processed and transported."""
        return [Weekday(str(day)) for day in root.working_days or MONDAY_TO_FRIDAY]

    @field()
    def holidays(self, root: strawberry.Parent[Any]) -> list[date]:
        """Dates without order processing, in ascending order."""
        return [date.fromisoformat(day) for day in root.holidays or ()]

    @field(_MANAGES_IT)
    async def countries_without_tax_rate(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[CountryCode] | None:
        """Countries the channel sells to that have no tax rate in effect today, so that sales to them are
        untaxed. Checks the default country and the countries named by the shipping methods. Null for callers
        who cannot manage this channel."""
        return await info.context.load(queries.untaxed_countries_by_channel, root.id)

    @field()
    async def shipping_methods(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        include_inactive: Annotated[
            bool,
            arg(
                "Include shipping methods that are no longer offered; only for callers who can manage "
                "this channel."
            ),
        ] = False,
    ) -> list[ShippingMethod]:
        """Shipping methods of the channel, cheapest first."""
        if include_inactive and _MANAGES_IT.shows(info.context.actor, root):
            return await info.context.load(queries.all_methods_by_channel, root.id)
        return await info.context.load(queries.methods_by_channel, root.id)


@strawberry.type(description="Tax rate of a tax class in a country or in a region of a country.")
class TaxRate(Node):
    is_type_of = serves(models.TaxRate)

    country: CountryCode = doc("Country (ISO 3166-1).")
    region: str | None = none_if_empty("Region in which the rate applies; null for the whole country.")
    tax_class: str = doc("Tax class.")
    name: str = doc("Name of the tax on invoices.")
    rate: Decimal = doc("Tax rate as a fraction; 0.2 is twenty percent.")
    valid_until: date | None = doc(
        "Last day on which the rate applies; null if it applies until a later rate begins."
    )

    @field()
    def valid_from(self, root: strawberry.Parent[Any]) -> date | None:
        """First day on which the rate applies, in the time zone of the order's channel; null for no start
        date."""
        return None if root.valid_from == date.min else root.valid_from


@strawberry.type(description="A class of goods or services with the same tax treatment.")
class TaxClass:
    code: str = doc("Code of the tax class, as used by products and shipping methods.")
    name: str = doc("Display name.")
    is_built_in: bool = doc("Whether the tax class is built-in; false for custom tax classes.")
