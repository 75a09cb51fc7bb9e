"""The commands of fulfillment, for other domains, the API and the listeners."""

from app.fulfillment.service.carriers.accounts import CarrierData, set_carrier, set_up_carrier
from app.fulfillment.service.carriers.label_purchase import process_due_labels
from app.fulfillment.service.carriers.labels import buy_labels, rates_for, void_labels
from app.fulfillment.service.carriers.manifests import create_manifest
from app.fulfillment.service.carriers.return_to_sender import receive_back
from app.fulfillment.service.carriers.returned_lots import ReturnedLine
from app.fulfillment.service.carriers.returned_parcels import ReturnedParcel
from app.fulfillment.service.carriers.tracking import TrackingData, correct, deliver, record
from app.fulfillment.service.carriers.webhooks import process_remaining_webhooks, receive_webhook
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.suppliers.answers import accept, reject
from app.fulfillment.service.suppliers.requests import request_refusals, supplier_link, supplier_of_link
from app.fulfillment.service.warehouse.address_changes import refuse_unless_address_changeable
from app.fulfillment.service.warehouse.allocating import allocate, allocate_fresh
from app.fulfillment.service.warehouse.boxes import BoxData, change_box, proposals, proposed_packages, set_box
from app.fulfillment.service.warehouse.cancelling import cancel_all, cancel_units
from app.fulfillment.service.warehouse.drop_shipping import ship_direct
from app.fulfillment.service.warehouse.lost_stock import unpick_lost_lots
from app.fulfillment.service.warehouse.packing import ContentData, PackageData, pack, unpack
from app.fulfillment.service.warehouse.pick_lists import cancel_list, create_list
from app.fulfillment.service.warehouse.picked_lots import PickedLot
from app.fulfillment.service.warehouse.picking import Missing, PickData, Scan, pick, unpick
from app.fulfillment.service.warehouse.reassigning import reassign
from app.fulfillment.service.warehouse.releasing import recall, release, update_hold, update_promise
from app.fulfillment.service.warehouse.shipping import ShipData, ship
from app.fulfillment.service.warehouse.splitting import merge, split

__all__ = [
    "BoxData",
    "CarrierData",
    "ContentData",
    "Missing",
    "PackageData",
    "PickData",
    "PickedLot",
    "ReturnedLine",
    "ReturnedParcel",
    "Scan",
    "ShipData",
    "TrackingData",
    "accept",
    "allocate",
    "allocate_fresh",
    "buy_labels",
    "cancel_all",
    "cancel_list",
    "cancel_units",
    "change_box",
    "correct",
    "create_list",
    "create_manifest",
    "deliver",
    "merge",
    "pack",
    "pick",
    "process_due_labels",
    "process_remaining_webhooks",
    "proposals",
    "proposed_packages",
    "rates_for",
    "reassign",
    "recall",
    "receive_back",
    "receive_webhook",
    "record",
    "refuse_unless_address_changeable",
    "reject",
    "release",
    "report_progress",
    "request_refusals",
    "set_box",
    "set_carrier",
    "set_up_carrier",
    "ship",
    "ship_direct",
    "split",
    "supplier_link",
    "supplier_of_link",
    "unpack",
    "unpick",
    "unpick_lost_lots",
    "update_hold",
    "update_promise",
    "void_labels",
]
