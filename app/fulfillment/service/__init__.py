"""The commands of fulfilment."""

from app.fulfillment.service.accounts import CarrierData, change_carrier, set_carrier, set_up_carrier
from app.fulfillment.service.allocating import allocate, allocate_fresh
from app.fulfillment.service.boxing import BoxData, change_box, proposals, proposed_packages, set_box
from app.fulfillment.service.carrier_webhooks import process_left_behind, receive_webhook
from app.fulfillment.service.dividing import merge, split
from app.fulfillment.service.drop_shipping import accept, ship_direct
from app.fulfillment.service.event_fields import report_progress
from app.fulfillment.service.label_purchase import settle_due
from app.fulfillment.service.labelling import buy_labels, rates_for, void_labels
from app.fulfillment.service.listing import cancel_list, create_list
from app.fulfillment.service.losing import put_back
from app.fulfillment.service.lots_back import LineBack
from app.fulfillment.service.lots_taken import PickedLot
from app.fulfillment.service.manifesting import create_manifest
from app.fulfillment.service.opening import ParcelBack
from app.fulfillment.service.packing import ContentData, PackageData, pack, unpack
from app.fulfillment.service.picking import Missing, PickData, Scan, pick, unpick
from app.fulfillment.service.readdressing import refuse_unless_readdressable
from app.fulfillment.service.reassigning import reassign, reject
from app.fulfillment.service.releasing import mark_held, note_promise, recall, release
from app.fulfillment.service.return_to_sender import receive_back
from app.fulfillment.service.shipping import ShipData, ship
from app.fulfillment.service.stopping import stop
from app.fulfillment.service.supplier_requests import ask_refusals, supplier_link, supplier_of_link
from app.fulfillment.service.tracking import TrackingData, correct, deliver, record
from app.fulfillment.service.withdrawing import withdraw

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
