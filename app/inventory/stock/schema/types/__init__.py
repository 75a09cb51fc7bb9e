"""GraphQL types of stock."""

from app.inventory.stock.schema.types.incoming import AvailableToPromise, PromisableFrom, StockIncoming
from app.inventory.stock.schema.types.levels import StockLevel, StockMovement
from app.inventory.stock.schema.types.lots import StockLot, StockLotAllocation, StockLotLevel, StockLotUnits
from app.inventory.stock.schema.types.shortages import InsufficientStock, Shortage
from app.inventory.stock.schema.types.sourcing import SourcingCandidate, SourcingPlan, SourcingShipment

__all__ = [
    "AvailableToPromise",
    "InsufficientStock",
    "PromisableFrom",
    "Shortage",
    "SourcingCandidate",
    "SourcingPlan",
    "SourcingShipment",
    "StockIncoming",
    "StockLevel",
    "StockLot",
    "StockLotAllocation",
    "StockLotLevel",
    "StockLotUnits",
    "StockMovement",
]
