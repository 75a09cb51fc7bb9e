"""The verbs of fulfilment."""

from app.fulfillment.service.allocating import allocate, allocate_fresh
from app.fulfillment.service.coming_back import Resolution, receive_back
from app.fulfillment.service.dividing import merge, split
from app.fulfillment.service.drop_shipping import accept
from app.fulfillment.service.listing import cancel_list, create_list
from app.fulfillment.service.packing import ContentData, PackageData, pack, unpack
from app.fulfillment.service.picking import Missing, PickData, PickedLot, Scan, pick, unpick
from app.fulfillment.service.readdressing import refuse_unless_readdressable
from app.fulfillment.service.reassigning import reassign, reject
from app.fulfillment.service.releasing import mark_held, note_promise, recall, release
from app.fulfillment.service.shipping import ShipData, ship
from app.fulfillment.service.stopping import stop
from app.fulfillment.service.telling import tell_order
from app.fulfillment.service.tracking import TrackingData, deliver, record
from app.fulfillment.service.withdrawing import withdraw

__all__ = [
    "ContentData",
    "Missing",
    "PackageData",
    "PickData",
    "PickedLot",
    "Resolution",
    "Scan",
    "ShipData",
    "TrackingData",
    "accept",
    "allocate",
    "allocate_fresh",
    "cancel_list",
    "create_list",
    "deliver",
    "mark_held",
    "merge",
    "note_promise",
    "pack",
    "pick",
    "reassign",
    "recall",
    "receive_back",
    "record",
    "refuse_unless_readdressable",
    "reject",
    "release",
    "ship",
    "split",
    "stop",
    "tell_order",
    "unpack",
    "unpick",
    "withdraw",
]
