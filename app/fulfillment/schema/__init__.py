"""Fulfilment in the graph."""

import strawberry

from app.fulfillment.schema import extensions
from app.fulfillment.schema.bulk import BulkMutation
from app.fulfillment.schema.dividing import DividingMutation
from app.fulfillment.schema.mutations import FulfillmentMutation as Working
from app.fulfillment.schema.queries import FulfillmentQuery
from app.fulfillment.schema.shipping import ShipmentMutation
from app.fulfillment.schema.subscriptions import FulfillmentSubscription
from app.fulfillment.schema.types import FulfillmentOrder, PickList, Shipment


@strawberry.type
class FulfillmentMutation(Working, DividingMutation, ShipmentMutation, BulkMutation):
    pass


__all__ = [
    "FulfillmentMutation",
    "FulfillmentOrder",
    "FulfillmentQuery",
    "FulfillmentSubscription",
    "PickList",
    "Shipment",
    "extensions",
]
