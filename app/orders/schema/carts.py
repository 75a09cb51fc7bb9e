"""Merging carts and ordering again in GraphQL."""

from typing import Annotated

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import ANYONE, SIGNED_IN
from app.core.graphql.scalars import ExpectedVersion, arg, doc
from app.core.ids import row_id
from app.orders import models, queries
from app.orders.schema.mutations import PLACING
from app.orders.schema.types import Order
from app.orders.service import cart_merging, reordering


@strawberry.input(description="Input for merging a visitor's cart into the carts of a customer.")
class OrderDraftMergeInput:
    id: strawberry.ID = doc("The cart that was filled before signing in.")
    draft_token: str | None = doc(
        "Proof of ownership: the cart's `accessToken` or `trackingToken`. Not needed for one's own cart.",
        default=None,
    )
    into_id: strawberry.ID | None = doc(
        "The customer's other cart; if omitted, the one in the same channel that was changed last.",
        default=None,
    )


@strawberry.input(description="Input for ordering again.")
class OrderReorderInput:
    id: strawberry.ID = doc("The earlier order.")
    access_token: str | None = doc(
        "Proof for guests: the order's `accessToken`. Not needed by signed-in callers.", default=None
    )


@strawberry.type
class CartMutation:
    @mutation("OrderDraftMergeResult", Order, policy=SIGNED_IN, refuses=PLACING, once=models.Order)
    async def order_draft_merge(
        self,
        info: strawberry.Info,
        input: Annotated[OrderDraftMergeInput, arg("The carts.")],
        expected_version: ExpectedVersion = None,
    ) -> Idempotent:
        """Give a visitor's cart to the customer who has signed in, and return the cart to continue with. If
        the customer has another cart in the channel, the channel's `cartMerge` applies. With MERGE_LINES the
        lines of both become one cart: quantities of equal lines are added up as far as there is stock, with a
        warning for each quantity that is reduced, and the visitor's cart is closed."""
        id = row_id(input.id, "Order", "id")
        into_id = None if input.into_id is None else row_id(input.into_id, "Order", "into_id")
        return Idempotent(
            lambda uow: cart_merging.merge_carts(
                uow, id, token=input.draft_token, into_id=into_id, expected_version=expected_version
            ),
            request=vars(input) | {"expected_version": expected_version},
        )

    @mutation("OrderReorderResult", Order, policy=ANYONE, refuses=PLACING, once=models.Order)
    async def order_reorder(
        self,
        info: strawberry.Info,
        input: Annotated[OrderReorderInput, arg("The earlier order.")],
    ) -> Idempotent:
        """Create a cart with the lines of an earlier order at today's prices. The cart's `warnings` name what
        is no longer sold or short of stock. Discount codes, notes and prices set by staff are not taken
        over. Customers can order their own orders again, staff with ORDERS_MANAGE any order."""
        if input.access_token is None:
            SIGNED_IN.check(info.context.actor)
        id = row_id(input.id, "Order", "id")
        return Idempotent(
            lambda uow: reordering.reorder(uow, id, token=input.access_token),
            guest=f"order {id}" if input.access_token else None,
            whose=queries.access_token,
        )
