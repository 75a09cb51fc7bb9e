"""Channels in the graph."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import models, queries, service
from app.channels.lifecycle import ChannelKind, DiscountKind
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ANYONE, field, needs, query
from app.core.graphql.scalars import (
    CurrencyCode,
    ExpectedVersion,
    IdempotencyKey,
    Money,
    MoneyInput,
    arg,
    doc,
    graphql_enum,
    money,
    serves,
)
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.pagination import Order, PageArgs

graphql_enum(ChannelKind, "What kind of place a channel is.")
graphql_enum(DiscountKind, "How a discount code reckons.")

MANAGE = needs(Permission.CHANNELS_MANAGE)
BY_CREATION = Order(("created_at", "id"))
BY_PLACE = Order(("country", "region", "tax_class"))


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


@strawberry.input(description="A new channel.")
class ChannelCreateInput:
    code: str = doc("Its short name: small letters, digits, - and _.")
    name: str = doc("What people call it.")
    currency: CurrencyCode = doc("The currency of its prices and orders; cannot be changed later.")
    kind: ChannelKind = doc("What kind of place it is.", default=ChannelKind.WEB)
    number_prefix: str = doc("What its order numbers begin with; made from the code if empty.", default="")
    prices_include_tax: bool = doc("Whether prices have the tax in them.", default=False)
    default_country: str = doc("Whose tax applies before an address is known.", default="US")
    is_public: bool = doc("Whether visitors may browse it and order.", default=False)
    reservation_minutes: int | None = doc("How long a draft keeps its stock; null: 30.", default=None)
    handling_days: int = doc("Working days from order to leaving the location.", default=1)
    confirms_at_once: bool = doc(
        "Whether an order that nothing holds is confirmed as it is placed; else staff do it.", default=True
    )
    cancel_minutes: int | None = doc(
        "How long a customer may cancel an order without asking; null: until the warehouse begins.",
        default=None,
    )


@strawberry.input(description="Changes of a channel; what is left out stays.")
class ChannelUpdateInput:
    id: strawberry.ID = doc("The channel.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether it takes orders.", default=strawberry.UNSET)
    is_public: bool | None = doc("Whether visitors may browse it and order.", default=strawberry.UNSET)
    handling_days: int | None = doc("Working days from order to leaving.", default=strawberry.UNSET)
    reservation_minutes: int | None = doc("How long a draft keeps its stock.", default=strawberry.UNSET)
    cancel_minutes: int | None = doc(
        "How long a customer may cancel without asking; null: until the warehouse begins.",
        default=strawberry.UNSET,
    )
    confirms_at_once: bool | None = doc(
        "Whether an order that nothing holds is confirmed as it is placed.", default=strawberry.UNSET
    )


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


@strawberry.input(description="A tax rate to add or change, found by country, region and class.")
class TaxRateSetInput:
    country: str = doc("ISO 3166-1 code.")
    region: str = doc("One region; empty for the whole country.", default="")
    tax_class: str = doc("The class of goods or services.", default="standard")
    name: str = doc("The tax's name on the invoice.")
    rate: Decimal = doc("The rate as a fraction: 0.2 is twenty percent.")


@strawberry.input(description="A new discount code.")
class DiscountCreateInput:
    channel: str = doc("The channel's code.")
    code: str = doc("What the buyer types; capitals and small letters are the same.")
    kind: DiscountKind = doc("How it reckons.")
    percent: Decimal | None = doc("For PERCENT: above 0, at most 100.", default=None)
    amount: MoneyInput | None = doc("For AMOUNT: how much, in the channel's currency.", default=None)
    minimum: MoneyInput | None = doc("The least that the lines must be worth.", default=None)
    usage_limit: int | None = doc("How many orders may use it.", default=None)
    starts_at: datetime | None = doc("From when it is good.", default=None)
    ends_at: datetime | None = doc("Until when it is good.", default=None)


def in_currency(given: MoneyInput | None, currency: str, *path: str) -> int | None:
    """An input amount in minor units of the currency that it must be in.

    Raises:
        Invalid: another currency, or more decimals than it has.
    """
    if given is None:
        return None
    if given.currency.upper() != currency:
        raise refusals.Invalid(f"This must be in {currency}.", *path, "currency")
    return MoneyValue.of(given.amount, currency, *path, "amount").minor


def changes_in(given: Any, *names: str) -> dict[str, Any]:
    """The fields of an update input that were sent."""
    found = {name: getattr(given, name) for name in names}
    return {name: value for name, value in found.items() if value is not strawberry.UNSET}


@strawberry.type
class ChannelQuery:
    @query(ANYONE)
    async def channel(
        self,
        info: strawberry.Info,
        code: Annotated[str | None, arg("The channel's code.")] = None,
        id: Annotated[strawberry.ID | None, arg("The channel's id.")] = None,
    ) -> Channel | None:
        """A channel by its code or id. Visitors find the public ones."""
        rows = queries.visible_to(info.context.actor)
        if code is not None:
            return await rows.get_or_none(code=code)  # type: ignore[return-value]
        return await rows.get_or_none(id=row_id(id or "", "Channel", "id"))  # type: ignore[return-value]

    @query(ANYONE)
    async def channels(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Channel]:
        """The channels that the caller may know of, the oldest first."""
        rows = queries.visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CREATION, first, after, last, before))

    @query(MANAGE)
    async def tax_rates(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TaxRate]:
        """The table of tax rates, by country."""
        return await connection(queries.tax_rates(), PageArgs(BY_PLACE, first, after, last, before))


@strawberry.type
class ChannelMutation:
    @mutation(
        "ChannelCreateResult",
        Channel,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists, refusals.IdempotencyConflict),
    )
    async def channel_create(
        self,
        info: strawberry.Info,
        input: Annotated[ChannelCreateInput, arg("The new channel.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Open a channel."""
        data = service.ChannelData(**{**vars(input), "currency": str(input.currency)})
        return await info.context.once_row(
            idempotency_key,
            "channelCreate",
            vars(input),
            lambda work: service.create(work, data),
            models.Channel,
        )

    @mutation("ChannelUpdateResult", Channel, policy=MANAGE, refuses=(refusals.StaleVersion,))
    async def channel_update(
        self,
        info: strawberry.Info,
        input: Annotated[ChannelUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a channel's terms."""
        never_null = ("name", "is_active", "is_public", "handling_days", "confirms_at_once")
        changes = changes_in(input, *never_null, "reservation_minutes", "cancel_minutes")
        for name in never_null:
            if name in changes and changes[name] is None:
                raise refusals.Invalid("This cannot be null; leave it out to keep it.", name)
        return await service.update(
            info.context.actor,
            row_id(input.id, "Channel", "id"),
            changes,
            expected_version=expected_version,
        )

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

    @mutation("TaxRateSetResult", TaxRate, policy=MANAGE)
    async def tax_rate_set(
        self, info: strawberry.Info, input: Annotated[TaxRateSetInput, arg("The rate.")]
    ) -> Any:
        """Add or change a tax rate."""
        return await service.set_tax_rate(
            info.context.actor,
            country=input.country,
            region=input.region,
            tax_class=input.tax_class,
            name=input.name,
            rate=input.rate,
        )

    @mutation("DiscountCreateResult", Discount, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def discount_create(
        self, info: strawberry.Info, input: Annotated[DiscountCreateInput, arg("The new code.")]
    ) -> Any:
        """Add a discount code to a channel."""
        actor = info.context.actor
        channel = await queries.by_code(input.channel, actor, "channel")
        return await service.create_discount(
            actor,
            channel,
            code=input.code,
            kind=input.kind,
            percent=input.percent,
            amount_minor=in_currency(input.amount, channel.currency, "amount"),
            minimum_minor=in_currency(input.minimum, channel.currency, "minimum") or 0,
            usage_limit=input.usage_limit,
            starts_at=input.starts_at,
            ends_at=input.ends_at,
        )
