"""The commands of fulfillment, for other domains, the API and the listeners."""

from app.fulfillment.service.carriers.accounts import CarrierData, change_carrier, set_carrier, set_up_carrier
from app.fulfillment.service.carriers.label_purchase import settle_due
from app.fulfillment.service.carriers.labels import buy_labels, rates_for, void_labels
from app.fulfillment.service.carriers.manifests import create_manifest
from app.fulfillment.service.carriers.return_to_sender import receive_back
from app.fulfillment.service.carriers.returned_lots import LineBack
from app.fulfillment.service.carriers.returned_parcels import ParcelBack
from app.fulfillment.service.carriers.tracking import TrackingData, correct, deliver, record
from app.fulfillment.service.carriers.webhooks import process_left_behind, receive_webhook
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.suppliers.answers import accept, reject
from app.fulfillment.service.suppliers.requests import ask_refusals, supplier_link, supplier_of_link
from app.fulfillment.service.warehouse.address_changes import refuse_unless_readdressable
from app.fulfillment.service.warehouse.allocating import allocate, allocate_fresh
from app.fulfillment.service.warehouse.boxes import BoxData, change_box, proposals, proposed_packages, set_box
from app.fulfillment.service.warehouse.cancelling import stop, withdraw
from app.fulfillment.service.warehouse.drop_shipping import ship_direct
from app.fulfillment.service.warehouse.lost_stock import put_back
from app.fulfillment.service.warehouse.packing import ContentData, PackageData, pack, unpack
from app.fulfillment.service.warehouse.pick_lists import cancel_list, create_list
from app.fulfillment.service.warehouse.picked_lots import PickedLot
from app.fulfillment.service.warehouse.picking import Missing, PickData, Scan, pick, unpick
from app.fulfillment.service.warehouse.reassigning import reassign
from app.fulfillment.service.warehouse.releasing import mark_held, note_promise, recall, release
from app.fulfillment.service.warehouse.shipping import ShipData, ship
from app.fulfillment.service.warehouse.splitting import merge, split

__all__ = [
    "BoxData",
    "CarrierData",
    "ContentData",
    "LineBack",
    "Missing",
    "PackageData",
    "ParcelBack",
    "PickData",
    "PickedLot",
    "Scan",
    "ShipData",
    "TrackingData",
    "accept",
    "allocate",
    "allocate_fresh",
    "ask_refusals",
    "buy_labels",
    "cancel_list",
    "change_box",
    "change_carrier",
    "correct",
    "create_list",
    "create_manifest",
    "deliver",
    "mark_held",
    "merge",
    "note_promise",
    "pack",
    "pick",
    "process_left_behind",
    "proposals",
    "proposed_packages",
    "put_back",
    "rates_for",
    "reassign",
    "recall",
    "receive_back",
    "receive_webhook",
    "record",
    "refuse_unless_readdressable",
    "reject",
    "release",
    "report_progress",
    "set_box",
    "set_carrier",
    "set_up_carrier",
    "settle_due",
    "ship",
    "ship_direct",
    "split",
    "stop",
    "supplier_link",
    "supplier_of_link",
    "unpack",
    "unpick",
    "void_labels",
    "withdraw",
]
