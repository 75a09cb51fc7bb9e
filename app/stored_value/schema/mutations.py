"""Mutations of gift cards and store credit."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel as ChannelRow
from app.channels.schema.amounts import in_currency
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.policy import needs
from app.core.graphql.scalars import (
    ExpectedVersion,
    MoneyInput,
    Text,
    arg,
    doc,
)
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.stored_value import ending, issuing, models
from app.stored_value.schema.types import GiftCardWithCode, StoredValue

MANAGE = needs(Permission.PAYMENTS_MANAGE)
_REASON = "Reason, for staff, up to 500 characters."


@strawberry.input(description="Input for issuing a gift card.")
class GiftCardIssueInput:
    channel: str = doc("Code of the channel in which it is issued.")
    amount: MoneyInput = doc("Amount, in the currency of the channel.")
    expires_at: datetime | None = doc(
        "Date and time at which the balance expires; omit it if it does not expire.", default=None
    )
    reason: Text = doc(_REASON, default="")


@strawberry.input(description="Input for giving store credit to a customer.")
class StoreCreditIssueInput:
    customer_id: strawberry.ID = doc("The customer.")
    channel: str = doc("Code of the channel in which it is issued.")
    amount: MoneyInput = doc("Amount, in the currency of the channel.")
    reason: str = doc(_REASON)
    expires_at: datetime | None = doc(
        "Date and time at which the balance expires; omit it if it does not expire.", default=None
    )


@strawberry.input(description="Input for disabling a gift card.")
class GiftCardDisableInput:
    id: strawberry.ID = doc("The gift card.")
    reason: str = doc(_REASON)


@strawberry.input(description="Input for taking an amount off a gift card or store credit.")
class StoredValueTakeBackInput:
    id: strawberry.ID = doc("The gift card or store credit.")
    amount: MoneyInput | None = doc(
        "Amount in its currency, up to the balance; if omitted, the whole balance.", default=None
    )
    reason: str = doc(_REASON)


async def _issued_in(code: str, info: strawberry.Info) -> ChannelRow:
    return await channels.covered(code, info.context.actor, Permission.PAYMENTS_MANAGE, "channel")


def _amount(given: MoneyInput, channel: ChannelRow) -> int:
    minor = in_currency(given, channel.currency, "amount")
    assert minor is not None
    return minor


@strawberry.type
class StoredValueMutation:
    @mutation("GiftCardIssueResult", GiftCardWithCode, policy=MANAGE, once=models.StoredValue)
    async def gift_card_issue(
        self, info: strawberry.Info, input: Annotated[GiftCardIssueInput, arg("The gift card.")]
    ) -> Effect:
        """Issue a gift card. Its code is shown only in this response."""
        channel = await _issued_in(input.channel, info)
        minor = _amount(input.amount, channel)
        return lambda uow: issuing.issue_gift_card(
            uow, channel, minor, reason=input.reason, expires_at=input.expires_at
        )

    @mutation("StoreCreditIssueResult", StoredValue, policy=MANAGE, once=models.StoredValue)
    async def store_credit_issue(
        self, info: strawberry.Info, input: Annotated[StoreCreditIssueInput, arg("The store credit.")]
    ) -> Effect:
        """Give store credit to a customer, who can spend it in every channel with the same currency."""
        channel = await _issued_in(input.channel, info)
        minor = _amount(input.amount, channel)
        customer_id = row_id(input.customer_id, "Customer", "customer_id")
        return lambda uow: issuing.issue_store_credit(
            uow, channel, customer_id, minor, reason=input.reason, expires_at=input.expires_at
        )

    @mutation("GiftCardDisableResult", StoredValue, policy=MANAGE)
    async def gift_card_disable(
        self,
        info: strawberry.Info,
        input: Annotated[GiftCardDisableInput, arg("The gift card and the reason.")],
        expected_version: ExpectedVersion = None,
    ) -> models.StoredValue:
        """Disable a gift card, such as one that was stolen. Its balance is taken off; it cannot be enabled
        again, but another card can be issued (`giftCardIssue`). An amount that is refunded to a disabled card
        is taken off by disabling the card again."""
        return await ending.disable(
            info.context.actor,
            row_id(input.id, "StoredValue", "id"),
            reason=input.reason,
            expected_version=expected_version,
        )

    @mutation("StoredValueTakeBackResult", StoredValue, policy=MANAGE, once=models.StoredValue)
    async def stored_value_take_back(
        self,
        info: strawberry.Info,
        input: Annotated[StoredValueTakeBackInput, arg("The amount and the reason.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Take an amount off a gift card or store credit, such as one that was issued by mistake; never more
        than is left."""
        id = row_id(input.id, "StoredValue", "id")
        given = input.amount
        amount = MoneyValue.of(given.amount, given.currency.upper(), "amount", "amount") if given else None
        return lambda uow: ending.take_back(
            uow, id, amount, reason=input.reason, expected_version=expected_version
        )
