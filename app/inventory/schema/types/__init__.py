"""The nouns of the inventory."""

from app.inventory.schema.types.counts import StockCount, StockCountLine
from app.inventory.schema.types.incoming import AvailableToPromise, PromisableFrom, StockIncoming
from app.inventory.schema.types.lots import StockLot, StockLotAllocation, StockLotLevel, StockLotUnits
from app.inventory.schema.types.receipts import LandedCost, StockReceipt, StockReceiptLine
from app.inventory.schema.types.sourcing import (
    SourcingCandidate,
    SourcingPlan,
    SourcingPolicy,
    SourcingShipment,
)
from app.inventory.schema.types.stock import (
    COSTS,
    VIEW,
    InsufficientStock,
    Location,
    Shortage,
    StockLevel,
    StockMovement,
)
from app.inventory.schema.types.transfers import StockTransfer, StockTransferLine

__all__ = [
    "COSTS",
    "VIEW",
    "AvailableToPromise",
    "InsufficientStock",
    "LandedCost",
    "Location",
    "PromisableFrom",
    "Shortage",
    "SourcingCandidate",
    "SourcingPlan",
    "SourcingPolicy",
    "SourcingShipment",
    "StockCount",
    "StockCountLine",
    "StockIncoming",
    "StockLevel",
    "StockLot",
    "StockLotAllocation",
    "StockLotLevel",
    "StockLotUnits",
    "StockMovement",
    "StockReceipt",
    "StockReceiptLine",
    "StockTransfer",
    "StockTransferLine",
]
