"""Orders in GraphQL."""

import strawberry

from app.orders.schema.cancel_requests import OrderCancelRequest, RequestMutation, RequestQuery
from app.orders.schema.cart_lines import CartLineMutation
from app.orders.schema.carts import CartMutation
from app.orders.schema.delivery import ShippingOptionsQuery
from app.orders.schema.drafts import DraftMutation
from app.orders.schema.editing import EditMutation, OrderEdit
from app.orders.schema.holding import HoldMutation, HoldQuery, OrderHold
from app.orders.schema.mutations import OrderMutation as Writing
from app.orders.schema.pickup import PickupOptionsQuery
from app.orders.schema.queries import OrderQuery as Asking
from app.orders.schema.revoking import LinkMutation
from app.orders.schema.subscriptions import OrderSubscription
from app.orders.schema.types import VIEW_IT, Order


@strawberry.type
class OrderQuery(Asking, HoldQuery, RequestQuery, ShippingOptionsQuery, PickupOptionsQuery):
    pass


@strawberry.type
class OrderMutation(
    Writing,
    DraftMutation,
    CartLineMutation,
    CartMutation,
    HoldMutation,
    RequestMutation,
    EditMutation,
    LinkMutation,
):
    pass


__all__ = [
    "VIEW_IT",
    "Order",
    "OrderCancelRequest",
    "OrderEdit",
    "OrderHold",
    "OrderMutation",
    "OrderQuery",
    "OrderSubscription",
]
