"""Inventory in the graph."""

from app.core.graphql.limits import counts_as
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

# A SKU may have thousands of lots or serial numbers, and a lot may lie in many places.
counts_as(20, "lots", "lotAllocations", "levels")

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
