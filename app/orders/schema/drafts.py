"""Carts: beginning, changing and giving up a draft."""

from typing import Annotated, Any

import strawberry

from app.core.graphql.changes import cannot_be_null
from app.core.graphql.errors import mutation
from app.core.graphql.policy import ANYONE
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, arg, doc
from app.core.ids import row_id
from app.orders import models, queries, service
from app.orders.schema.mutations import PLACING, OrderFields
from app.orders.schema.types import Order


@strawberry.input(description="A new cart or prepared order.")
class OrderDraftCreateInput(OrderFields):
    channel: str = doc("The channel's code.")
    reserve_stock: bool = doc("Whether to keep its stock for a while.", default=True)


@strawberry.input(
    description="Changes of a draft; what is left out stays, null takes away. `lines` replaces all lines."
)
class OrderDraftUpdateInput(OrderFields):
    id: strawberry.ID = doc("The draft.")
    draft_token: str | None = doc(
        "A guest's proof: the draft's `accessToken`, or its `trackingToken`.", default=None
    )
    reserve_stock: bool | None = doc(
        "Whether its stock is kept for a while; left out, it is if it was.", default=strawberry.UNSET
    )


@strawberry.input(description="Which draft to delete.")
class OrderDraftDeleteInput:
    id: strawberry.ID = doc("The draft.")
    draft_token: str | None = doc("A guest's proof: the draft's `accessToken`.", default=None)


@strawberry.type
class DraftMutation:
    @mutation("OrderDraftCreateResult", Order, policy=ANYONE, refuses=PLACING)
    async def order_draft_create(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftCreateInput, arg("The draft.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Begin a cart, or an order that staff prepare. Its stock is kept for a while."""
        data = input.data(input.channel, info.context.actor)
        return await info.context.once_row(
            idempotency_key,
            "orderDraftCreate",
            input,
            lambda work: service.draft(work, data, reserve=input.reserve_stock),
            models.Order,
            guest=data.email,
            whose=queries.access_token,
        )

    @mutation("OrderDraftUpdateResult", Order, policy=ANYONE, refuses=PLACING)
    async def order_draft_update(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a draft; stock that it keeps is kept anew."""
        actor = info.context.actor
        if input.reserve_stock is None:
            raise cannot_be_null("reserve_stock")
        return await service.update_draft(
            actor,
            row_id(input.id, "Order", "id"),
            input.data("", actor),
            token=input.draft_token,
            said=input.sent(nulls=True),
            reserve=None if input.reserve_stock is strawberry.UNSET else input.reserve_stock,
            expected_version=expected_version,
        )

    @mutation("OrderDraftDeleteResult", Order, policy=ANYONE)
    async def order_draft_delete(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftDeleteInput, arg("Which draft.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Delete a draft: its lines and all that was entered are gone, and its stock is free at once.

        An empty order with status EXPIRED is left for the journal. Deleting it again changes nothing.
        """
        return await service.delete_draft(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            token=input.draft_token,
            expected_version=expected_version,
        )
