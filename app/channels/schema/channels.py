"""Opening and changing channels through the graph."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app.channels import models, queries, service
from app.channels.lifecycle import ChannelKind, TaxRounding
from app.channels.schema.types import MANAGE, MANAGE_ALL, Channel
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import ANYONE, query
from app.core.graphql.scalars import (
    CountryCode,
    CurrencyCode,
    ExpectedVersion,
    IdempotencyKey,
    Text,
    arg,
    doc,
)
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs
from app.core.weekdays import Weekday

BY_CREATION = Order(("created_at", "id"))


GUEST_DAYS = (
    "For how many days after it was placed a guest can read an order with its `accessToken`, 0 to 3,650; "
    "0: not at all."
)
WEBSITE = (
    "The shop, which the tracking page links to: https or http, 500 characters at the most; null: no link."
)
SUPPORT = "Where buyers find help, linked likewise: https, http, mailto or tel; null: no link."


@strawberry.input(description="A new channel.")
class ChannelCreateInput:
    code: str = doc("Its short name: small letters, digits, - and _.")
    name: str = doc("What people call it.")
    currency: CurrencyCode = doc("The currency of its prices and orders; cannot be changed later.")
    kind: ChannelKind = doc("What kind of place it is.", default=ChannelKind.WEB)
    number_prefix: Text = doc("What its order numbers begin with; made from the code if empty.", default="")
    prices_include_tax: bool = doc("Whether prices have the tax in them.", default=False)
    tax_rounding: TaxRounding = doc(
        "Where the tax of its orders is rounded. Invoices of some countries want it once for each rate.",
        default=TaxRounding.LINE,
    )
    default_country: CountryCode = doc("Whose tax applies before an address is known.", default="US")
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
    guest_order_days: int = doc(GUEST_DAYS, default=30)
    time_zone: str | None = doc(
        "The IANA time zone whose day counts, such as Europe/Berlin; left out, the deployment's.",
        default=None,
    )
    working_days: list[Weekday] | None = doc(
        "The days on which orders are worked on and carried; null: Monday to Friday.", default=None
    )
    holidays: list[date] = doc("Days on which nobody works.", default_factory=list)
    website_url: str | None = doc(WEBSITE, default=None)
    support_url: str | None = doc(SUPPORT, default=None)


@strawberry.input(description="Changes of a channel; what is left out stays.")
class ChannelUpdateInput:
    id: strawberry.ID = doc("The channel.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether it takes orders.", default=strawberry.UNSET)
    is_public: bool | None = doc("Whether visitors may browse it and order.", default=strawberry.UNSET)
    tax_rounding: TaxRounding | None = doc(
        "Where the tax of new orders is rounded; those that are placed keep theirs.", default=strawberry.UNSET
    )
    handling_days: int | None = doc("Working days from order to leaving.", default=strawberry.UNSET)
    reservation_minutes: int | None = doc("How long a draft keeps its stock.", default=strawberry.UNSET)
    cancel_minutes: int | None = doc(
        "How long a customer may cancel without asking; null: until the warehouse begins.",
        default=strawberry.UNSET,
    )
    confirms_at_once: bool | None = doc(
        "Whether an order that nothing holds is confirmed as it is placed.", default=strawberry.UNSET
    )
    guest_order_days: int | None = doc(GUEST_DAYS, default=strawberry.UNSET)
    kind: ChannelKind | None = doc("What kind of place it is.", default=strawberry.UNSET)
    number_prefix: str | None = doc(
        "What its order numbers begin with from now on. No other channel can have it, then or later.",
        default=strawberry.UNSET,
    )
    default_country: CountryCode | None = doc(
        "Whose tax applies before an address is known.", default=strawberry.UNSET
    )
    time_zone: str | None = doc("The IANA time zone whose day counts.", default=strawberry.UNSET)
    working_days: list[Weekday] | None = doc(
        "The days on which orders are worked on and carried; null: Monday to Friday.",
        default=strawberry.UNSET,
    )
    holidays: list[date] | None = doc("All days on which nobody works.", default=strawberry.UNSET)
    website_url: str | None = doc(WEBSITE, default=strawberry.UNSET)
    support_url: str | None = doc(SUPPORT, default=strawberry.UNSET)


def _numbers(days: list[Weekday] | None) -> list[int] | None:
    return None if days is None else [int(day.value) for day in days]


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


@strawberry.type
class ChannelMutation:
    @mutation(
        "ChannelCreateResult",
        Channel,
        policy=MANAGE_ALL,
        refuses=(refusals.AlreadyExists,),
    )
    async def channel_create(
        self,
        info: strawberry.Info,
        input: Annotated[ChannelCreateInput, arg("The new channel.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Open a channel."""
        given = vars(input) | {"currency": str(input.currency), "working_days": _numbers(input.working_days)}
        data = service.ChannelData(**given)
        return await info.context.once_row(
            idempotency_key,
            "channelCreate",
            vars(input),
            lambda work: service.create(work, data),
            models.Channel,
        )

    @mutation("ChannelUpdateResult", Channel, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def channel_update(
        self,
        info: strawberry.Info,
        input: Annotated[ChannelUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a channel's terms."""
        nullable = (
            "reservation_minutes", "cancel_minutes", "working_days", "website_url", "support_url",
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
