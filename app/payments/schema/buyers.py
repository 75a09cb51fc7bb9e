"""What buyers choose and end of their payments in GraphQL."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.levels import level_field
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import ANYONE, EVERYBODYS, SIGNED_IN, field
from app.core.graphql.scalars import arg, doc
from app.core.ids import row_id
from app.orders import models as order_models
from app.orders import queries as orders
from app.orders.schema import Order
from app.orders.schema.inputs import ACCESS_TOKEN
from app.payments import queries
from app.payments.schema.types import PaymentOption
from app.payments.service import links, starting, syncing


@strawberry.type
class ChannelPaymentOptions:
    @level_field(list[PaymentOption], reach=EVERYBODYS)
    async def payment_options(roots: Sequence[Any], info: strawberry.Info) -> list[list[PaymentOption]]:
        """Payment gateways that buyers can choose, by code: those that take new payments in the channel."""
        found = await info.context.load_many(queries.gateways_by_channel, [root.id for root in roots])
        return [
            [PaymentOption(gateway=row.code, name=row.name, kind=row.kind) for row in rows] for rows in found
        ]


@strawberry.type
class TrackingPayment:
    @field()
    async def is_payment_due(self, root: strawberry.Parent[Any]) -> bool:
        """Whether the order waits for a payment that can be made online. It starts on the page
        `/track/{token}/pay` of this server, or with `paymentContinue` in a storefront."""
        return await links.can_be_paid(root.order_id)


@strawberry.input(description="Input for cancelling a payment that waits, as the buyer of the order.")
class PaymentCancelInput:
    order_id: strawberry.ID = doc("The order.")
    access_token: str | None = doc(ACCESS_TOKEN, default=None)


@strawberry.type
class BuyerPaymentMutation:
    @mutation("PaymentCancelResult", Order, policy=ANYONE, once=order_models.Order)
    async def payment_cancel(
        self, info: strawberry.Info, input: Annotated[PaymentCancelInput, arg("The order.")]
    ) -> Idempotent:
        """Cancel the attempt to pay an order that waits for the buyer or the gateway, so that the buyer can
        choose another way to pay. What is authorized or paid is not changed; if the gateway authorizes the
        cancelled attempt all the same, it is voided."""
        token = input.access_token
        if token is None:
            SIGNED_IN.check(info.context.actor)
        order_id = row_id(input.order_id, "Order", "order_id")
        return Idempotent(
            lambda uow: starting.cancel_attempt(uow, order_id, access_token=token),
            guest=f"order {order_id}" if token else None,
            proves=lambda order: bool(token) and orders.is_access_token(order, token or ""),
            whose=orders.access_token,
            after=syncing.go_on,
        )
