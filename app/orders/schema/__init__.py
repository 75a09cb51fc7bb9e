"""Orders in the graph."""

from app.orders.schema import extensions
from app.orders.schema.mutations import OrderMutation
from app.orders.schema.queries import OrderQuery
from app.orders.schema.subscriptions import OrderSubscription
from app.orders.schema.types import Order

__all__ = ["Order", "OrderMutation", "OrderQuery", "OrderSubscription", "extensions"]
