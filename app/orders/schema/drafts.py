"""Giving up a cart."""

from typing import Annotated, Any

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.policy import ANYONE
from app.core.graphql.scalars import ExpectedVersion, arg, doc
from app.core.ids import row_id
from app.orders import service
from app.orders.schema.types import Order


@strawberry.input(description="Which draft to delete.")
class OrderDraftDeleteInput:
    id: strawberry.ID = doc("The draft.")
    draft_token: str | None = doc("A guest's proof: the draft's `accessToken`.", default=None)


@strawberry.type
class DraftMutation:
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
