"""Fulfilment in the graph."""

import strawberry

from app.fulfillment.schema import extensions, printing
from app.fulfillment.schema.boxes import Box, BoxMutation, BoxQuery
from app.fulfillment.schema.bulk import BulkMutation
from app.fulfillment.schema.carriers import Carrier, CarrierMutation, CarrierQuery, Label
from app.fulfillment.schema.drop_shipping import DropShipMutation
from app.fulfillment.schema.manifests import Manifest, ManifestMutation, ManifestQuery
from app.fulfillment.schema.mutations import FulfillmentMutation as Working
from app.fulfillment.schema.queries import FulfillmentQuery as Asking
from app.fulfillment.schema.shipping import ShipmentMutation
from app.fulfillment.schema.splitting import DividingMutation
from app.fulfillment.schema.subscriptions import FulfillmentSubscription
from app.fulfillment.schema.types import FulfillmentOrder, PickList, Shipment


@strawberry.type
class FulfillmentQuery(Asking, CarrierQuery, BoxQuery, ManifestQuery):
    pass


@strawberry.type
class FulfillmentMutation(
    Working,
    DividingMutation,
    CarrierMutation,
    BoxMutation,
    ManifestMutation,
    ShipmentMutation,
    DropShipMutation,
    BulkMutation,
):
    pass


__all__ = [
    "Box",
    "Carrier",
    "FulfillmentMutation",
    "FulfillmentOrder",
    "FulfillmentQuery",
    "FulfillmentSubscription",
    "Label",
    "Manifest",
    "PickList",
    "Shipment",
    "extensions",
    "printing",
]
