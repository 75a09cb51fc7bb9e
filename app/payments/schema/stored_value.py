"""Gift cards and store credit as payments in GraphQL."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.access.refusals import TooManyAttempts
from app.core.graphql.errors import mutation
from app.core.graphql.levels import level_field
from app.core.graphql.once import Effect
from app.core.graphql.policy import AROUND_IT, OWN_SCOPE, needs
from app.core.graphql.scalars import ExpectedVersion, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money
from app.core.networks import networks_of
from app.orders import models as order_models
from app.orders import queries as orders
from app.orders.schema import Order
from app.payments.refusals import AmountTooLarge
from app.payments.service import stored_value
from app.stored_value import looking
from app.stored_value import queries as stored_values
from app.stored_value.schema import StoredValue


@strawberry.input(description="Input for paying for a placed order with a gift card or store credit.")
class StoredValueApplyInput:
    order_id: strawberry.ID = doc("The order.")
    gift_card_code: str | None = doc(
        "Code of a gift card; if omitted, the store credit of the order's customer is spent.", default=None
    )
    amount: MoneyInput | None = doc(
        "Amount in the order's currency; defaults to what is due and not authorized, up to the balance.",
        default=None,
    )
    note: Text = doc("Internal staff note, up to 500 characters.", default="")


@strawberry.type
class StoredValuePaymentMutation:
    @mutation(
        "StoredValueApplyResult",
        Order,
        policy=needs(Permission.PAYMENTS_MANAGE),
        refuses=(AmountTooLarge, TooManyAttempts),
        once=order_models.Order,
    )
    async def stored_value_apply(
        self,
        info: strawberry.Info,
        input: Annotated[StoredValueApplyInput, arg("The order and the gift card or store credit.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Pay for a placed order with a gift card or with the store credit of its customer. Each gift card or
        issued amount is a payment of its own. Refunds return it there."""
        order_id = row_id(input.order_id, "Order", "order_id")
        given = input.amount
        amount = Money.of(given.amount, given.currency.upper(), "amount", "amount") if given else None
        code = input.gift_card_code
        if code is not None:
            await looking.refuse_guesses([code], networks_of(info.context.address))
        return lambda uow: stored_value.apply(
            uow, order_id, code=code, amount=amount, note=input.note, expected_version=expected_version
        )


@strawberry.type
class PaymentStoredValue:
    @level_field(StoredValue | None, reach=AROUND_IT)
    async def stored_value(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The gift card or store credit that was spent; null for other payments."""
        wanted = [root.stored_value_id for root in roots if root.stored_value_id is not None]
        rows = await info.context.load_many(stored_values.by_id, wanted)
        found = dict(zip(wanted, rows, strict=True))
        return [found.get(root.stored_value_id) for root in roots]


@strawberry.type
class StoredValueEntryOrder:
    @level_field(Order | None, reach=OWN_SCOPE)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order that was paid or refunded; null if there is none, or if the caller cannot see it."""
        wanted = list({root.order_id for root in roots if root.order_id is not None})
        rows = await orders.visible_to(info.context.actor).filter(id__in=wanted) if wanted else []
        found = {row.id: row for row in rows}
        return [found.get(root.order_id) for root in roots]
