"""The rows of the inventory."""

from app.inventory.models.documents import (
    Receipt,
    ReceiptLine,
    StockCount,
    StockCountLine,
    Transfer,
    TransferLine,
)
from app.inventory.models.levels import (
    Backlog,
    IncomingStock,
    Reservation,
    SourceRefusal,
    StockLevel,
    StockMovement,
)
from app.inventory.models.locations import ChannelLocation, Location, LocationLoad, SourcingPolicy
from app.inventory.models.lots import Lot, LotAllocation, LotLevel, LotMovement
from app.inventory.models.values import CommitmentMove, CostFlow, CostLayer, ValueEntry

__all__ = [
    "Backlog",
    "ChannelLocation",
    "CommitmentMove",
    "CostFlow",
    "CostLayer",
    "IncomingStock",
    "Location",
    "LocationLoad",
    "Lot",
    "LotAllocation",
    "LotLevel",
    "LotMovement",
    "Receipt",
    "ReceiptLine",
    "Reservation",
    "SourceRefusal",
    "SourcingPolicy",
    "StockCount",
    "StockCountLine",
    "StockLevel",
    "StockMovement",
    "Transfer",
    "TransferLine",
    "ValueEntry",
]
