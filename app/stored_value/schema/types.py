"""Gift cards, store credit and their entries in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.schema import Channel
from app.core.database import values_of
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, OWN_SCOPE, PART_OF_IT, field, needs
from app.core.graphql.scalars import (
    CurrencyCode,
    Money,
    doc,
    graphql_enum,
    money,
    serves,
)
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.customers import queries as customers
from app.customers.schema.customers import Customer
from app.stored_value import codes, models, queries, rules
from app.stored_value.lifecycle import StoredValueEntryKind, StoredValueKind

graphql_enum(StoredValueKind, "Kind of stored value.")
graphql_enum(StoredValueEntryKind, "Kind of an entry of stored value.")

VIEW = needs(Permission.ORDERS_VIEW)
_STAFF = needs(Permission.ORDERS_VIEW, channel="channel_id")
NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(description="A change of the balance of a gift card or of store credit.")
class StoredValueEntry(Node):
    is_type_of = serves(models.StoredValueEntry)

    kind: StoredValueEntryKind = doc("Kind of the entry.")
    created_at: datetime = doc("Date and time of the change.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount added to the balance; negative if it was taken off."""
        return money(root.amount_minor, root.currency)

    @field()
    def balance(self, root: strawberry.Parent[Any]) -> Money:
        """Balance after the change."""
        return money(root.balance_minor, root.currency)

    @field(VIEW)
    def note(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Note; null if there is none, or for callers other than staff."""
        return root.note or None

    @field(VIEW)
    def recorded_by(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Name of the user or app that caused the change; null for callers other than staff."""
        return root.recorded_by


@strawberry.type(
    description="A gift card, or an amount of store credit that a customer was given. Visible to staff "
    "of the channel in which it was issued; customers see their own store credit."
)
class StoredValue(Node):
    is_type_of = serves(models.StoredValue)

    kind: StoredValueKind = doc("Kind.")
    currency: CurrencyCode = doc("Currency. It can pay for orders in this currency in every channel.")
    expires_at: datetime | None = doc(
        "Date and time at which the balance expires; null if it does not expire."
    )
    disabled_at: datetime | None = doc(
        "Date and time at which the gift card was disabled; null if it is not disabled, and for store credit."
    )
    blocked_at: datetime | None = doc(
        "Since when the gift card cannot be spent, because the money that paid for it is disputed, was "
        "charged back or was taken back by the bank; null if it is not blocked, and for store credit. It "
        "ends when the dispute is won or the order is paid again."
    )
    created_at: datetime = doc("Date and time of issue.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )

    @field()
    def balance(self, root: strawberry.Parent[Any]) -> Money:
        """Amount that is left."""
        return money(root.balance_minor, root.currency)

    @field()
    def masked_code(self, root: strawberry.Parent[Any]) -> str | None:
        """Last characters of the code of a gift card, such as `•••• C3VW`; null for store credit."""
        return codes.masked(root.last_characters) if root.code_hash else None

    @field()
    def is_usable(self, root: strawberry.Parent[Any], info: strawberry.Info) -> bool:
        """Whether an amount is left that can be spent now."""
        return rules.is_usable(root, info.context.moment)

    @field(_STAFF)
    def reason(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Reason for which it was issued; null if there is none, or for callers other than staff."""
        return root.reason or None

    @field(_STAFF)
    def issued_by(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Name of the user or app that issued it; null for callers other than staff."""
        return root.issued_by

    @level_field(Channel, reach=AROUND_IT)
    async def channel(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The channel in which it was issued."""
        return await info.context.load_many(channels.channels_by_id, values_of(roots, "channel_id"))

    @level_field(Customer | None, reach=OWN_SCOPE)
    async def customer(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The customer of store credit; null for a gift card, or for callers who cannot see the customer."""
        wanted = [root.customer_id for root in roots if root.customer_id is not None]
        rows = await customers.visible_to(info.context.actor).filter(id__in=wanted) if wanted else []
        found = {row.id: row for row in rows}
        return [found.get(root.customer_id) for root in roots]

    @field(reach=PART_OF_IT)
    async def entries(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StoredValueEntry]:
        """Changes of the balance, newest first."""
        return await connection(queries.entries_of(root.id), PageArgs(NEWEST, first, after, last, before))


@strawberry.type(description="A gift card that was just issued, with its code.")
class GiftCardWithCode:
    is_type_of = serves(models.StoredValue)

    @field(reach=AROUND_IT)
    def gift_card(self, root: strawberry.Parent[Any]) -> StoredValue:
        """The gift card."""
        return root

    @field()
    def code(self, root: strawberry.Parent[Any]) -> str:
        """The code, with which the card is spent. It is shown only in this response, and again if the request
        is repeated with the same `idempotencyKey`."""
        return codes.code_of(root.id)


@strawberry.type(description="What the holder of the code of a gift card sees.")
class GiftCardBalance:
    masked_code: str = doc("Last characters of the code, such as `•••• C3VW`.")
    balance: Money = doc("Amount that is left.")
    expires_at: datetime | None = doc(
        "Date and time at which the balance expires; null if it does not expire."
    )
    is_usable: bool = doc("Whether an amount is left that can be spent now.")


@strawberry.type
class CustomerStoreCredit:
    @field(reach=OWN_SCOPE)
    async def store_credit(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StoredValue]:
        """Store credit of the customer, newest first, including what is spent or expired. Staff see what was
        issued in their channels."""
        rows = queries.visible_to(info.context.actor).filter(customer_id=root.id)
        return await connection(rows, PageArgs(NEWEST, first, after, last, before))

    @field()
    async def store_credit_balances(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[Money]:
        """Store credit that the customer can spend now, in each currency in which there is some. Staff see
        the sums of what was issued in their channels."""
        rows = await queries.visible_to(info.context.actor).filter(customer_id=root.id, balance_minor__gt=0)
        sums: dict[str, int] = {}
        for row in rows:
            if rules.is_usable(row, info.context.moment):
                sums[row.currency] = sums.get(row.currency, 0) + row.balance_minor
        return [money(minor, currency) for currency, minor in sorted(sums.items())]
