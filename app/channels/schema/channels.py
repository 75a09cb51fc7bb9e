"""Channel queries and mutations."""

from datetime import date
from typing import Annotated

import strawberry

from app.channels import models, queries, service
from app.channels.lifecycle import CaptureRule, CartMerge, ChannelKind, RefundOrder, TaxRounding
from app.channels.schema.types import MANAGE, MANAGE_ALL, Channel
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.once import Effect
from app.core.graphql.policy import ANYONE, query
from app.core.graphql.scalars import (
    CountryCode,
    CurrencyCode,
    ExpectedVersion,
    Text,
    arg,
    doc,
)
from app.core.ids import row_id
from app.core.languages import ENGLISH
from app.core.pagination import Order, PageArgs
from app.core.weekdays import Weekday

BY_CREATION = Order(("created_at", "id"))


PAYMENT_MINUTES = (
    "Number of minutes after placement after which an order that is neither paid nor authorized is "
    "cancelled, unless it was released to a location: 1 to 525,600; null for no limit."
)
REFUND_ORDER = "Which payments of an order a refund is taken from, unless the request says otherwise."
CAPTURE = (
    "When the payments of an order by payment gateways are captured. A change applies to orders that are "
    "placed from then on."
)
GUEST_DAYS = (
    "Number of days after placement during which a guest can read an order with its `accessToken`, 0 "
    "to 3,650; 0 disables guest access."
)
CART_MERGE = "What `orderDraftMerge` does if the customer who signed in has another cart in the channel."
WEBSITE = (
    "URL of the shop, linked from the tracking page: HTTPS or HTTP, up to 500 characters; null for no link."
)
SUPPORT = (
    "URL of the support page, linked from the tracking page: https, http, mailto or tel; null for no link."
)
DEFAULT_LANGUAGE = "Language of orders without a `language`, and of messages about them (BCP 47)."
LANGUAGES = (
    "Languages of messages to buyers, in addition to the default language (BCP 47), up to 50. Messages "
    "about orders in other languages are in the default language. Null for every language that has "
    "templates."
)


@strawberry.input(description="Input for creating a channel.")
class ChannelCreateInput:
    code: str = doc("Unique short code: lowercase letters, digits, - and _.")
    name: str = doc("Display name.")
    currency: CurrencyCode = doc("Currency of the channel's prices and orders; cannot be changed later.")
    kind: ChannelKind = doc("Type of channel.", default=ChannelKind.WEB)
    number_prefix: Text = doc(
        "Prefix of the channel's order numbers; generated from the code if empty.", default=""
    )
    prices_include_tax: bool = doc("Whether prices include tax.", default=False)
    tax_rounding: TaxRounding = doc(
        "Level at which the tax of the channel's orders is rounded. Electronic invoices in the European "
        "Union and qualified invoices in Japan are rounded once per tax rate.",
        default=TaxRounding.RATE,
    )
    default_country: CountryCode = doc(
        "Country whose tax rates apply until an address is known.", default="US"
    )
    is_public: bool = doc(
        "Whether unauthenticated visitors can browse the channel and place orders.", default=False
    )
    reservation_minutes: int | None = doc(
        "Number of minutes for which a draft order reserves stock, 1 to 43,200; null for the default of "
        "the deployment.",
        default=None,
    )
    handling_days: int = doc(
        "Handling time in working days, from the order to its departure from the location.", default=1
    )
    confirms_at_once: bool = doc(
        "Whether orders without holds are confirmed automatically when they are placed; otherwise "
        "staff confirm them.",
        default=True,
    )
    cancel_minutes: int | None = doc(
        "Number of minutes after placement during which a customer can cancel an order without a "
        "request, as long as the warehouse has not started work; null for no time limit.",
        default=None,
    )
    payment_minutes: int | None = doc(PAYMENT_MINUTES, default=None)
    refund_order: RefundOrder = doc(REFUND_ORDER, default=RefundOrder.LAST_FIRST)
    capture: CaptureRule = doc(CAPTURE, default=CaptureRule.BY_HAND)
    guest_order_days: int = doc(GUEST_DAYS, default=30)
    cart_merge: CartMerge = doc(CART_MERGE, default=CartMerge.MERGE_LINES)
    time_zone: str | None = doc(
        "IANA time zone that determines the current date, such as Europe/Berlin; defaults to the "
        "time zone of the deployment.",
        default=None,
    )
    working_days: list[Weekday] | None = doc(
        "Days of the week on which orders are processed and transported; null for Monday to Friday.",
        default=None,
    )
    holidays: list[date] = doc("Dates without order processing.", default_factory=list)
    website_url: str | None = doc(WEBSITE, default=None)
    support_url: str | None = doc(SUPPORT, default=None)
    default_language: str = doc(DEFAULT_LANGUAGE, default=ENGLISH)
    languages: list[str] | None = doc(LANGUAGES, default=None)


