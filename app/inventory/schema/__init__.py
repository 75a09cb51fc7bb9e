"""Inventory in the graph."""

from app.inventory.schema import extensions
from app.inventory.schema.mutations import InventoryMutation
from app.inventory.schema.queries import InventoryQuery
from app.inventory.schema.subscriptions import InventorySubscription
from app.inventory.schema.types import (
    InsufficientStock,
    Location,
    StockCount,
    StockIncoming,
    StockLevel,
    StockLot,
    StockMovement,
    StockReceipt,
    StockTransfer,
)

__all__ = [
    "InsufficientStock",
    "InventoryMutation",
    "InventoryQuery",
    "InventorySubscription",
    "Location",
    "StockCount",
    "StockIncoming",
    "StockLevel",
    "StockLot",
    "StockMovement",
    "StockReceipt",
    "StockTransfer",
    "extensions",
]
