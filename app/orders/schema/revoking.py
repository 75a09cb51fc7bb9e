"""Replacing the tracking link of an order, in GraphQL."""

from typing import Annotated

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.policy import ANYONE, SIGNED_IN
from app.core.graphql.scalars import ExpectedVersion, arg, doc
from app.core.ids import row_id
from app.orders import models
from app.orders.schema.inputs import ACCESS_TOKEN
from app.orders.schema.types import Order
from app.orders.service import links


@strawberry.input(description="Input for revoking the tracking link and the access token of an order.")
class OrderLinkRevokeInput:
    id: strawberry.ID = doc("The order.")
    access_token: str | None = doc(ACCESS_TOKEN, default=None)


@strawberry.type
class LinkMutation:
    @mutation("OrderLinkRevokeResult", Order, policy=ANYONE)
    async def order_link_revoke(
        self,
        info: strawberry.Info,
        input: Annotated[OrderLinkRevokeInput, arg("The order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Revoke the tracking link and the access token of a placed order, for example because they were
        passed on. They are replaced by a new `trackingUrl`, `trackingToken` and `accessToken`. The previous
        ones, including links in emails that were sent, are no longer accepted, and open subscriptions with
        the previous link end within two seconds. Customers can revoke the links of their own orders, guests
        with the order's `accessToken`, staff with ORDERS_MANAGE."""
        if input.access_token is None:
            SIGNED_IN.check(info.context.actor)
        return await links.revoke_link(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            token=input.access_token,
            expected_version=expected_version,
        )