@strawberry.input(description="Input for updating a channel; omitted fields keep their values.")
class ChannelUpdateInput:
    id: strawberry.ID = doc("The channel.")
    name: str | None = doc("Display name.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether the channel accepts orders.", default=strawberry.UNSET)
    is_public: bool | None = doc(
        "Whether unauthenticated visitors can browse the channel and place orders.", default=strawberry.UNSET
    )
    tax_rounding: TaxRounding | None = doc(
        "Level at which the tax of new orders is rounded; existing orders keep their setting.",
        default=strawberry.UNSET,
    )
    handling_days: int | None = doc(
        "Handling time in working days, from the order to its departure from the location.",
        default=strawberry.UNSET,
    )
    reservation_minutes: int | None = doc(
        "Number of minutes for which a draft order reserves stock.", default=strawberry.UNSET
    )
    cancel_minutes: int | None = doc(
        "Number of minutes after placement during which a customer can cancel an order without a "
        "request, as long as the warehouse has not started work; null for no time limit.",
        default=strawberry.UNSET,
    )
    confirms_at_once: bool | None = doc(
        "Whether orders without holds are confirmed automatically when they are placed.",
        default=strawberry.UNSET,
    )
    payment_minutes: int | None = doc(PAYMENT_MINUTES, default=strawberry.UNSET)
    refund_order: RefundOrder | None = doc(REFUND_ORDER, default=strawberry.UNSET)
    capture: CaptureRule | None = doc(CAPTURE, default=strawberry.UNSET)
    guest_order_days: int | None = doc(GUEST_DAYS, default=strawberry.UNSET)
    cart_merge: CartMerge | None = doc(CART_MERGE, default=strawberry.UNSET)
    kind: ChannelKind | None = doc("Type of channel.", default=strawberry.UNSET)
    number_prefix: str | None = doc(
        "Prefix of the channel's order numbers from now on. It is reserved permanently: no other "
        "channel can use it, even later.",
        default=strawberry.UNSET,
    )
    default_country: CountryCode | None = doc(
        "Country whose tax rates apply until an address is known.", default=strawberry.UNSET
    )
    time_zone: str | None = doc("IANA time zone that determines the current date.", default=strawberry.UNSET)
    working_days: list[Weekday] | None = doc(
        "Days of the week on which orders are processed and transported; null for Monday to Friday.",
        default=strawberry.UNSET,
    )
    holidays: list[date] | None = doc(
        "The complete list of dates without order processing.", default=strawberry.UNSET
    )
    website_url: str | None = doc(WEBSITE, default=strawberry.UNSET)
    support_url: str | None = doc(SUPPORT, default=strawberry.UNSET)
    default_language: str | None = doc(DEFAULT_LANGUAGE, default=strawberry.UNSET)
    languages: list[str] | None = doc(LANGUAGES, default=strawberry.UNSET)


def _numbers(days: list[Weekday] | None) -> list[int] | None:
    return None if days is None else [int(day.value) for day in days]


@strawberry.type
class ChannelQuery:
    @query(ANYONE)
    async def channel(
        self,
        info: strawberry.Info,
        code: Annotated[str | None, arg("Code of the channel.")] = None,
        id: Annotated[strawberry.ID | None, arg("ID of the channel.")] = None,
    ) -> Channel | None:
        """A channel by code or ID. Unauthenticated visitors can read public channels only."""
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
        """Channels that the caller can see, oldest first."""
        rows = queries.visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CREATION, first, after, last, before))


@strawberry.type
class ChannelMutation:
    @mutation(
        "ChannelCreateResult",
        Channel,
        policy=MANAGE_ALL,
        refuses=(refusals.AlreadyExists,),
        once=models.Channel,
    )
    async def channel_create(
        self,
        info: strawberry.Info,
        input: Annotated[ChannelCreateInput, arg("The new channel.")],
    ) -> Effect:
        """Create a channel."""
        given = vars(input) | {"currency": str(input.currency), "working_days": _numbers(input.working_days)}
        data = service.ChannelData(**given)
        return lambda uow: service.create(uow, data)

    @mutation("ChannelUpdateResult", Channel, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def channel_update(
        self,
        info: strawberry.Info,
        input: Annotated[ChannelUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Channel:
        """Update the settings of a channel."""
        nullable = (
            "reservation_minutes", "cancel_minutes", "payment_minutes", "working_days", "website_url",
            "support_url", "languages",
        )  # fmt: skip
        changes = changes_of(input, nullable=nullable, besides=("id",))
        if "working_days" in changes:
            changes["working_days"] = _numbers(changes["working_days"])
        return await service.update(
            info.context.actor,
            row_id(input.id, "Channel", "id"),
            changes,
            expected_version=expected_version,
        )
