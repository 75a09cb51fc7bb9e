"""Queries of gift cards and store credit."""

from typing import Annotated

import strawberry
from tortoise.expressions import Q

from app.channels import queries as channels
from app.core.graphql.conditions import conditions
from app.core.graphql.filters import DateTimeFilter, IdFilter, StringFilter, id_q, string_q
from app.core.graphql.node import After, Before, Connection, First, Last, connection
from app.core.graphql.policy import ANYONE, query
from app.core.graphql.scalars import (
    CurrencyCode,
    arg,
    doc,
    money,
)
from app.core.networks import networks_of
from app.core.pagination import PageArgs
from app.stored_value import codes, looking, models, queries, rules
from app.stored_value.lifecycle import StoredValueKind
from app.stored_value.schema.types import NEWEST, VIEW, GiftCardBalance, StoredValue


@strawberry.input(description="Filter conditions for gift cards and store credit.")
class StoredValueFilter:
    kind: list[StoredValueKind] | None = doc("Filter by kind.", default=None)
    channel: list[str] | None = doc("Filter by codes of channels.", default=None)
    currency: list[CurrencyCode] | None = doc("Filter by currency.", default=None)
    customer_id: IdFilter | None = doc("Filter by customer.", default=None)
    last_characters: StringFilter | None = doc(
        "Filter by the last characters of the code, up to four.", default=None
    )
    has_balance: bool | None = doc("Filter by whether an amount is left.", default=None)
    is_disabled: bool | None = doc("Filter by whether it is disabled.", default=None)
    expires_at: DateTimeFilter | None = doc("Filter by expiry.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by time of issue.", default=None)


_conditions = conditions(
    StoredValueFilter,
    models.StoredValue,
    channel=channels.in_channels,
    currency=lambda given: Q(currency__in=[str(each).upper() for each in given]),
    customer_id=lambda given: id_q("customer_id", given, "Customer"),
    last_characters=lambda given: string_q("last_characters", given, spelled=str.upper),
    has_balance=lambda given: Q(balance_minor__gt=0) if given else Q(balance_minor=0),
    is_disabled=lambda given: Q(disabled_at__isnull=not given),
)


@strawberry.type
class StoredValueQuery:
    @query(ANYONE)
    async def gift_card(
        self,
        info: strawberry.Info,
        code: Annotated[str, arg("Code of the gift card, in any case, with or without separators.")],
    ) -> GiftCardBalance | None:
        """The balance of a gift card, for the holder of its code; null if there is no card with this code.
        After 20 unknown codes from a network, further requests have to wait (`TOO_MANY_ATTEMPTS`)."""
        card = await looking.gift_card(code, networks_of(info.context.address))
        if card is None:
            return None
        return GiftCardBalance(
            masked_code=codes.masked(card.last_characters),
            balance=money(card.balance_minor, card.currency),
            expires_at=card.expires_at,
            is_usable=rules.is_usable(card, info.context.moment),
        )

    @query(VIEW)
    async def stored_values(
        self,
        info: strawberry.Info,
        filter: Annotated[StoredValueFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StoredValue]:
        """Gift cards and store credit, newest first. Callers limited to certain channels see what was issued
        in these."""
        rows = queries.visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))
