"""Tables of stock levels, movements, reservations, lots and value."""

from app.inventory.stock.models.levels import (
    Backlog,
    IncomingStock,
    Reservation,
    SourceRefusal,
    StockLevel,
    StockMovement,
)
from app.inventory.stock.models.lots import Lot, LotAllocation, LotLevel, LotMovement
from app.inventory.stock.models.values import CommitmentMove, CostFlow, CostLayer, ValueEntry

__all__ = [
    "Backlog",
    "CommitmentMove",
    "CostFlow",
    "CostLayer",
    "IncomingStock",
    "Lot",
    "LotAllocation",
    "LotLevel",
    "LotMovement",
    "Reservation",
    "SourceRefusal",
    "StockLevel",
    "StockMovement",
    "ValueEntry",
]
