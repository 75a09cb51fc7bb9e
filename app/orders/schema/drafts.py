"""Creating, updating and deleting drafts in GraphQL."""

from typing import Annotated, Any

import strawberry

from app.core.graphql.changes import cannot_be_null
from app.core.graphql.errors import mutation
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import ANYONE
from app.core.graphql.scalars import ExpectedVersion, arg, doc
from app.core.ids import row_id
from app.orders import models, queries
from app.orders.schema.delivery import OrderDestinationInput
from app.orders.schema.inputs import OrderFields
from app.orders.schema.mutations import PLACING
from app.orders.schema.types import Order
from app.orders.service import drafting
from app.orders.service.pricing import OrderData


@strawberry.input(description="What a draft can say in addition to the fields of an order.")
class OrderDraftFields(OrderFields):
    destination: OrderDestinationInput | None = doc(
        "Destination for estimates of tax, shipping and delivery while there is no shipping address.",
        default=strawberry.UNSET,
    )

    def data(self, channel: str, actor: Any) -> OrderData:
        data = super().data(channel, actor)
        data.destination = self.destination.data() if self.destination else None
        return data


@strawberry.input(description="Input for creating a cart or a draft order.")
class OrderDraftCreateInput(OrderDraftFields):
    channel: str = doc("Code of the channel.")
    reserve_stock: bool = doc("Whether to reserve stock for a limited time.", default=True)


@strawberry.input(
    description="Input for updating a draft; omitted fields keep their values, null clears a "
    "field. `lines` replaces all lines."
)
class OrderDraftUpdateInput(OrderDraftFields):
    id: strawberry.ID = doc("The draft order.")
    draft_token: str | None = doc(
        "Proof of ownership by a guest: the draft's `accessToken` or `trackingToken`.", default=None
    )
    reserve_stock: bool | None = doc(
        "Whether to reserve stock for a limited time; if omitted, an existing reservation is kept.",
        default=strawberry.UNSET,
    )


@strawberry.input(description="Input for deleting a draft.")
class OrderDraftDeleteInput:
    id: strawberry.ID = doc("The draft order.")
    draft_token: str | None = doc(
        "Proof of ownership by a guest: the draft's `accessToken` or `trackingToken`.", default=None
    )


@strawberry.type
class DraftMutation:
    @mutation("OrderDraftCreateResult", Order, policy=ANYONE, refuses=PLACING, once=models.Order)
    async def order_draft_create(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftCreateInput, arg("The draft order.")],
    ) -> Idempotent:
        """Create a draft order: a cart, or an order prepared by staff. Its stock is reserved for a limited
        time."""
        data = input.data(input.channel, info.context.actor)
        return Idempotent(
            lambda uow: drafting.draft(uow, data, reserve=input.reserve_stock),
            guest=data.email,
            whose=queries.access_token,
        )

    @mutation("OrderDraftUpdateResult", Order, policy=ANYONE, refuses=PLACING)
    async def order_draft_update(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Update a draft order; its stock reservation is renewed."""
        actor = info.context.actor
        if input.reserve_stock is None:
            raise cannot_be_null("reserve_stock")
        return await drafting.update_draft(
            actor,
            row_id(input.id, "Order", "id"),
            input.data("", actor),
            token=input.draft_token,
            sent=input.sent(nulls=True),
            reserve=None if input.reserve_stock is strawberry.UNSET else input.reserve_stock,
            expected_version=expected_version,
        )

    @mutation("OrderDraftDeleteResult", Order, policy=ANYONE)
    async def order_draft_delete(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftDeleteInput, arg("The draft order to delete.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Delete a draft order: its lines and all entered data are removed, and its reserved stock is
        released immediately. An empty order with the status EXPIRED remains for the journal. Repeated calls
        have no effect."""
        return await drafting.delete_draft(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            token=input.draft_token,
            expected_version=expected_version,
        )
