"""Fulfillment in GraphQL."""

import strawberry

from app.fulfillment.schema.boxes import Box, BoxMutation, BoxQuery
from app.fulfillment.schema.bulk import BulkMutation
from app.fulfillment.schema.carriers import Carrier, CarrierMutation, CarrierQuery, Label
from app.fulfillment.schema.drop_shipping import DropShipMutation
from app.fulfillment.schema.manifests import Manifest, ManifestMutation, ManifestQuery
from app.fulfillment.schema.packing import PackingMutation
from app.fulfillment.schema.picking import PickingMutation
from app.fulfillment.schema.pickups import PickupMutation
from app.fulfillment.schema.queries import FulfillmentQuery as OrderQuery
from app.fulfillment.schema.releasing import ReleaseMutation
from app.fulfillment.schema.shipments import ShipmentMutation
from app.fulfillment.schema.splitting import SplitMutation
from app.fulfillment.schema.subscriptions import FulfillmentSubscription
from app.fulfillment.schema.types import FulfillmentOrder, PickList, Shipment


@strawberry.type
class FulfillmentQuery(OrderQuery, CarrierQuery, BoxQuery, ManifestQuery):
    pass


@strawberry.type
class FulfillmentMutation(
    ReleaseMutation,
    PickingMutation,
    PackingMutation,
    SplitMutation,
    PickupMutation,
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
]
