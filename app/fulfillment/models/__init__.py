"""Models of fulfillment."""

from app.fulfillment.models.carriers import CarrierAccount, CarrierMessage, Label
from app.fulfillment.models.orders import FulfillmentLine, FulfillmentOrder
from app.fulfillment.models.packing import Box, Package
from app.fulfillment.models.picking import PickList, PickListNumber, PickTask
from app.fulfillment.models.shipping import Manifest, ManifestNumber, Shipment, TrackingRecord

__all__ = [
    "Box",
    "CarrierAccount",
    "CarrierMessage",
    "FulfillmentLine",
    "FulfillmentOrder",
    "Label",
    "Manifest",
    "ManifestNumber",
    "Package",
    "PickList",
    "PickListNumber",
    "PickTask",
    "Shipment",
    "TrackingRecord",
]
