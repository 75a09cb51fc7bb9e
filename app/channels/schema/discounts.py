"""Discount codes through the graph."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.channels import queries, service
from app.channels.lifecycle import DiscountKind
from app.channels.schema.amounts import in_currency
from app.channels.schema.types import MANAGE, Discount
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.scalars import MoneyInput, arg, doc


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


@strawberry.type
class DiscountMutation:
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
