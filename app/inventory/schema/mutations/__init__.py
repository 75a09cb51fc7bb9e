"""Changing the inventory through the graph."""

import strawberry

from app.inventory.schema.mutations.counts import CountMutation
from app.inventory.schema.mutations.incoming import IncomingMutation
from app.inventory.schema.mutations.kits import KitMutation
from app.inventory.schema.mutations.locations import LocationMutation
from app.inventory.schema.mutations.lots import TrackingMutation
from app.inventory.schema.mutations.receipts import ReceiptMutation
from app.inventory.schema.mutations.stock import StockMutation
from app.inventory.schema.mutations.transfers import TransferMutation


@strawberry.type
class InventoryMutation(
    TrackingMutation,
    KitMutation,
    LocationMutation,
    StockMutation,
    ReceiptMutation,
    IncomingMutation,
    TransferMutation,
    CountMutation,
):
    pass


__all__ = ["InventoryMutation"]
